"""What the unattended run takes along: the configuration without secrets, and the files that it names."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

from meteolake.aws.secrets import SECRETS
from meteolake.config import FILE_NAME, Config
from meteolake.config.problems import variable_of
from meteolake.errors import ConfigError
from meteolake.lake.paths import is_remote

_SECRET_KEYS = (("open_meteo", "api_key"), ("database", "url"), ("publish", "postgres"))


def files(config: Config, path: Path | None, stored: Mapping[str, str]) -> dict[str, bytes]:
    """The files that lie beside the code.

    Args:
        config: the configuration.
        path: its file; without one, the meteolake.toml of this folder, if it is there.
        stored: the template's parameters for the secrets that Systems Manager holds.

    Raises:
        ConfigError: a container could not run with this configuration; the text says what to change.
    """
    file = path or Path(FILE_NAME)
    text = file.read_bytes() if file.exists() else b""
    _refuse_secrets(file, tomllib.loads(text.decode()), config.aws.stack)
    if not is_remote(config.lake.path):
        raise ConfigError(
            f"[lake] path = {config.lake.path!r} lies on this machine, where the unattended run cannot reach it: "
            "`meteolake aws deploy` without [aws.schedule] prints the path to set."
        )
    if config.database.is_enabled and config.database.url and "DatabaseUrlParameter" not in stored:
        raise ConfigError(
            "The unattended run does not know the database: store its URL with "
            f"`{_command(config.aws.stack, 'METEOLAKE_DATABASE_URL')}`."
        )
    return {FILE_NAME: text, **_sites_file(config.sites.file)}


def _refuse_secrets(file: Path, written: Mapping[str, Mapping[str, object]], stack: str) -> None:
    for key in _SECRET_KEYS:
        if written.get(key[0], {}).get(key[1]) and variable_of(key) in SECRETS:
            raise ConfigError(
                f"{file}: {key[1]} of [{key[0]}] may hold a secret, which must not travel with the code. Remove it "
                f"there, set {variable_of(key)} here, and store it with `{_command(stack, variable_of(key))}`."
            )


def _sites_file(name: str) -> dict[str, bytes]:
    if not name:
        return {}
    path = Path(name)
    if path.is_absolute() or ".." in path.parts:
        raise ConfigError(f"[sites] file = {name!r}: for the unattended run it must lie below this folder.")
    if not path.exists():
        raise ConfigError(f"[sites] file = {name!r}: there is no such file.")
    return {path.as_posix(): path.read_bytes()}


def _command(stack: str, variable: str) -> str:
    return f"aws ssm put-parameter --type SecureString --name /{stack}/{variable} --value …"
