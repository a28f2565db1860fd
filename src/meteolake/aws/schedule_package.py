"""What the unattended run is made of: our code, the configuration, the buildspec; and beside it the wheels."""

import hashlib
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

import meteolake
from meteolake.aws import archive, wheelhouse
from meteolake.aws.account import Account
from meteolake.aws.uploads import Upload, has

_PACKAGE = Path(meteolake.__file__).parent


def package(folder: Path, files: Mapping[str, bytes]) -> Upload:
    """The source of the CodeBuild project.

    Args:
        folder: where it is written.
        files: what lies beside the code: the configuration and the files that it names.
    """
    content: dict[str, bytes | Path] = {
        "buildspec.yml": resources.files("meteolake.aws").joinpath("buildspec.yaml").read_bytes(),
        "requirements.txt": "\n".join(wheelhouse.pins()).encode(),
        **files,
        **dict(_code()),
    }
    return Upload.of(archive.write(folder / "run.zip", content))


def wheels(account: Account, bucket: str, folder: Path, *, is_wanted: bool = True) -> Upload:
    """The wheels as one file, by the digest of their names: those that are in the bucket are not fetched again.

    Args:
        account: whose bucket it is.
        bucket: the work bucket.
        folder: where the file is written.
        is_wanted: whether the file is needed, and not its key alone.

    Raises:
        MeteolakeError: pip does not find them.
    """
    key = wheels_key()
    path = folder / "wheels.zip"
    if is_wanted and not has(account, bucket, key):
        wheels = folder / "wheels"
        wheels.mkdir()
        found = wheelhouse.download(wheels, wheelhouse.pins())
        archive.write(path, {wheel.name: wheel for wheel in found}, is_compressed=False)
    return Upload(key, path)


def wheels_key() -> str:
    """Where the wheels of the installed versions lie."""
    pinned = " ".join([wheelhouse.PYTHON, *wheelhouse.pins()])
    return f"code/{hashlib.sha256(pinned.encode()).hexdigest()}/wheels.zip"


def _code() -> Iterator[tuple[str, Path]]:
    for path in _PACKAGE.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield f"meteolake/{path.relative_to(_PACKAGE).as_posix()}", path
