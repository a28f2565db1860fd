"""Open-Meteo as a service: where it is, what it allows, and how a request is put to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from meteolake import __version__
from meteolake.capture.budget import FREE, Budget
from meteolake.capture.packing import ArchiveRequest, Limits
from meteolake.capture.plan import Window
from meteolake.errors import ConfigError
from meteolake.sites import Site

_DOMAIN = ".open-meteo.com"
_UNITS = {"temperature_unit": "celsius", "wind_speed_unit": "kmh", "precipitation_unit": "mm"}


@dataclass(frozen=True)
class Product:
    """A data product of Open-Meteo: its name in the ledger, its path, and its last day relative to today in UTC."""

    source: str
    path: str
    days_ahead: int


ARCHIVE = Product("open_meteo", "/v1/archive", days_ahead=-1)
FORECAST = Product("open_meteo_forecast", "/v1/forecast", days_ahead=15)


@dataclass(frozen=True)
class OpenMeteo:
    """How to reach Open-Meteo and what to ask of it.

    With an `api_key` the customer hosts are used. A server outside open-meteo.com, such as your own, has no limits.

    Args:
        url: scheme and host, without the product's path.
        model: the model that is pinned for the whole history, as Open-Meteo names it.
        concurrency: requests in flight; the free service allows one.
        budget_share: the part of the free limits that may be used.
        longest_wait_seconds: longer waits end the capture, unless `is_patient`.

    Raises:
        ConfigError: the url is no http address, or the key or contact cannot be sent.
    """

    url: str = "https://archive-api.open-meteo.com"
    api_key: str | None = field(default=None, repr=False)
    product: Product = ARCHIVE
    model: str = "era5"
    cell_selection: str = "land"
    contact: str = ""
    concurrency: int = 2
    budget_share: float = 0.8
    attempts: int = 4
    longest_wait_seconds: float = 75.0
    is_patient: bool = False
    connect_seconds: float = 10.0
    read_seconds: float = 120.0

    def __post_init__(self) -> None:
        try:
            url = httpx.URL(self.url)
        except httpx.InvalidURL:
            url = httpx.URL()
        if url.scheme not in ("http", "https") or not url.host or url.userinfo:
            raise ConfigError(
                "Open-Meteo's url must look like https://archive-api.open-meteo.com, without user or key."
            )
        for key, text in (("api_key", self.api_key or ""), ("contact", self.contact)):
            if not (text.isascii() and text.isprintable()):
                raise ConfigError(
                    f"Open-Meteo's {key} holds a line break or another sign that no HTTP header may carry."
                )

    @property
    def is_free(self) -> bool:
        """Whether the free service answers, with its limits."""
        return self._is_public and not self.api_key

    @property
    def host(self) -> str:
        """The server's name, for messages."""
        return httpx.URL(self.base_url).host

    @property
    def base_url(self) -> str:
        """The url without a trailing slash; with a key, that of the customer host."""
        url = self.url.rstrip("/")
        if self.api_key and self._is_public and not self._hostname.startswith("customer-"):
            return url.replace("://", "://customer-", 1)
        return url

    @property
    def in_flight(self) -> int:
        """How many requests may run at once."""
        return 1 if self.is_free else max(1, self.concurrency)

    @property
    def limits(self) -> Limits:
        """What one request may hold: on the free service, no more than a minute's budget."""
        return Limits(weight=FREE[0].weight * self.budget_share) if self.is_free else Limits()

    @property
    def headers(self) -> dict[str, str]:
        """Who asks. The key travels here and not in the URL, so that no error text or log can show it."""
        return self.open_headers | ({"X-Api-Key": self.api_key} if self.api_key else {})

    @property
    def open_headers(self) -> dict[str, str]:
        """Who asks, for what needs no key: the free host sends a key away."""
        contact = f" ({self.contact})" if self.contact else ""
        return {"User-Agent": f"meteolake/{__version__}{contact}", "Accept-Encoding": "gzip"}

    def budget(self, state: Mapping[str, Any] | None = None) -> Budget:
        """The request budget, continued from its stored state."""
        return Budget.from_dict(state or {}, FREE if self.is_free else (), self.budget_share)

    @property
    def _hostname(self) -> str:
        return httpx.URL(self.url).host

    @property
    def _is_public(self) -> bool:
        return f".{self._hostname}".endswith(_DOMAIN)


def parameters(request: ArchiveRequest, settings: OpenMeteo) -> dict[str, str]:
    """The request as Open-Meteo's parameters, with a list per location where locations differ."""
    places = [_asked(window) for window in request.windows]
    lists = {key: ",".join(place[key] for place in places) for key in places[0]}
    return lists | {
        "daily": ",".join(request.variables),
        "models": settings.model,
        "cell_selection": settings.cell_selection,
        **_UNITS,
    }


def place(site: Site) -> dict[str, str]:
    """A site as Open-Meteo is asked for it: where it is, and what a day is there."""
    elevation = {} if site.elevation_m is None else {"elevation": _decimal(site.elevation_m)}
    return {
        "latitude": _decimal(site.latitude),
        "longitude": _decimal(site.longitude),
        **elevation,
        "timezone": fixed_timezone(site.utc_offset_hours),
    }


def _asked(window: Window) -> dict[str, str]:
    dates = {"start_date": window.first_date.isoformat(), "end_date": window.last_date.isoformat()}
    return place(window.site) | dates


def fixed_timezone(utc_offset_hours: int) -> str:
    """The zone of a fixed offset; its sign counts hours west of Greenwich: Etc/GMT-10 is UTC+10."""
    return f"Etc/GMT{-utc_offset_hours:+d}" if utc_offset_hours else "GMT"


def _decimal(value: float) -> str:
    """A coordinate or height with at most five decimals, a metre on the ground."""
    return f"{value:.5f}".rstrip("0").rstrip(".")
