"""Wheels for the Pythons of other machines; for the unattended run, of the versions that the deploying machine runs."""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from meteolake.errors import ConfigError, MeteolakeError

PYTHON = "3.12"  # the buildspec's
_NEEDED, _USEFUL = ("aws",), ("postgres", "mysql")
_PLATFORMS = ("manylinux2014", *(f"manylinux_2_{minor}" for minor in range(17, 35)))  # Amazon Linux 2023: glibc 2.34


def pins() -> list[str]:
    """meteolake's dependencies and all that they need, in the versions that are installed: what was tried here.

    Drivers of databases come along where they are installed.

    Raises:
        ConfigError: a dependency is missing here.
    """
    found: dict[str, str] = {}
    wanted = list(_requirements("meteolake", {"", *_NEEDED}))
    wanted += [each for each in _requirements("meteolake", set(_USEFUL)) if _version(each[0])]
    while wanted:
        name, extras = wanted.pop()
        if name in found:
            continue
        if not (version := _version(name)):
            raise ConfigError(f"{name} is missing here: pip install 'meteolake[aws]'.")
        found[name] = version
        wanted += _requirements(name, extras or {""})
    return sorted(f"{name}=={version}" for name, version in found.items())


def download(folder: Path, pinned: Iterable[str], python: str = PYTHON, machine: str = "x86_64") -> list[Path]:
    """Bring the wheels of exact versions into a folder; what is published as source alone is built.

    Args:
        folder: an empty folder.
        pinned: names and versions.
        python: the version of Python that will run them.
        machine: the processor that they will run on, `x86_64` or `aarch64`.

    Raises:
        MeteolakeError: pip is missing, or does not find one; its last words are quoted.
    """
    platforms = [word for platform in _PLATFORMS for word in ("--platform", f"{platform}_{machine}")]
    _pip("download", "--dest", str(folder), "--python-version", python, "--implementation", "cp", *platforms, *pinned)
    for source in sorted(folder.glob("*.tar.gz")):
        _pip("wheel", "--wheel-dir", str(folder), str(source))
        source.unlink()
    return sorted(folder.glob("*.whl"))


def _pip(command: str, *words: str) -> None:
    line = [sys.executable, "-m", "pip", command, "--quiet", "--disable-pip-version-check", "--no-deps", *words]
    ended = subprocess.run(line, capture_output=True, text=True, check=False)  # noqa: S603
    if ended.returncode:
        said = ended.stderr.strip().splitlines() or ["pip is missing"]
        raise MeteolakeError(
            f"The packages that travel to AWS cannot be fetched with pip: {said[-1].rstrip('.')}. They are needed once "
            "for each set of versions: run this where a package index can be reached."
        )


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _requirements(name: str, extras: set[str]) -> Iterator[tuple[str, set[str]]]:
    """What a distribution requires with some of its extras (`""` for none): names and their extras."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    for line in metadata.requires(name) or ():
        requirement = Requirement(line)
        if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
            yield canonicalize_name(requirement.name), set(requirement.extras)
