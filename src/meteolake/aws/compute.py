"""What runs the steps: one interface to EMR on EC2 and to EMR Serverless."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from meteolake.aws.spark_submit import Call
from meteolake.errors import CloudError


class State(Enum):
    """How a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        """Whether it stays so."""
        return self in (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(frozen=True)
class Job:
    """A step that was submitted: its name is `run/step`, `place` the cluster or application that has it."""

    place: str
    job_id: str
    name: str


@dataclass(frozen=True)
class Seen:
    """How a job stands, and what AWS says of it."""

    state: State
    said: str = ""


@dataclass(frozen=True)
class Running:
    """Something that costs money now, or would at the next job: a cluster, an application, a job run."""

    kind: str
    id: str
    state: str
    run_id: str
    started_at: str
    machines: str
    is_job: bool = False


class ComputeGone(CloudError):
    """The machines ended while jobs were waiting or running on them."""


class Compute(Protocol):
    """Where steps run."""

    name: str

    def unfinished(self) -> list[Job]:
        """Jobs of this lake that wait or run, whichever run submitted them, in their order."""

    def start(self, run_id: str, calls: Sequence[Call]) -> None:
        """Find or start machines for a run; they may begin with the calls at once."""

    def submit(self, run_id: str, call: Call) -> Job:
        """The job of a call, which is submitted unless it is there."""

    def look(self, job: Job) -> Seen:
        """How a job stands.

        Raises:
            ComputeGone: its machines ended before it did.
        """

    def cancel(self, job: Job) -> None:
        """Ask for the end of a job; it takes some time."""

    def log(self, job: Job) -> tuple[str, list[str]]:
        """Where the log of a job's driver lies, and its last lines; none where it has not come yet."""

    def stop(self, run_id: str) -> None:
        """Ask for the end of everything that a run started and that is not to be kept."""

    def took(self, run_id: str) -> dict[str, float]:
        """What a run has taken so far, by unit."""

    def running(self) -> list[Running]:
        """Everything of this lake that costs money now."""

    def end(self, found: Running) -> None:
        """Ask for the end of a cluster or an application."""
