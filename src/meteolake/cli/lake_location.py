"""Where the configured lake lies."""

from pathlib import Path

from meteolake import config
from meteolake.lake.paths import Zones, is_remote


def loaded(path: Path | None) -> config.Config:
    """The configuration of a file; without one, the defaults where there is no meteolake.toml."""
    return config.load(path or Path(config.FILE_NAME), is_optional=path is None)


def zones(lake: config.Lake) -> Zones:
    """Where the zones lie; paths are made absolute, since the engine has a working directory of its own."""
    below = Zones.below(absolute(lake.path))
    return Zones(
        absolute(lake.raw or below.raw),
        absolute(lake.trusted or below.trusted),
        absolute(lake.refined or below.refined),
    )


def absolute(root: str) -> str:
    """A root as everything reaches it, whatever its working directory."""
    return root.rstrip("/") if is_remote(root) else str(Path(root).expanduser().absolute())
