"""EMR Serverless: one application for the lake, which starts with a job and stops when it is idle."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from meteolake.aws import logs, packages
from meteolake.aws.account import Account, explained
from meteolake.aws.compute import Job, Running, Seen, State
from meteolake.aws.outputs import Outputs
from meteolake.aws.packages import Packages
from meteolake.aws.prices import serverless_usd
from meteolake.aws.spark_submit import Call, on_serverless, release
from meteolake.errors import CloudError

_STATES = {
    "SUBMITTED": State.WAITING,
    "PENDING": State.WAITING,
    "SCHEDULED": State.WAITING,
    "QUEUED": State.WAITING,
    "RUNNING": State.RUNNING,
    "CANCELLING": State.RUNNING,
    "SUCCESS": State.DONE,
    "FAILED": State.FAILED,
    "CANCELLED": State.CANCELLED,
}
_UNITS = {"vCPUHour": "vcpu_hours", "memoryGBHour": "memory_gb_hours", "storageGBHour": "storage_gb_hours"}
_VCPUS_OF_A_WORKER = 4


@dataclass(frozen=True)
class Limits:
    """What `[aws.emr_serverless]` says of the application."""

    release: str
    most_vcpus: int
    most_memory_gb: int
    idle_minutes: int
    step_minutes: int


@dataclass
class EmrServerless:
    """The application of a stack."""

    account: Account
    stack: Outputs
    limits: Limits
    name: str = "EMR Serverless"
    send: Callable[..., Packages] = packages.send
    _packages: Packages | None = None
    _jobs: list[Job] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._serverless = self.account.client("emr-serverless")
        self._s3 = self.account.client("s3")
        self._application_id = self.stack.serverless_application_id or ""

    def unfinished(self) -> list[Job]:
        """Job runs that wait or run, oldest first."""
        found = [run for run in self._job_runs() if not _STATES[run["state"]].is_over]
        found.sort(key=lambda run: run["createdAt"])
        return [Job(run["applicationId"], run["id"], run.get("name", "")) for run in found]

    def start(self, run_id: str, calls: Sequence[Call]) -> None:
        """Send what travels; make the application where the stack has none."""
        self._packages = self.send(self.account, self.stack.work_bucket)
        if not self._found():
            self._application_id = self._created()

    def submit(self, run_id: str, call: Call) -> Job:
        """The job run of a call; a token lets it begin once, however often it is asked for."""
        name = f"{run_id}/{call.step}"
        attempts = [run for run in self._job_runs() if run.get("name") == name]
        for run in attempts:
            if not _STATES[run["state"]].is_over:
                return self._remembered(run["id"], name)
        token = _token(run_id, call.step, str(len(attempts) + 1))
        with explained("emr-serverless:StartJobRun", f"application {self._application_id}"):
            started = self._serverless.start_job_run(**self._request(name, call, token))
        return self._remembered(started["jobRunId"], name)

    def look(self, job: Job) -> Seen:
        """How a job run stands."""
        run = self._described(job)
        return Seen(_STATES[run["state"]], run.get("stateDetails", ""))

    def cancel(self, job: Job) -> None:
        """Cancel a job run, unless that is under way."""
        if self._described(job)["state"] == "CANCELLING":
            return
        with explained("emr-serverless:CancelJobRun", job.job_id):
            self._serverless.cancel_job_run(applicationId=job.place, jobRunId=job.job_id)

    def log(self, job: Job) -> tuple[str, list[str]]:
        """What the driver said."""
        of_job = f"applications/{job.place}/jobs/{job.job_id}/SPARK_DRIVER"
        folder = f"s3://{self.stack.work_bucket}/logs/serverless/{of_job}"
        return folder, logs.lines(self._s3, folder)

    def stop(self, run_id: str) -> None:
        """Cancel the run's jobs; an application without jobs costs nothing, since no machines are reserved."""
        for job in self.unfinished():
            if job.name.startswith(f"{run_id}/"):
                self.cancel(job)

    def took(self, run_id: str) -> dict[str, float]:
        """What AWS bills of the run's jobs, what that costs, and bytes that were sent."""
        totals = dict.fromkeys(_UNITS.values(), 0.0)
        for job in self._jobs:
            billed = self._described(job).get("billedResourceUtilization") or {}
            for key, unit in _UNITS.items():
                totals[unit] = round(totals[unit] + billed.get(key, 0.0), 3)
        return {
            **totals,
            "list_price_usd": round(serverless_usd(**totals), 4),
            "sent_bytes": float(self._packages.sent_bytes if self._packages else 0),
        }

    def running(self) -> list[Running]:
        """The application while it is started, and its jobs that are not over."""
        found: list[Running] = []
        if not self._found():
            return found
        application = self._application()
        if application["state"] in ("STARTING", "STARTED", "STOPPING"):
            created = application["createdAt"].isoformat()
            found.append(
                Running("EMR Serverless application", self._application_id, application["state"], "", created, "")
            )
        for run in self._job_runs():
            if not _STATES[run["state"]].is_over:
                of_run, _, _ = run.get("name", "").partition("/")
                began = run["createdAt"].isoformat()
                name = run.get("name", "")
                found.append(Running("EMR Serverless job", run["id"], run["state"], of_run, began, name, is_job=True))
        return found

    def end(self, found: Running) -> None:
        """Stop the application, which it refuses while a job is not over."""
        if found.state == "STOPPING":
            return
        with explained("emr-serverless:StopApplication", found.id):
            self._serverless.stop_application(applicationId=found.id)

    def _remembered(self, job_run_id: str, name: str) -> Job:
        job = Job(self._application_id, job_run_id, name)
        if job not in self._jobs:
            self._jobs.append(job)
        return job

    def _request(self, name: str, call: Call, token: str) -> dict[str, Any]:
        if self._packages is None or self.stack.serverless_job_role is None:
            raise CloudError(
                f"Stack {self.stack.stack} has no role for jobs of EMR Serverless: run `meteolake aws deploy`."
            )
        executors = max(1, self.limits.most_vcpus // _VCPUS_OF_A_WORKER - 1)
        return {
            "applicationId": self._application_id,
            "clientToken": token,
            "executionRoleArn": self.stack.serverless_job_role,
            "name": name,
            "executionTimeoutMinutes": self.limits.step_minutes,
            "jobDriver": {
                "sparkSubmit": {
                    "entryPoint": self._packages.worker,
                    "entryPointArguments": list(call.arguments),
                    "sparkSubmitParameters": on_serverless(self._packages, self.limits.release, executors),
                }
            },
            "configurationOverrides": {
                "monitoringConfiguration": {
                    "s3MonitoringConfiguration": {"logUri": f"s3://{self.stack.work_bucket}/logs/serverless/"}
                }
            },
            "tags": {"meteolake:lake": self.stack.stack, "meteolake:run": name.split("/")[0]},
        }

    def _found(self) -> bool:
        """Whether there is an application: that of the stack, or one of its name."""
        if not self._application_id:
            with explained("emr-serverless:ListApplications", "applications"):
                pages = list(self._serverless.get_paginator("list_applications").paginate())
            applications = (each for page in pages for each in page["applications"])
            named = [each for each in applications if each.get("name") == self.stack.stack]
            alive = [each["id"] for each in named if each["state"] != "TERMINATED"]
            self._application_id = alive[0] if alive else ""
        return bool(self._application_id)

    def _created(self) -> str:
        limits = self.limits
        release(limits.release)
        with explained("emr-serverless:CreateApplication", self.stack.stack):
            created = self._serverless.create_application(
                name=self.stack.stack,
                type="SPARK",
                releaseLabel=limits.release,
                clientToken=_token(self.stack.stack, limits.release),
                maximumCapacity={"cpu": f"{limits.most_vcpus} vCPU", "memory": f"{limits.most_memory_gb} GB"},
                autoStartConfiguration={"enabled": True},
                autoStopConfiguration={"enabled": True, "idleTimeoutMinutes": limits.idle_minutes},
                tags={"meteolake:lake": self.stack.stack},
            )
        return str(created["applicationId"])

    def _application(self) -> dict[str, Any]:
        with explained("emr-serverless:GetApplication", self._application_id):
            found: dict[str, Any] = self._serverless.get_application(applicationId=self._application_id)["application"]
        return found

    def _job_runs(self) -> Iterator[dict[str, Any]]:
        if not self._found():
            return
        with explained("emr-serverless:ListJobRuns", f"application {self._application_id}"):
            pages = list(self._serverless.get_paginator("list_job_runs").paginate(applicationId=self._application_id))
        yield from (run for page in pages for run in page["jobRuns"])

    def _described(self, job: Job) -> dict[str, Any]:
        with explained("emr-serverless:GetJobRun", job.job_id):
            found: dict[str, Any] = self._serverless.get_job_run(applicationId=job.place, jobRunId=job.job_id)["jobRun"]
        return found


def _token(*parts: str) -> str:
    return hashlib.sha256("/".join(parts).encode()).hexdigest()
