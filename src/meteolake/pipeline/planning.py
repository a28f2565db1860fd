"""What a capture would ask of the archive, without asking."""

from datetime import datetime
from pathlib import Path

from meteolake.capture.schedule import Schedule, schedule
from meteolake.errors import ConfigError
from meteolake.lake.objects import Objects
from meteolake.lake.paths import is_remote
from meteolake.pipeline.capture_open_meteo import stored_budget
from meteolake.pipeline.due import archive_requests, forecast_requests
from meteolake.pipeline.settings import Settings
from meteolake.pipeline.wanted_sites import wanted_sites


def plan_capture(settings: Settings, now: datetime) -> tuple[Schedule, dict[str, float]]:
    """The schedule of what is due, and the weight that is left in each window of the budget.

    Raises:
        ConfigError: nothing of Open-Meteo is to be captured.
        SourceError: the sites cannot be read.
    """
    zones, sites = settings.zones, wanted_sites(settings)
    requests = [
        *(archive_requests(zones, sites, settings.archive, now) if settings.archive else []),
        *(forecast_requests(zones, sites, settings.forecast, now) if settings.forecast else []),
    ]
    if (product := settings.archive or settings.forecast) is None:
        raise ConfigError("The archive is switched off: set is_enabled = true under [open_meteo].")
    raw, service = zones.raw, product.service
    state = stored_budget(Objects(raw)) if is_remote(raw) or Path(raw).is_dir() else {}
    played = schedule(
        requests,
        service.budget(state),
        now,
        longest_wait_seconds=service.longest_wait_seconds,
        in_flight=service.in_flight,
    )
    return played, service.budget(state).left(now)
