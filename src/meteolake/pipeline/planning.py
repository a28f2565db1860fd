"""What a capture would ask of the archive, without asking."""

from datetime import datetime
from pathlib import Path

from meteolake.capture.schedule import Schedule, schedule
from meteolake.lake.objects import Objects
from meteolake.lake.paths import is_remote
from meteolake.pipeline.capture_archive import due_requests, stored_budget
from meteolake.pipeline.settings import Archive, Settings
from meteolake.pipeline.wanted_sites import wanted_sites


def plan_capture(settings: Settings, archive: Archive, now: datetime) -> tuple[Schedule, dict[str, float]]:
    """The schedule of what is due, and the weight that is left in each window of the budget.

    Raises:
        SourceError: the sites cannot be read.
    """
    requests = due_requests(settings.zones, wanted_sites(settings), archive, now)
    raw = settings.zones.raw
    state = stored_budget(Objects(raw)) if is_remote(raw) or Path(raw).is_dir() else {}
    service = archive.service
    played = schedule(
        requests,
        service.budget(state),
        now,
        longest_wait_seconds=service.longest_wait_seconds,
        in_flight=service.in_flight,
    )
    return played, service.budget(state).left(now)
