"""Starts runs as the command line does, at once instead of patiently, and looks at what they leave."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.aws.cloud import ALIVE, Cloud
from tests.aws.loopback import ACCOUNT
from tests.conftest import Silent

from meteolake.aws.account import Account
from meteolake.aws.compute import Compute
from meteolake.aws.emr import Emr
from meteolake.aws.emr_serverless import EmrServerless, Limits
from meteolake.aws.machines import Machines, cluster_request
from meteolake.aws.outputs import Outputs
from meteolake.aws.packages import Packages
from meteolake.aws.watch import Patience
from meteolake.pipeline.on_aws import OnAws
from meteolake.pipeline.report import Report
from meteolake.pipeline.run import run
from meteolake.pipeline.settings import Settings
from meteolake.sites import Site

LAKE_BUCKET, WORK_BUCKET = "lake-bucket", "work-bucket"
AT_ONCE = Patience(least=0.02, most=0.1, log=1.0, step=120)
STEPS = ["weather_etl", "weather_analysis", "weather_forecast"]
SENT = Packages(
    f"s3://{WORK_BUCKET}/code/1/meteolake.zip",
    f"s3://{WORK_BUCKET}/code/2/worker.py",
    f"s3://{WORK_BUCKET}/code/3/bootstrap.sh",
    f"s3://{WORK_BUCKET}/code/4/packages.tar.gz",
    "digest",
    0,
)
STACK = Outputs(
    "meteolake",
    LAKE_BUCKET,
    WORK_BUCKET,
    "public-bucket",
    "emr-service",
    "emr-instances",
    {},
    serverless_job_role=f"arn:aws:iam::{ACCOUNT}:role/jobs",
)
SITE = Site("a", "a", 50.0, 8.0, None, 1)
LIMITS = Limits("emr-7.13.0", 16, 64, 5, 60)


def machines(*, is_kept: bool = False) -> Machines:
    """What the configuration says where nothing is set."""
    return Machines("emr-7.13.0", "m5.xlarge", "m5.xlarge", 2, True, 10, is_kept)


def compute_of(kind: str, account: Account) -> Compute:
    """A compute as a new process would have it; its packages are named and not sent."""
    if kind == "emr-serverless":
        return EmrServerless(account, STACK, LIMITS, send=lambda *_: SENT)
    return Emr(account, STACK, machines(is_kept=kind == "emr-kept"), send=lambda *_: SENT)


def go(settings: Settings, compute: Compute, patience: Patience = AT_ONCE, **options: Any) -> Report:
    """A run with its steps on AWS."""
    clock = datetime.now(UTC).replace(2026, 11, 2)  # the sources' day; each run is another by its time
    building = OnAws(compute, patience=patience)
    options.setdefault("wait_seconds", 5)
    return run(settings, Silent(), clock=lambda: clock, building=building, **options)


def steps_of(names: list[str]) -> list[str]:
    """Steps by the names of their jobs."""
    return [name.split("/")[1] for name in names]


def alive(cloud: Cloud) -> list[str]:
    """Clusters that still cost money."""
    return [cluster for cluster, state in cloud.backends.clusters() if state in ALIVE]


def waiting(cloud: Cloud) -> list[str]:
    """Jobs that are not over."""
    return [job.name for job in cloud.backends.submitted()]


def start_cluster(cloud: Cloud, run_id: str) -> None:
    """A cluster that a run left behind."""
    step = {"Name": f"{run_id}/weather_etl", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["spark-submit"]}}
    tags = {"lake": STACK.stack, "run": run_id, "machines": machines().summary}
    request = cluster_request(STACK, machines(), SENT, f"{STACK.stack} {run_id}", [step], tags)
    cloud.account.client("emr").run_job_flow(**request)


def until(is_so: Callable[[], Any], seconds: float = 60) -> None:
    """Wait for something; a machine that is busy may take its time."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)
