"""The commands that have to do with machines on AWS, as a user starts them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.aws.cloud import Cloud
from tests.aws.runs import LAKE_BUCKET, WORK_BUCKET, alive, start_cluster

OUTPUTS = {
    "LakeBucket": LAKE_BUCKET,
    "WorkBucket": WORK_BUCKET,
    "PublicBucket": "public-bucket",
    "EmrServiceRole": "emr-service",
    "EmrInstanceProfile": "emr-instances",
    "GlueDatabaseRaw": "meteolake_raw",
    "GlueDatabaseTrusted": "meteolake_trusted",
    "GlueDatabaseRefined": "meteolake_refined",
}


@pytest.fixture
def deployed(cloud: Cloud) -> Cloud:
    """An AWS with a stack of one resource, that tells what ours would."""
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {key: {"Value": value} for key, value in OUTPUTS.items()},
    }
    cloud.account.client("cloudformation").create_stack(StackName="meteolake", TemplateBody=json.dumps(template))
    return cloud


def command(cloud: Cloud, folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    config = folder / "meteolake.toml"
    config.write_text(f'[lake]\npath = "s3://{LAKE_BUCKET}"\n[aws]\nendpoint_url = "{cloud.url}"\n')
    whole = [sys.executable, "-m", "meteolake", *arguments, "--config", str(config)]
    return subprocess.run(whole, capture_output=True, text=True, timeout=120, env=os.environ)


def test_what_runs_is_listed_and_stopped(deployed: Cloud, tmp_path: Path) -> None:
    start_cluster(deployed, "20261102T120000000000Z")
    listed = command(deployed, tmp_path, "aws", "ps", "--json")
    [found] = json.loads(listed.stdout)
    assert found["kind"] == "EMR cluster"
    assert found["run_id"] == "20261102T120000000000Z"
    assert found["machines"] == "1 m5.xlarge + 2 m5.xlarge spot"
    stopped = command(deployed, tmp_path, "aws", "stop")
    assert f"Ended EMR cluster {found['id']}." in stopped.stdout
    assert alive(deployed) == []
    assert "Nothing of this lake is running." in command(deployed, tmp_path, "aws", "ps").stdout


def test_without_a_stack_the_next_command_is_named(cloud: Cloud, tmp_path: Path) -> None:
    done = command(cloud, tmp_path, "run", "--on", "emr")
    assert done.returncode == 1
    assert "There is no stack meteolake" in done.stderr
    assert "meteolake aws deploy" in done.stderr


def test_an_unknown_place_to_run_is_wrong_usage(deployed: Cloud, tmp_path: Path) -> None:
    done = command(deployed, tmp_path, "run", "--on", "the-moon")
    assert done.returncode == 2
    assert "--on the-moon: choose one of here, emr, emr-serverless." in done.stderr
