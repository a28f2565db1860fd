"""What travels to a cluster, each object under the hash of its content, so that nothing is sent twice.

Our own code is one zip. What it imports besides PySpark (NumPy, Arrow) is an archive of wheels for the cluster's
Python, unpacked: no virtual environment, whose interpreter would be that of the machine which made it, and nothing that
the cluster has to download from anywhere but our bucket. On EC2 a bootstrap script unpacks the archive once on each
machine, so that drivers can run where a step's log is kept (client mode) and the steps of a kept cluster start at once;
EMR Serverless, which has no bootstrap, unpacks it for each job.
"""

import hashlib
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from meteolake.aws import archive, uploads, wheelhouse
from meteolake.aws.account import Account
from meteolake.aws.uploads import Upload

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
_PYTHON = "3.11"
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
        CloudError: the bucket refuses.
        MeteolakeError: the wheels cannot be fetched.
    """
    with tempfile.TemporaryDirectory(prefix="meteolake-") as folder:
        code = Upload.of(archive.write(Path(folder) / "meteolake.zip", travels(), is_compressed=False))
        worker = Upload.of(_PACKAGE / "build" / "worker.py")
        bootstrap = Upload.of(_OF_THE_CLUSTER / "bootstrap.sh")
        wheels = wheels_for(machine, Path(folder))
        sent = uploads.send(account, bucket, (code, worker, bootstrap, wheels))
        sent_bytes = sum(each.path.stat().st_size for each in sent)
    place = f"s3://{bucket}"
    return Packages(
        code=f"{place}/{code.key}",
        worker=f"{place}/{worker.key}",
        bootstrap=f"{place}/{bootstrap.key}",
        archive=f"{place}/{wheels.key}",
        digest=_digest(bootstrap, wheels),
        sent_bytes=sent_bytes,
    )


def travels() -> dict[str, bytes | Path]:
    """The part of our own code that travels, by the names in its zip."""
    found = (path for pattern in _TRAVELS for path in _PACKAGE.glob(pattern))
    return {path.relative_to(_PACKAGE.parent).as_posix(): path for path in found}


def wheels_for(machine: str, folder: Path) -> Upload:
    """The archive of what our code imports, which is made in a folder unless the bucket has it."""
    pins = [line for line in _requirements().splitlines() if not line.startswith("#")]
    return Upload.made_of(
        " ".join([_PYTHON, machine, *pins]),
        folder / "packages.zip",
        lambda path: unpacked(pins, machine, path),
    )


def unpacked(pins: list[str], machine: str, path: Path) -> None:
    """Write the content of the wheels of pinned requirements into one zip.

    Raises:
        MeteolakeError: pip cannot fetch them.
    """
    with tempfile.TemporaryDirectory(prefix="meteolake-") as folder:
        content = Path(folder) / "content"
        for wheel in wheelhouse.download(Path(folder), pins, _PYTHON, machine):
            zipfile.ZipFile(wheel).extractall(content)
        files = archive.below(content)
        archive.write(path, {name: file for name, file in files.items() if not name.startswith(_LEFT_OUT)})


def _requirements() -> str:
    return (_OF_THE_CLUSTER / "requirements.txt").read_text()


def _digest(*parts: Upload) -> str:
    return hashlib.sha256(" ".join(part.key for part in parts).encode()).hexdigest()[:12]
