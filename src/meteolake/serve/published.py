"""What the API answers, read from the public documents alone: sites, forecasts, scores; no lake and no history."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from meteolake.errors import LakeError
from meteolake.serve.places import KnownSite
from meteolake.serve.source import NotOffered, Row
from meteolake.sites import Site, slug
from meteolake.tables import quantile_column

KEPT_SECONDS = 60.0
_ELSEWHERE = (
    "ask a server that has the lake (`meteolake serve`), or query the tables (`meteolake sql --on athena`); the newest "
    "forecasts are at /v1/forecast."
)


class Published:
    """The documents below `v1/` as the source of the API.

    Args:
        find: gives a document by its path, None where there is none.
        clock: tells seconds; the list of sites is kept for `KEPT_SECONDS`.
    """

    def __init__(self, find: Callable[[str], bytes | None], clock: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._clock = clock
        self._sites: list[KnownSite] = []
        self._read_at: float | None = None

    def sites(self) -> list[KnownSite]:
        """All sites, by name."""
        if self._read_at is None or self._clock() - self._read_at > KEPT_SECONDS:
            self._sites = [_known_site(entry) for entry in self._document("sites")["sites"]]
            self._read_at = self._clock()
        return self._sites

    def history(self, site_id: str, first_date: date, last_date: date, variables: Sequence[str]) -> list[Row]:
        """Not published."""
        raise NotOffered(f"The history of sites is not served here: {_ELSEWHERE}")

    def forecast(self, site_id: str) -> list[Row]:
        """The newest forecast of a site."""
        found = self._find(f"v1/forecasts/{slug(site_id)}.json")
        return list(_rows(json.loads(found))) if found else []

    def normals(self, site_id: str, variable: str) -> list[Row]:
        """Not published."""
        raise NotOffered(f"The normals of sites are not served here: {_ELSEWHERE}")

    def scores(self) -> dict[str, Any]:
        """How good the forecasts are."""
        return self._document("scores")

    def health(self) -> dict[str, Any]:
        """How fresh the lake was when this was published."""
        return self._document("health")

    def _document(self, name: str) -> dict[str, Any]:
        found = self._find(f"v1/{name}.json")
        if found is None:
            raise LakeError("Nothing is published here yet: a run does it, see `[publish] public`.")
        document: dict[str, Any] = json.loads(found)
        return document


def _known_site(entry: Mapping[str, Any]) -> KnownSite:
    names = ("site_id", "name", "latitude", "longitude", "elevation_m", "utc_offset_hours")
    days = (entry[name] and date.fromisoformat(entry[name]) for name in ("first_date", "last_date", "issue_date"))
    return KnownSite(Site(**{name: entry[name] for name in names}), *days)


def _rows(document: Mapping[str, Any]) -> Iterator[Row]:
    """A site's forecast as rows of `forecast_daily`."""
    issue_date = date.fromisoformat(document["issue_date"])
    for variable, given in document["variables"].items():
        for number, valid_date in enumerate(document["valid_date"]):
            chances = given.get("rain_probability")
            yield {
                "variable": variable,
                "issue_date": issue_date,
                "valid_date": date.fromisoformat(valid_date),
                "method": given["method"][number],
                "skill": given["skill"][number],
                "rain_probability": chances[number] if chances else None,
                **{quantile_column(float(level)): values[number] for level, values in given["quantiles"].items()},
            }
