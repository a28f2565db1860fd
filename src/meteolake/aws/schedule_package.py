"""What the unattended run is made of: our code, the configuration, the buildspec; and beside it the wheels."""

import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from importlib import resources
from pathlib import Path

import meteolake
from meteolake.aws import archive, wheelhouse
from meteolake.aws.uploads import Upload

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
        **{f"meteolake/{name}": path for name, path in archive.below(_PACKAGE).items()},
    }
    return Upload.of(archive.write(folder / "run.zip", content))


def wheels(folder: Path) -> Upload:
    """The wheels as one file, which is made in a folder when the bucket does not have it."""
    pins = wheelhouse.pins()
    return Upload.made_of(" ".join([wheelhouse.PYTHON, *pins]), folder / "wheels.zip", partial(_write_wheels, pins))


def _write_wheels(pins: Sequence[str], path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="meteolake-") as folder:
        found = wheelhouse.download(Path(folder), pins)
        archive.write(path, {wheel.name: wheel for wheel in found}, is_compressed=False)
