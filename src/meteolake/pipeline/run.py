"""One run: capture, build, publish, under the lake's lease."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol

from meteolake.capture.database import read_sites
from meteolake.capture.exchange import utc_now
from meteolake.lake import lease
from meteolake.lake.lease import Holder
from meteolake.lake.objects import Objects
from meteolake.pipeline import report
from meteolake.pipeline.building import build
from meteolake.pipeline.capture_archive import capture_archive, due_requests
from meteolake.pipeline.capture_database import capture_observations, capture_sites
from meteolake.pipeline.publishing import publish
from meteolake.pipeline.report import Report, Stage
from meteolake.pipeline.settings import Settings
from meteolake.sites import Site


class Observer(Protocol):
    """Is told how a run goes."""

    def doing(self, what: str, done: int = 0, of: int | None = None) -> None:
        """What the run does now, and how much of it is done."""

    def finished(self, stage: Stage) -> None:
        """A stage is over."""


def run(
    settings: Settings,
    observer: Observer,
    *,
    clock: Callable[[], datetime] = utc_now,
    wait_seconds: float = lease.SECONDS + 5,
) -> Report:
    """Bring the lake up to date, doing only what is missing.

    Sources are asked before anything is written, so that one that refuses leaves the lake as it was.

    Args:
        settings: what the lake is and what fills it.
        observer: is told how the run goes.
        clock: tells the present instant in UTC.
        wait_seconds: how long to wait for another run that is changing the lake.

    Raises:
        SourceError: a source refuses; what came before is kept.
        LakeError: the lake cannot be written, or another run holds it.
        StepFailed: a step failed; the tables made before it stay.
    """
    started_at = clock()
    run_id = report.new_run_id(started_at)
    observer.doing("reading sites")
    sites = read_sites(settings.database.url, settings.database.sites)
    objects = Objects(settings.zones.raw)

    def tell(holder: Holder) -> None:
        observer.doing(f"waiting for run {holder.run_id} on {holder.host}, which is changing this lake")

    with lease.hold(objects, run_id, wait_seconds=wait_seconds, on_wait=tell):
        stages: list[Stage] = []
        for stage in _stages(settings, observer, objects, run_id, sites, clock):
            observer.finished(stage)
            stages.append(stage)
        done = Report(run_id, started_at, stages)
        report.keep(objects, done)
    return done


def _stages(
    settings: Settings,
    observer: Observer,
    objects: Objects,
    run_id: str,
    sites: list[Site],
    clock: Callable[[], datetime],
) -> Iterator[Stage]:
    zones = settings.zones
    if archive := settings.archive:
        requests = due_requests(zones, sites, archive, clock())
        yield asyncio.run(
            capture_archive(
                zones,
                objects,
                run_id,
                requests,
                archive,
                lambda done, of: observer.doing("capturing the archive", done, of),
                clock=clock,
            )
        )
    yield capture_sites(zones, objects, run_id, sites)
    yield capture_observations(
        zones, objects, run_id, settings.database, lambda rows: observer.doing("capturing observations", rows)
    )
    yield from build(
        zones,
        run_id,
        settings.engine,
        settings.memory_mb,
        lambda step, table: observer.doing(f"{step}: making {table}"),
    )
    observer.doing("publishing")
    yield publish(settings)
