"""EMR on EC2: a cluster for each run, or one that is kept for the next runs.

RunJobFlow has no token that would make it repeatable: a cluster carries the lake and the run as tags, and one that was
asked for is looked up by these before another is asked for.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from meteolake.aws import logs, packages
from meteolake.aws.account import Account, code, explained, is_passing
from meteolake.aws.compute import ComputeGone, Job, Running, Seen, State
from meteolake.aws.machines import Machines, cluster_request
from meteolake.aws.outputs import Outputs
from meteolake.aws.packages import Packages
from meteolake.aws.prices import machines_usd
from meteolake.aws.spark_submit import Call, on_ec2
from meteolake.errors import CloudError, ConfigError

_ALIVE = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING"]
_ENDED = {"TERMINATED", "TERMINATED_WITH_ERRORS"}
_STATES = {
    "PENDING": State.WAITING,
    "CANCEL_PENDING": State.RUNNING,
    "RUNNING": State.RUNNING,
    "COMPLETED": State.DONE,
    "CANCELLED": State.CANCELLED,
    "FAILED": State.FAILED,
    "INTERRUPTED": State.FAILED,
}
_LAUNCHES = 3


@dataclass
class Emr:
    """Clusters of a stack, as the configuration wants them."""

    account: Account
    stack: Outputs
    machines: Machines
    name: str = "EMR"
    send: Callable[..., Packages] = packages.send
    _cluster_id: str = ""
    _mine: list[str] = field(default_factory=list)
    _packages: Packages | None = None

    def __post_init__(self) -> None:
        self._emr = self.account.client("emr")
        self._launcher = self.account.client_without_retries("emr")  # a second attempt might start a second cluster
        self._s3 = self.account.client("s3")

    def unfinished(self) -> list[Job]:
        """Steps that wait or run on any cluster of this lake."""
        return [
            Job(cluster["Id"], step["Id"], step["Name"])
            for cluster in self._clusters([*_ALIVE, "TERMINATING"])
            for step in reversed(self._steps(cluster["Id"]))
            if not _STATES[step["Status"]["State"]].is_over
        ]

    def start(self, run_id: str, calls: Sequence[Call]) -> None:
        """Take a kept cluster that has what is wanted, or start one that begins with the calls."""
        self._packages = sent = self.send(self.account, self.stack.work_bucket, self.machines.processor)
        wanted = {"run": run_id} if not self.machines.is_kept else {"pool": self._pool(sent)}
        [key] = wanted
        for cluster in self._clusters(_ALIVE):
            if _tags(cluster).get(key) == wanted[key]:
                self._cluster_id = cluster["Id"]
                return
        self._cluster_id = self._launched(run_id, calls, sent)
        self._mine.append(self._cluster_id)

    def submit(self, run_id: str, call: Call) -> Job:
        """The step of a call; a name is added once."""
        name = f"{run_id}/{call.step}"
        for step in self._steps(self._cluster_id):
            if step["Name"] == name:
                return Job(self._cluster_id, step["Id"], name)
        with explained("elasticmapreduce:AddJobFlowSteps", self._cluster_id):
            try:
                added = self._emr.add_job_flow_steps(
                    JobFlowId=self._cluster_id, Steps=[self._step(run_id, call, self._sent)]
                )
            except self._emr.exceptions.ClientError as error:
                if code(error) == "ValidationException" and self._state(self._cluster_id) not in _ALIVE:
                    raise ComputeGone(f"Cluster {self._cluster_id} ended while a step was added.") from error
                raise
        return Job(self._cluster_id, added["StepIds"][0], name)

    def look(self, job: Job) -> Seen:
        """How a step stands; its cluster may have ended before it."""
        seen = self._seen(job)
        if seen.state in (State.DONE, State.FAILED):
            return seen
        status = self._described(job.place)["Status"]
        if status["State"] in _ENDED or (status["State"] == "TERMINATING" and seen.state is State.CANCELLED):
            seen = self._seen(job)  # a cluster also ends because its last step did, meanwhile
            if seen.state not in (State.DONE, State.FAILED):
                why = status.get("StateChangeReason", {}).get("Message", "without a reason")
                raise ComputeGone(f"Cluster {job.place} ended before {job.name} did: {why}.")
        return seen

    def _seen(self, job: Job) -> Seen:
        with explained("elasticmapreduce:DescribeStep", f"step {job.job_id} of {job.place}"):
            status = self._emr.describe_step(ClusterId=job.place, StepId=job.job_id)["Step"]["Status"]
        details = status.get("FailureDetails", {})
        return Seen(_STATES[status["State"]], " ".join(filter(None, map(details.get, ("Reason", "Message")))))

    def cancel(self, job: Job) -> None:
        """Cancel a step of a kept cluster; a cluster for one run ends as a whole."""
        if "pool" not in _tags(self._described(job.place)):
            self._terminate(job.place)
            return
        with explained("elasticmapreduce:CancelSteps", f"step {job.job_id} of {job.place}"):
            self._emr.cancel_steps(
                ClusterId=job.place, StepIds=[job.job_id], StepCancellationOption="TERMINATE_PROCESS"
            )

    def log(self, job: Job) -> tuple[str, list[str]]:
        """What the step said."""
        folder = f"s3://{self.stack.work_bucket}/logs/emr/{job.place}/steps/{job.job_id}"
        return folder, logs.lines(self._s3, folder)

    def stop(self, run_id: str) -> None:
        """Terminate every cluster that the run started, also one of whose start it never heard."""
        for cluster in self._clusters(_ALIVE):
            tags = _tags(cluster)
            if tags.get("run") == run_id and "pool" not in tags:
                self._terminate(cluster["Id"])

    def took(self, run_id: str) -> dict[str, float]:
        """Instance hours of the clusters that the run started, what they cost, and bytes that were sent."""
        hours = sum(self._hours(cluster_id) for cluster_id in self._mine)
        return {
            "instance_hours": round(hours * (1 + self.machines.core_count), 3),
            **_priced(self.machines, hours),
            "sent_bytes": float(self._packages.sent_bytes if self._packages else 0),
        }

    def running(self) -> list[Running]:
        """The clusters of this lake."""
        return [
            Running(
                "EMR cluster",
                cluster["Id"],
                cluster["Status"]["State"],
                _tags(cluster).get("run", ""),
                cluster["Status"]["Timeline"]["CreationDateTime"].isoformat(),
                _tags(cluster).get("machines", ""),
            )
            for cluster in self._clusters([*_ALIVE, "TERMINATING"])
        ]

    def end(self, found: Running) -> None:
        """Terminate a cluster."""
        self._terminate(found.id)

    @property
    def _sent(self) -> Packages:
        assert self._packages is not None, "start comes first"  # noqa: S101
        return self._packages

    def _launched(self, run_id: str, calls: Sequence[Call], sent: Packages) -> str:
        """The id of a new cluster; where its start was not answered, of the one that was started all the same."""
        steps = [] if self.machines.is_kept else [self._step(run_id, call, sent) for call in calls]
        tags = {"lake": self.stack.stack, "run": run_id, "machines": self.machines.summary}
        if self.machines.is_kept:
            tags["pool"] = self._pool(sent)
        request = cluster_request(self.stack, self.machines, sent, f"{self.stack.stack} {run_id}", steps, tags)
        for launch in range(_LAUNCHES):
            try:
                with explained("elasticmapreduce:RunJobFlow", f"stack {self.stack.stack}"):
                    return str(self._launcher.run_job_flow(**request)["JobFlowId"])
            except CloudError as error:
                if not is_passing(error) or launch == _LAUNCHES - 1:
                    raise
                for cluster in self._clusters(_ALIVE):
                    if _tags(cluster).get("run") == run_id:
                        return str(cluster["Id"])
        raise AssertionError("the last launch returns or raises")

    def _step(self, run_id: str, call: Call, sent: Packages) -> dict[str, Any]:
        return {
            "Name": f"{run_id}/{call.step}",
            "ActionOnFailure": "CANCEL_AND_WAIT" if self.machines.is_kept else "TERMINATE_CLUSTER",
            "HadoopJarStep": {"Jar": "command-runner.jar", "Args": on_ec2(sent, self.machines.folder(sent), call)},
        }

    def _pool(self, sent: Packages) -> str:
        """What a kept cluster must have in common with the one that is wanted."""
        wanted = json.dumps([vars(self.machines), sent.digest], sort_keys=True)
        return hashlib.sha256(wanted.encode()).hexdigest()[:16]

    def _clusters(self, states: Sequence[str]) -> Iterator[dict[str, Any]]:
        with explained("elasticmapreduce:ListClusters", "clusters"):
            pages = list(self._emr.get_paginator("list_clusters").paginate(ClusterStates=list(states)))
        for cluster in (cluster for page in pages for cluster in page["Clusters"]):
            if cluster["Name"].startswith(f"{self.stack.stack} "):
                described = self._described(cluster["Id"])
                if _tags(described).get("lake") == self.stack.stack and described["Status"]["State"] in states:
                    yield described

    def _described(self, cluster_id: str) -> dict[str, Any]:
        with explained("elasticmapreduce:DescribeCluster", cluster_id):
            found: dict[str, Any] = self._emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
        return found

    def _state(self, cluster_id: str) -> str:
        return str(self._described(cluster_id)["Status"]["State"])

    def _steps(self, cluster_id: str) -> list[dict[str, Any]]:
        """The steps of a cluster, newest first."""
        with explained("elasticmapreduce:ListSteps", cluster_id):
            pages = self._emr.get_paginator("list_steps").paginate(ClusterId=cluster_id)
            return [step for page in pages for step in page["Steps"]]

    def _terminate(self, cluster_id: str) -> None:
        with explained("elasticmapreduce:TerminateJobFlows", cluster_id):
            self._emr.terminate_job_flows(JobFlowIds=[cluster_id])

    def _hours(self, cluster_id: str) -> float:
        times = self._described(cluster_id)["Status"]["Timeline"]
        ended: datetime = times.get("EndDateTime") or datetime.now(UTC)
        return float((ended - times["CreationDateTime"]).total_seconds()) / 3600


def _priced(machines: Machines, hours: float) -> dict[str, float]:
    """What so many hours of a cluster cost by the price table; nothing where it lacks a machine."""
    try:
        primary = machines_usd(machines.primary_type, hours)
        core = machines_usd(machines.core_type, hours * machines.core_count, is_spot=machines.is_spot)
    except ConfigError:
        return {}
    return {"list_price_usd": round(primary + core, 4)}


def _tags(cluster: dict[str, Any]) -> dict[str, str]:
    """Our tags of a cluster, without their prefix."""
    prefix = "meteolake:"
    return {
        tag["Key"].removeprefix(prefix): tag["Value"]
        for tag in cluster.get("Tags", ())
        if tag["Key"].startswith(prefix)
    }
