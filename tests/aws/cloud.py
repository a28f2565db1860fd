"""An AWS of our own on loopback: moto's server in a process of its own, and what a test may do to it from outside.

It cannot live in the tests' process: delta-rs holds Python's lock while it waits for an answer.
"""

import contextlib
import multiprocessing
import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from multiprocessing.managers import BaseManager
from typing import Any, Literal

from tests.aws import loopback
from tests.aws.loopback import ACCOUNT, CREDENTIALS, REGION
from tests.aws.mended import FAULTS, FORBIDDEN, backend

from meteolake.aws.account import Account


@dataclass(frozen=True)
class Submitted:
    """A step of a cluster or a job run of EMR Serverless, with what its machines were asked to be."""

    kind: Literal["emr", "emr-serverless"]
    place: str
    job_id: str
    name: str
    state: str
    arguments: list[str]
    action_on_failure: str = ""
    bootstrap: list[Any] = field(default_factory=list)
    configurations: list[Any] = field(default_factory=list)


class Backends:
    """moto's server and its memory, in the process that holds them."""

    def __init__(self) -> None:
        os.environ.update(CREDENTIALS)
        self._open = contextlib.ExitStack()  # kept, since what is forgotten is closed
        self._account = self._open.enter_context(loopback.running())

    def url(self) -> str:
        """Where the server listens."""
        return self._account.endpoint_url

    def submitted(self) -> list[Submitted]:
        """Everything that waits or runs, in the order in which it came."""
        steps = [
            Submitted(
                "emr",
                cluster.id,
                step.id,
                step.name,
                step.state,
                list(step.args),
                step.action_on_failure,
                [[action.script_path, *action.args] for action in cluster.bootstrap_actions],
                _as_written(cluster.configurations),
            )
            for cluster in _backend("emr").clusters.values()
            if cluster.state in ALIVE
            for step in cluster.steps
            if step.state in ("RUNNING", "PENDING")
        ]
        return steps + [
            Submitted("emr-serverless", place, run.id, run.name, run.state, _command(run.job_driver["sparkSubmit"]))
            for place, runs in _backend("emr-serverless").job_runs.items()
            for run in runs
            if run.state in ("SUBMITTED", "RUNNING")
        ]

    def set_cluster(self, cluster_id: str, state: str, why: str = "") -> None:
        """Move a cluster to a state; of one that ends, steps that are not over are cancelled, as EMR does it."""
        cluster = _backend("emr").clusters[cluster_id]
        cluster.state, cluster.last_state_change_reason = state, why
        if state not in ALIVE:
            cluster.end_datetime = datetime.now(UTC).replace(tzinfo=None)
            for step in cluster.steps:
                if step.state in ("RUNNING", "PENDING"):
                    step.state = "CANCELLED"

    def set_state(self, job: Submitted, state: str) -> None:
        """Move a step or a job run to a state; a cluster that is not kept ends with its last step or a failed one."""
        if job.kind == "emr-serverless":
            [run] = [run for run in _backend(job.kind).job_runs[job.place] if run.id == job.job_id]
            if run.state != "CANCELLED":
                run.state = {"COMPLETED": "SUCCESS"}.get(state, state)
            return
        cluster = _backend("emr").clusters[job.place]
        if cluster.state not in ALIVE:
            return
        [step] = [step for step in cluster.steps if step.id == job.job_id]
        step.state = state
        if state == "FAILED":
            if step.action_on_failure == "TERMINATE_CLUSTER":
                self.set_cluster(cluster.id, "TERMINATED_WITH_ERRORS", "Shut down as step failed")
            for each in cluster.steps:
                each.state = "CANCELLED" if each.state == "PENDING" else each.state
        elif not cluster.keep_job_flow_alive_when_no_steps and all(
            each.state not in ("RUNNING", "PENDING") for each in cluster.steps
        ):
            self.set_cluster(cluster.id, "TERMINATED", "Steps completed")

    def clusters(self) -> list[tuple[str, str]]:
        """Every cluster that ever was, and its state."""
        return [(cluster.id, cluster.state) for cluster in _backend("emr").clusters.values()]

    def jobs(self) -> list[tuple[str, str]]:
        """Every step and job run that ever was, by name, and its state."""
        steps = [step for cluster in _backend("emr").clusters.values() for step in cluster.steps]
        runs = [run for runs in _backend("emr-serverless").job_runs.values() for run in runs]
        return [(job.name, job.state) for job in (*steps, *runs)]

    def fail(self, times: int, action: str, error: str, status: int = 400) -> None:
        """Let the next calls of an action (as in X-Amz-Target, such as `AddJobFlowSteps`) fail."""
        FAULTS[action] = [(error, status)] * times

    def forbid(self, *actions: str) -> None:
        """Let IAM's simulation deny these actions and no others."""
        FORBIDDEN.clear()
        FORBIDDEN.update(actions)


ALIVE = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING")


def _command(submit: Any) -> list[str]:
    return [*shlex.split(submit["sparkSubmitParameters"]), submit["entryPoint"], *submit["entryPointArguments"]]


def _as_written(value: Any) -> Any:
    """The same with the keys as they were sent; moto keeps them in dictionaries of its own kind."""
    if hasattr(value, "original_dict"):
        return {key: _as_written(each) for key, each in value.original_dict().items()}
    return [_as_written(each) for each in value] if isinstance(value, list) else value


def _backend(service: str) -> Any:
    return backend(service, ACCOUNT, REGION)


class _Manager(BaseManager):
    """Starts the process."""


_Manager.register("Backends", Backends)


@dataclass(frozen=True)
class Cloud:
    """A running AWS."""

    url: str
    backends: Any

    @property
    def account(self) -> Account:
        """The account that the commands would use."""
        return Account(REGION, endpoint_url=self.url)


@contextlib.contextmanager
def running() -> Iterator[Cloud]:
    """An empty AWS, gone at the end of the block."""
    manager = _Manager(ctx=multiprocessing.get_context("spawn"))
    with _nothing_to_run_again():
        manager.start()
    with manager:
        backends = manager.Backends()  # type: ignore[attr-defined]
        yield Cloud(backends.url(), backends)


@contextlib.contextmanager
def _nothing_to_run_again() -> Iterator[None]:
    """A process that is spawned runs the file of the main module, for which the engine's session may have put none."""
    names = vars(sys.modules["__main__"])
    file = names.pop("__file__", None)
    try:
        yield
    finally:
        if file is not None:
            names["__file__"] = file
