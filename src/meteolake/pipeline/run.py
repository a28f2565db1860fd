"""One run: capture, build, publish, under the lake's lease."""

import asyncio
import contextlib
import functools
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from meteolake.capture.availability import last_update
from meteolake.capture.exchange import utc_now
from meteolake.capture.open_meteo import OpenMeteo
from meteolake.capture.packing import ArchiveRequest
from meteolake.errors import MeteolakeError
from meteolake.lake import lease
from meteolake.lake.lease import Holder
from meteolake.lake.objects import Objects
from meteolake.pipeline import report
from meteolake.pipeline.building import Build, build
from meteolake.pipeline.capture_database import capture_observations, capture_sites
from meteolake.pipeline.capture_open_meteo import capture_open_meteo
from meteolake.pipeline.due import archive_requests, forecast_requests
from meteolake.pipeline.publishing import publish
from meteolake.pipeline.report import Report, Stage
from meteolake.pipeline.settings import Settings
from meteolake.pipeline.wanted_sites import wanted_sites
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
    building: Build = build,
    captures: bool = True,
    on_stop: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Bring the lake up to date, doing only what is missing.

    Sources are asked before anything is written, so that one that refuses leaves the lake as it was.

    Args:
        settings: what the lake is and what fills it.
        observer: is told how the run goes.
        clock: tells the present instant in UTC.
        wait_seconds: how long to wait for another run that is changing the lake.
        building: makes the tables, here or elsewhere.
        captures: whether the sources are asked; a run that is resumed goes on with what was captured.
        on_stop: is given the report of a run that fails or is interrupted, before that goes on as an error.

    Raises:
        SourceError: a source refuses; what came before is kept.
        LakeError: the lake cannot be written, or another run holds it.
        StepFailed: a step failed; the tables made before it stay.
    """
    refine = functools.partial(_refine, building)
    parts = (_capture, refine) if captures else (refine,)
    return _under_lease(parts, settings, observer, clock, wait_seconds, on_stop)


def capture(
    settings: Settings,
    observer: Observer,
    *,
    clock: Callable[[], datetime] = utc_now,
    wait_seconds: float = lease.SECONDS + 5,
) -> Report:
    """Fill the raw zone alone; arguments and errors are those of `run`."""
    return _under_lease((_capture,), settings, observer, clock, wait_seconds)


@dataclass(frozen=True)
class _Run:
    """What the stages of one run share."""

    settings: Settings
    observer: Observer
    clock: Callable[[], datetime]
    run_id: str
    sites: list[Site]
    objects: Objects


def _under_lease(
    parts: Sequence[Callable[[_Run], Generator[Stage]]],
    settings: Settings,
    observer: Observer,
    clock: Callable[[], datetime],
    wait_seconds: float,
    on_stop: Callable[[Report], None] = lambda report: None,
) -> Report:
    """Run stage after stage and keep the report, that of a failed run too."""
    started_at = clock()
    run_id = report.new_run_id(started_at)
    observer.doing("reading sites")
    sites = wanted_sites(settings)
    current = _Run(settings, observer, clock, run_id, sites, Objects(settings.zones.raw))

    def tell(holder: Holder) -> None:
        observer.doing(f"waiting for run {holder.run_id} on {holder.host}, which is changing this lake")

    stages: list[Stage] = []
    done = Report(run_id, started_at, stages)
    with lease.hold(current.objects, run_id, wait_seconds=wait_seconds, on_wait=tell):
        try:
            for part in parts:
                # Closed at once whatever happens, so that what a stage started elsewhere ends before the lease does.
                with contextlib.closing(part(current)) as made:
                    for stage in made:
                        observer.finished(stage)
                        stages.append(stage)
        except (MeteolakeError, KeyboardInterrupt) as error:
            stages.append(report.stopped(error))
            on_stop(done)
            raise
        finally:
            report.keep(current.objects, done)
    return done


def _capture(run: _Run) -> Generator[Stage]:
    zones, observer = run.settings.zones, run.observer
    if archive := run.settings.archive:
        requests = archive_requests(zones, run.sites, archive, run.clock())
        if requests and (updated_at := asyncio.run(last_update(archive.service))):
            requests = archive_requests(zones, run.sites, archive, run.clock(), updated_at)
        yield _ask(run, archive.service, requests, "capturing the archive")
    if forecast := run.settings.forecast:
        requests = forecast_requests(zones, run.sites, forecast, run.clock())
        yield _ask(run, forecast.service, requests, "capturing the forecasts")
    yield capture_sites(zones, run.objects, run.run_id, run.sites)
    if (database := run.settings.database) and (observations := database.observations):
        yield capture_observations(
            zones,
            run.objects,
            run.run_id,
            database.url,
            observations,
            lambda rows: observer.doing("capturing observations", rows),
            clock=run.clock,
        )


def _ask(run: _Run, service: OpenMeteo, requests: Sequence[ArchiveRequest], what: str) -> Stage:
    return asyncio.run(
        capture_open_meteo(
            run.settings.zones,
            run.objects,
            run.run_id,
            requests,
            service,
            lambda done, of: run.observer.doing(what, done, of),
            clock=run.clock,
        )
    )


def _refine(building: Build, run: _Run) -> Generator[Stage]:
    settings, observer = run.settings, run.observer
    yield from building(
        settings.zones,
        run.run_id,
        settings.plan,
        lambda step, table: observer.doing(f"{step}: making {table}"),
    )
    observer.doing("publishing")
    yield publish(settings)
