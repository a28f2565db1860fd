"""Where the configured lake lies, and how it is reached."""

from pathlib import Path
from urllib.parse import urlsplit

from meteolake import config
from meteolake.cli.aws.account import account
from meteolake.lake.paths import Zones, is_remote


def loaded(path: Path | None) -> config.Config:
    """The configuration of a file; without one, the defaults where there is no meteolake.toml."""
    return config.load(path or Path(config.FILE_NAME), is_optional=path is None)


def zones(configured: config.Config) -> Zones:
    """Where the zones lie, reachable from here on.

    Raises:
        CloudError: the lake's bucket is not there or refuses.
    """
    lake = configured.lake
    below = Zones.below(lake.path)
    roots = (lake.raw or below.raw, lake.trusted or below.trusted, lake.refined or below.refined)
    return Zones(*reachable(configured, *roots))


def reachable(configured: config.Config, *roots: str) -> list[str]:
    """Roots as everything reaches them from here on: absolute paths, since the engine has a folder of its own.

    Raises:
        CloudError: a bucket is not there or refuses.
    """
    for bucket in sorted({urlsplit(root).netloc for root in roots if is_remote(root)}):
        from meteolake.aws.storage import reach

        reach(account(configured), bucket)
    return [root.rstrip("/") if is_remote(root) else str(Path(root).expanduser().absolute()) for root in roots]
