"""The archive that `meteolake simulate open-meteo` serves."""

from pathlib import Path

from starlette.types import ASGIApp

from meteolake.errors import ConfigError
from meteolake.simulate.demo_sites import DEMO_SITES
from meteolake.simulate.faults import read_faults
from meteolake.simulate.limits import Limits, hastened
from meteolake.simulate.observed import ObservedWeather
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.weather import GeneratedWeather, Weather
from meteolake.sites import Site
from meteolake.station_files import read_observations, read_sites


def simulated_archive(
    observations: Path | None,
    sites: Path | None,
    seed: int,
    delay_days: int,
    limits_speed: float | None,
    faults: str | None,
) -> ASGIApp:
    """The app for the command's options; without a speed of the limits' clock there are no limits.

    Raises:
        ConfigError: observations without sites, or unknown faults.
        SourceError: a file that cannot be read.
    """
    weather, places = _weather(observations, sites, seed)
    return archive_app(
        weather,
        delay_days=delay_days,
        limits=Limits(hastened(limits_speed)) if limits_speed else None,
        faults=read_faults(faults, seed) if faults else None,
        sites=places,
    )


def _weather(observations: Path | None, sites: Path | None, seed: int) -> tuple[Weather, tuple[Site, ...]]:
    if observations is None and sites is None:
        return GeneratedWeather(seed), DEMO_SITES
    if observations is None or sites is None:
        raise ConfigError("Give --observations and --sites together: the one needs the other.")
    places = read_sites(sites)
    return ObservedWeather(read_observations(observations), places), tuple(places)
