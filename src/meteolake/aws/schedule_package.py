"""What the unattended run is made of: our code, the configuration, the buildspec; and beside it the wheels."""

from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path

import meteolake
from meteolake.aws import archive, wheelhouse
from meteolake.aws.uploads import Upload

_PACKAGE = Path(meteolake.__file__).parent


def package(folder: Path, requirements: str, files: Mapping[str, bytes]) -> Upload:
    """The source of the CodeBuild project.

    Args:
        folder: where it is written.
        requirements: the exact versions to install.
        files: what else lies beside the code: the configuration and the files that it names.
    """
    content: dict[str, bytes | Path] = {
        "buildspec.yml": resources.files("meteolake.aws").joinpath("buildspec.yaml").read_bytes(),
        "requirements.txt": requirements.encode(),
        **files,
        **dict(_code()),
    }
    return Upload.of(archive.write(folder / "run.zip", content))


def wheels(folder: Path, python: str = wheelhouse.PYTHON) -> tuple[Upload, str]:
    """The wheels as one file, and the requirements that they fulfil.

    Raises:
        MeteolakeError: pip does not find them.
    """
    found = wheelhouse.download(folder, wheelhouse.requirements(), python)
    packed = archive.write(folder / "wheels.zip", {wheel.name: wheel for wheel in found}, is_compressed=False)
    return Upload.of(packed), wheelhouse.pinned_requirements(found)


def _code() -> Iterator[tuple[str, Path]]:
    for path in _PACKAGE.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield f"meteolake/{path.relative_to(_PACKAGE).as_posix()}", path
