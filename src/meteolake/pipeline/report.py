"""What a run did: stage by stage, kept in the lake and shown by `status`."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from meteolake.lake.objects import Objects

_FOLDER = "runs"
_STOPPED = "stopped"


@dataclass(frozen=True)
class Stage:
    """One stage: how long it took, what it brought, and what is worth saying of it.

    `rows` counts the rows that it brought by table, and what else it brought by a name that says what is counted.
    `is_unfinished` tells that it stopped for want of budget and goes on in a later run.
    `took` is what it used elsewhere, by unit: hours of instances or vCPUs, bytes that were sent.
    """

    name: str
    seconds: float
    rows: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    is_unfinished: bool = False
    took: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """A whole run. It failed in part where a stage names problems."""

    run_id: str
    started_at: datetime
    stages: list[Stage]

    @property
    def seconds(self) -> float:
        """How long the stages took together."""
        return sum(stage.seconds for stage in self.stages)

    @property
    def done(self) -> list[Stage]:
        """The stages without that which tells why the run stopped."""
        return [stage for stage in self.stages if stage.name != _STOPPED]

    @property
    def problems(self) -> list[str]:
        """What went wrong without stopping the run."""
        return [problem for stage in self.stages for problem in stage.problems]

    @property
    def has_changed(self) -> bool:
        """Whether the run brought anything."""
        return any(stage.rows for stage in self.stages)

    @property
    def is_up_to_date(self) -> bool:
        """Whether the run had nothing to do."""
        return not (self.has_changed or self.problems or any(stage.is_unfinished for stage in self.stages))

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {**asdict(self), "started_at": self.started_at.isoformat(), "seconds": round(self.seconds, 3)}


def stopped(error: BaseException) -> Stage:
    """The last stage of a run that failed or was interrupted: what had come before it, and why."""
    notes: list[str] = getattr(error, "__notes__", [])
    return Stage(_STOPPED, 0.0, notes=notes, problems=[str(error) or "It was interrupted."])


def new_run_id(now: datetime) -> str:
    """A run's id, which sorts by time: 20261123T101500123456Z."""
    return now.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")


def keep(objects: Objects, report: Report) -> None:
    """Keep a report beside the raw objects."""
    objects.put(f"{_FOLDER}/{report.run_id}.json", json.dumps(report.as_json()).encode())


def latest(objects: Objects, count: int) -> list[dict[str, Any]]:
    """The newest reports, newest first."""
    paths = list(objects.list(_FOLDER))[-count:]
    return [json.loads(objects.get(path)) for path in reversed(paths)]
