"""Whole runs on AWS as a user starts them: `meteolake run --on …` in a process of its own, and what goes with it.

The steps only pretend (see steps.py).
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.aws.cloud import Cloud, Submitted
from tests.aws.loopback import ACCOUNT, tell_outputs
from tests.aws.runs import LAKE_BUCKET, STEPS, WORK_BUCKET, alive, start_cluster, steps_of, until, waiting
from tests.aws.steps import Outcome, pretend, stepping

from meteolake.aws.packages import wheels_for
from meteolake.lake import away
from meteolake.lake.objects import Objects
from meteolake.pipeline import report
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.server import running as serving
from meteolake.simulate.weather import GeneratedWeather

OUTPUTS = {
    "LakeBucket": LAKE_BUCKET,
    "WorkBucket": WORK_BUCKET,
    "PublicBucket": "public-bucket",
    "EmrServiceRole": "emr-service",
    "EmrInstanceProfile": "emr-instances",
    "GlueDatabaseRaw": "meteolake_raw",
    "GlueDatabaseTrusted": "meteolake_trusted",
    "GlueDatabaseRefined": "meteolake_refined",
    "ServerlessJobRole": f"arn:aws:iam::{ACCOUNT}:role/jobs",
}
KINDS = ("emr", "emr-serverless")
Ended = subprocess.CompletedProcess[str]


@dataclass(frozen=True)
class Desk:
    """Where somebody sits who has a configuration and a deployed stack."""

    cloud: Cloud
    folder: Path

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """A command."""
        whole = [sys.executable, "-m", "tests.aws.impatient", *words, "--config", str(self.folder / "meteolake.toml")]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(whole, text=True, env=os.environ, **pipes)  # type: ignore[call-overload,no-any-return]

    def run(self, *words: str) -> Ended:
        """A command, until it ends."""
        process = self.start(*words)
        stdout, stderr = process.communicate(timeout=120)
        return subprocess.CompletedProcess(words, process.returncode, stdout, stderr)

    def done(self, *words: str) -> str:
        """What a command prints that does not fail."""
        ended = self.run(*words)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout


@pytest.fixture(scope="module")
def archive() -> Iterator[str]:
    """A simulated archive."""
    with serving(archive_app(GeneratedWeather())) as url:
        yield url


@pytest.fixture
def desk(cloud: Cloud, archive: str, tmp_path: Path) -> Desk:
    """A stack that is deployed, with the wheels in its bucket, and a lake that is still empty."""
    serverless = cloud.account.client("emr-serverless")
    made = serverless.create_application(name="meteolake", releaseLabel="emr-7.13.0", type="SPARK", clientToken="t")
    serverless.stop_application(applicationId=made["applicationId"])  # AWS makes it so
    tell_outputs(cloud.account, "meteolake", OUTPUTS | {"ServerlessApplicationId": made["applicationId"]})
    key = wheels_for("x86_64", tmp_path).key
    cloud.account.client("s3").put_object(Bucket=WORK_BUCKET, Key=key, Body=b"wheels, which take a network")
    (tmp_path / "sites.csv").write_text("site_id,name,latitude,longitude\na,Alpha,50,10\n")
    (tmp_path / "meteolake.toml").write_text(
        f'[lake]\npath = "s3://{LAKE_BUCKET}"\n[aws]\nendpoint_url = "{cloud.url}"\n'
        f'[database]\nis_enabled = false\n[sites]\nfile = "{tmp_path / "sites.csv"}"\n'
        f'[open_meteo]\nurl = "{archive}"\nfirst_date = 2026-01-01\nvariables = ["temperature_2m_max"]\n'
    )
    return Desk(cloud, tmp_path)


def used(stages: list[dict[str, Any]]) -> dict[str, float]:
    """What a run took of AWS, by its report."""
    [took] = [stage["took"] for stage in stages if stage["took"]]
    assert isinstance(took, dict)
    return took


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_makes_what_is_due_tells_what_it_took_and_leaves_nothing(kind: str, desk: Desk) -> None:
    with stepping(desk.cloud, pretend) as runner:
        first = json.loads(desk.done("run", "--on", kind, "--json"))
        assert steps_of(runner.executed) == STEPS
        assert used(first["stages"]).keys() >= {"list_price_usd", "sent_bytes"}
        assert waiting(desk.cloud) == alive(desk.cloud) == []
        clusters = desk.cloud.backends.clusters()
        assert "Nothing to do: the lake is up to date" in desk.done("run", "--on", kind)
        assert desk.cloud.backends.clusters() == clusters
        assert steps_of(runner.executed) == STEPS
    assert "Nothing of this lake is running." in desk.done("aws", "ps")


def test_a_missing_permission_stops_a_run_before_anything_is_begun(desk: Desk) -> None:
    desk.cloud.backends.forbid("elasticmapreduce:RunJobFlow", "iam:PassRole")
    text = desk.run("run", "--on", "emr")
    assert text.returncode == 1
    assert "AWS would refuse, so nothing was begun: elasticmapreduce:RunJobFlow, iam:PassRole" in text.stderr
    assert "start clusters of this lake" in text.stdout
    assert '"aws:RequestTag/meteolake:lake"' in text.stdout, "the statement that grants it"
    values = desk.run("run", "--on", "emr", "--json")
    assert (values.returncode, json.loads(values.stdout)["is_allowed"]) == (1, False)
    assert desk.cloud.backends.clusters() == []
    assert list(Objects(f"s3://{LAKE_BUCKET}/raw").list()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_release_that_the_jobs_are_not_proved_on_is_refused_before_anything_is_begun(kind: str, desk: Desk) -> None:
    with (desk.folder / "meteolake.toml").open("a") as file:
        file.write(f'[aws.{kind.replace("-", "_")}]\nrelease = "emr-6.15.0"\n')
    ended = desk.run("run", "--on", kind)
    assert (ended.returncode, "release = 'emr-6.15.0': choose" in ended.stderr) == (2, True)
    assert list(Objects(f"s3://{LAKE_BUCKET}/raw").list()) == []


def test_a_run_that_fails_tells_what_it_took_and_is_resumed_without_its_sources(desk: Desk) -> None:
    def fail(job: Submitted) -> Outcome:
        return Outcome(1, "meteolake: The disk is full.\n") if job.name.endswith(STEPS[1]) else pretend(job)

    with stepping(desk.cloud, fail):
        failed = desk.run("run", "--on", "emr", "--json")
    assert failed.returncode == 1
    assert "The disk is full" in failed.stderr
    told = json.loads(failed.stdout)
    assert used(told["stages"]).keys() >= {"instance_hours", "list_price_usd", "sent_bytes"}
    assert "The disk is full" in told["stages"][-1]["problems"][0]
    [kept] = report.latest(Objects(f"s3://{LAKE_BUCKET}/raw"), 1)
    assert kept == told
    assert alive(desk.cloud) == []
    config = desk.folder / "meteolake.toml"
    config.write_text(config.read_text().replace("[open_meteo]\nurl = ", '[open_meteo]\nurl = "http://127.0.0.1:9" #'))
    with stepping(desk.cloud, pretend) as runner:
        text = desk.done("run", "--on", "emr", "--resume")
        assert steps_of(runner.executed) == STEPS[1:]
    assert "instance hours" in text


@pytest.mark.parametrize("kind", KINDS)
def test_ctrl_c_ends_what_the_run_started(kind: str, desk: Desk) -> None:
    process = desk.start("run", "--on", kind)

    def interrupt(job: Submitted) -> Outcome:
        if job.name.endswith(STEPS[1]):
            process.send_signal(signal.SIGINT)
            until(lambda: job.name not in waiting(desk.cloud))
            return Outcome(1)
        return pretend(job)

    with stepping(desk.cloud, interrupt):
        stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Stopped. What was committed stays" in stderr
    assert "list price usd" in stdout, "also what was broken off has its price"
    assert waiting(desk.cloud) == alive(desk.cloud) == []
    away.insist_on_home(Objects(f"s3://{LAKE_BUCKET}/raw"))


def test_what_runs_is_listed_and_stopped(desk: Desk) -> None:
    start_cluster(desk.cloud, "20261102T120000000000Z")
    [found] = json.loads(desk.done("aws", "ps", "--json"))
    assert found["kind"] == "EMR cluster"
    assert found["run_id"] == "20261102T120000000000Z"
    assert found["machines"] == "1 m5.xlarge + 2 m5.xlarge spot"
    assert f"Ended EMR cluster {found['id']}." in desk.done("aws", "stop")
    assert alive(desk.cloud) == []
    assert "Nothing of this lake is running." in desk.done("aws", "ps")


def test_without_a_stack_the_next_command_is_named(desk: Desk) -> None:
    desk.cloud.account.client("cloudformation").delete_stack(StackName="meteolake")
    ended = desk.run("run", "--on", "emr")
    assert ended.returncode == 1
    assert "There is no stack meteolake" in ended.stderr
    assert "meteolake aws deploy" in ended.stderr


def test_an_unknown_place_to_run_is_wrong_usage(tmp_path: Path) -> None:
    config = tmp_path / "meteolake.toml"
    config.write_text(f'[lake]\npath = "{tmp_path / "lake"}"\n[database]\nis_enabled = false\n')
    command = [sys.executable, "-m", "meteolake", "run", "--on", "the-moon", "--config", str(config)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 2
    assert "--on the-moon: choose one of here, emr, emr-serverless." in ended.stderr
