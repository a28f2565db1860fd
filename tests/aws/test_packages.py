"""What travels to a cluster, and how often."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tests.aws.cloud import Cloud
from tests.aws.runs import WORK_BUCKET

from meteolake.aws import archive, packages
from meteolake.aws.packages import send, travels, unpacked, wheels_for
from meteolake.errors import MeteolakeError


def test_the_code_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    first, again = (archive.write(tmp_path / name, travels()).read_bytes() for name in ("first.zip", "again.zip"))
    assert first == again


def test_the_code_is_whole_and_needs_nothing_of_ours_besides(tmp_path: Path) -> None:
    zipped = archive.write(tmp_path / "meteolake.zip", travels())
    program = "import meteolake.build.worker, meteolake; print(meteolake.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env={"PYTHONPATH": str(zipped)}, cwd=tmp_path
    )
    assert done.stdout.startswith(str(zipped)), done.stderr
    assert not [
        name for name in travels() if name.startswith(("meteolake/cli/", "meteolake/aws/", "meteolake/capture/"))
    ]


def test_what_is_in_the_bucket_is_not_sent_again(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "unpacked", lambda pins, machine, path: path.write_bytes(b"wheels"))
    first = send(cloud.account, WORK_BUCKET)
    assert first.sent_bytes > 100_000
    assert first.code.startswith(f"s3://{WORK_BUCKET}/code/")
    monkeypatch.setattr(packages, "unpacked", None)
    again = send(cloud.account, WORK_BUCKET)
    assert again.sent_bytes == 0
    assert (again.code, again.archive, again.digest) == (first.code, first.archive, first.digest)


def test_each_processor_has_wheels_of_its_own() -> None:
    assert wheels_for("x86_64", Path()).key == wheels_for("x86_64", Path()).key
    assert wheels_for("x86_64", Path()).key != wheels_for("aarch64", Path()).key


def test_wheels_are_unpacked_for_the_cluster_s_python(tmp_path: Path) -> None:
    try:
        unpacked(["six==1.17.0"], "aarch64", tmp_path / "packages.zip")
    except MeteolakeError as error:
        pytest.skip(f"no package index can be reached: {error}")
    assert "six.py" in zipfile.ZipFile(tmp_path / "packages.zip").namelist()


def test_wheels_that_cannot_be_fetched_are_told(tmp_path: Path) -> None:
    with pytest.raises(MeteolakeError, match="cannot be fetched with pip"):
        unpacked(["meteolake-does-not-exist==0.0.1"], "x86_64", tmp_path / "packages.zip")
