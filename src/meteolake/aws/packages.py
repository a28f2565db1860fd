"""What travels to a cluster, each object under the hash of its content, so that nothing is sent twice.

Our own code is one zip. What it imports besides PySpark (NumPy, Arrow) is an archive of wheels for the cluster's
Python, unpacked: no virtual environment, whose interpreter would be that of the machine which made it, and nothing that
the cluster has to download from anywhere but our bucket. On EC2 a bootstrap script unpacks the archive once on each
machine, so that drivers can run where a step's log is kept (client mode) and the steps of a kept cluster start at once;
EMR Serverless, which has no bootstrap, unpacks it for each job.
"""

import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from meteolake.aws.account import Account, explained
from meteolake.errors import CloudError

_PACKAGE = Path(__file__).parents[1]
_OF_THE_CLUSTER = Path(__file__).parent / "cluster"
_TRAVELS = (
    "__init__.py",
    "build/*.py",
    "climate/*.py",
    "errors.py",
    "forecast/*.py",
    "lake/__init__.py",
    "lake/paths.py",
    "rules.py",
    "sites.py",
    "tables/*.py",
    "units.py",
    "variables.py",
)
_PLATFORMS = ("manylinux2014", "manylinux_2_28")
_LEFT_OUT = ("pandas/tests/", "pyarrow/tests/", "pyarrow/include/")


@dataclass(frozen=True)
class Packages:
    """Where in the work bucket the code, the script to submit, the bootstrap script and the archive lie (`s3://…`).

    `digest` tells whether a cluster has the same archive and bootstrap script; `sent_bytes` is what was sent now.
    """

    code: str
    worker: str
    bootstrap: str
    archive: str
    digest: str
    sent_bytes: int


def send(account: Account, bucket: str, machine: str = "x86_64") -> Packages:
    """Send what is not in the bucket yet.

    Args:
        account: whose bucket it is.
        bucket: the stack's work bucket.
        machine: the processor of the cluster's machines, `x86_64` or `aarch64`.

    Raises:
        CloudError: the bucket refuses, or the wheels cannot be fetched.
    """
    worker = (_PACKAGE / "build" / "worker.py").read_bytes()
    bootstrap = (_OF_THE_CLUSTER / "bootstrap.sh").read_bytes()
    pins = (_OF_THE_CLUSTER / "requirements.txt").read_bytes()
    zipped = code()
    outbox = _Outbox(account, bucket)
    archive_digest = _digest(pins + machine.encode())
    return Packages(
        code=outbox.sent(_digest(zipped), "meteolake.zip", lambda: zipped),
        worker=outbox.sent(_digest(worker), "worker.py", lambda: worker),
        bootstrap=outbox.sent(_digest(bootstrap), "bootstrap.sh", lambda: bootstrap),
        archive=outbox.sent(archive_digest, "packages.tar.gz", lambda: archive(pins.decode(), machine)),
        digest=_digest(bootstrap + archive_digest.encode())[:12],
        sent_bytes=outbox.sent_bytes,
    )


def code() -> bytes:
    """The part of our own code that travels, as a zip whose bytes depend on nothing but that code."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as zipped:
        for path in sorted(found for pattern in _TRAVELS for found in _PACKAGE.glob(pattern)):
            name = f"{_PACKAGE.name}/{path.relative_to(_PACKAGE).as_posix()}"
            zipped.writestr(zipfile.ZipInfo(name), path.read_bytes())
    return buffer.getvalue()


def archive(pins: str, machine: str) -> bytes:
    """The wheels of pinned requirements, unpacked into one gzipped tar.

    Raises:
        CloudError: pip cannot fetch them.
    """
    buffer = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="meteolake-") as folder:
        _download(pins, machine, Path(folder))
        with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=3) as packed:
            for wheel in sorted(Path(folder).glob("*.whl")):
                _repack(wheel, packed)
    return buffer.getvalue()


def _download(pins: str, machine: str, folder: Path) -> None:
    listed = folder / "requirements.txt"
    listed.write_text(pins)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--only-binary", ":all:", "--python-version", "3.11", "--implementation", "cp"]
    command += [option for platform in _PLATFORMS for option in ("--platform", f"{platform}_{machine}")]
    command += ["--dest", str(folder), "--requirement", str(listed)]
    done = subprocess.run(command, capture_output=True, text=True)  # noqa: S603 (a command of our own)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:] or ["pip said nothing"]
        raise CloudError(
            f"The cluster's packages cannot be fetched with pip: {said[0]} They are needed once for each set of "
            "versions: run this where a package index can be reached."
        )


def _repack(wheel: Path, packed: tarfile.TarFile) -> None:
    with zipfile.ZipFile(wheel) as unpacked:
        for entry in unpacked.infolist():
            if not entry.is_dir() and not entry.filename.startswith(_LEFT_OUT):
                member = tarfile.TarInfo(entry.filename)
                member.size, member.mode = entry.file_size, 0o755 if ".so" in entry.filename else 0o644
                packed.addfile(member, unpacked.open(entry))


class _Outbox:
    """Objects under `code/<hash>/` of a bucket."""

    def __init__(self, account: Account, bucket: str) -> None:
        self._s3 = account.client("s3")
        self._bucket = bucket
        self.sent_bytes = 0

    def sent(self, digest: str, name: str, content: Callable[[], bytes]) -> str:
        """The URI of an object, which is made and sent unless it is there."""
        key = f"code/{digest}/{name}"
        if not self._has(key):
            body = content()
            with explained("s3:PutObject", f"s3://{self._bucket}/{key}"):
                self._s3.upload_fileobj(io.BytesIO(body), self._bucket, key)
            self.sent_bytes += len(body)
        return f"s3://{self._bucket}/{key}"

    def _has(self, key: str) -> bool:
        from botocore.exceptions import ClientError

        with explained("s3:GetObject", f"s3://{self._bucket}/{key}"):
            try:
                self._s3.head_object(Bucket=self._bucket, Key=key)
            except ClientError as error:
                if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                    return False
                raise
        return True


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
