"""The wheels that the unattended run installs: the very versions that the deploying machine runs, for its Python."""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from importlib import metadata
from pathlib import Path

from meteolake.errors import MeteolakeError

PYTHON = "3.12"  # the buildspec's
_EXTRAS = ("aws", "postgres", "mysql")
# CodeBuild's Amazon Linux 2023 has glibc 2.34.
_PLATFORMS = ("manylinux2014_x86_64", *(f"manylinux_2_{minor}_x86_64" for minor in range(17, 35)))


def requirements(extras: Iterable[str] = _EXTRAS) -> list[str]:
    """What meteolake requires, with some of its extras, as it was installed."""
    wanted = {f'extra == "{extra}"' for extra in extras} | {f"extra == '{extra}'" for extra in extras}
    found = []
    for line in metadata.requires("meteolake") or []:
        requirement, _, marker = line.partition(";")
        if not marker or marker.strip() in wanted:
            found.append(requirement.strip())
    return found


def constraints() -> list[str]:
    """The installed versions: what was tried here is what runs there."""
    return sorted({f"{each.name}=={each.version}" for each in metadata.distributions() if each.name != "meteolake"})


def download(folder: Path, wanted: Sequence[str], python: str = PYTHON) -> list[Path]:
    """Bring the wheels of requirements, and of what they require, into a folder.

    Args:
        folder: an empty folder.
        wanted: requirements, as pip reads them.
        python: the version of Python that will run them.

    Raises:
        MeteolakeError: pip is missing, or finds no wheel; its last words are quoted.
    """
    pinned = folder / "constraints.txt"
    pinned.write_text("\n".join(constraints()), encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--dest", str(folder), "--only-binary", ":all:", "--constraint", str(pinned)]
    command += ["--python-version", python, "--implementation", "cp"]
    command += [word for platform in _PLATFORMS for word in ("--platform", platform)]
    ended = subprocess.run([*command, *wanted], capture_output=True, text=True, check=False)  # noqa: S603
    pinned.unlink()
    if ended.returncode:
        said = ended.stderr.strip().splitlines() or ["no reason given"]
        raise MeteolakeError(f"pip could not bring the wheels of the unattended run for Python {python}: {said[-1]}")
    return sorted(folder.glob("*.whl"))


def pinned_requirements(wheels: Iterable[Path]) -> str:
    """A requirements file with exactly these wheels."""
    names = (wheel.name.split("-") for wheel in wheels)
    return "".join(sorted(f"{name.replace('_', '-')}=={version}\n" for name, version, *_ in names))
