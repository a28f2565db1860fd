"""What travels to a cluster, and how often."""

import io
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from tests.aws.cloud import Cloud
from tests.aws.runs import WORK_BUCKET

from meteolake.aws import packages
from meteolake.aws.packages import code, send
from meteolake.errors import CloudError


def test_the_code_is_the_same_bytes_each_time() -> None:
    assert code() == code()


def test_the_code_is_whole_and_needs_nothing_of_ours_besides(tmp_path: Path) -> None:
    zipped = tmp_path / "meteolake.zip"
    zipped.write_bytes(code())
    program = "import meteolake.build.worker, meteolake; print(meteolake.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={"PYTHONPATH": str(zipped)}, cwd=tmp_path
    )
    assert done.stdout.startswith(str(zipped)), done.stderr
    names = zipfile.ZipFile(zipped).namelist()
    assert not [name for name in names if name.startswith(("meteolake/cli/", "meteolake/aws/", "meteolake/capture/"))]


def test_what_is_in_the_bucket_is_not_sent_again(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "archive", lambda pins, machine: b"wheels")
    first = send(cloud.account, WORK_BUCKET)
    assert first.sent_bytes > 100_000
    assert first.code.startswith(f"s3://{WORK_BUCKET}/code/")
    monkeypatch.setattr(packages, "archive", None)
    again = send(cloud.account, WORK_BUCKET)
    assert again.sent_bytes == 0
    assert (again.code, again.archive, again.digest) == (first.code, first.archive, first.digest)


def test_wheels_are_unpacked_for_the_cluster_s_python() -> None:
    try:
        packed = packages.archive("six==1.17.0\n", "aarch64")
    except CloudError as error:
        pytest.skip(f"no package index can be reached: {error}")
    with tarfile.open(fileobj=io.BytesIO(packed)) as unpacked:
        assert "six.py" in unpacked.getnames()


def test_wheels_that_cannot_be_fetched_are_told() -> None:
    with pytest.raises(CloudError, match="cannot be fetched with pip"):
        packages.archive("meteolake-does-not-exist==0.0.1\n", "x86_64")
