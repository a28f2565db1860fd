"""The configuration: meteolake.toml and METEOLAKE_* variables, typed and validated. Nothing else reads the environment.

A variable overrides a key: METEOLAKE_OPEN_METEO_API_KEY sets `api_key` of `[open_meteo]`.
"""

import copy
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_origin

from pydantic import BaseModel, ValidationError

from meteolake.config.problems import KeyPath, misspelt_variables, problem, variable_of
from meteolake.config.sections import (
    Aws,
    AwsApi,
    AwsSchedule,
    Climate,
    Config,
    Database,
    Emr,
    EmrServerless,
    ForecastProduct,
    Lake,
    Observations,
    OpenMeteo,
    Place,
    Publish,
    Quality,
    Run,
    Serve,
    Sites,
    SitesTable,
)
from meteolake.errors import ConfigError

__all__ = [
    "FILE_NAME",
    "Aws",
    "AwsApi",
    "AwsSchedule",
    "Climate",
    "Config",
    "Database",
    "Emr",
    "EmrServerless",
    "ForecastProduct",
    "Lake",
    "Observations",
    "OpenMeteo",
    "Place",
    "Publish",
    "Quality",
    "Run",
    "Serve",
    "Sites",
    "SitesTable",
    "load",
]

FILE_NAME = "meteolake.toml"


def load(path: Path, environment: Mapping[str, str] = os.environ, *, is_optional: bool = False) -> Config:
    """The configuration of a file, overridden by METEOLAKE_* variables.

    Args:
        path: the file.
        environment: where the variables are looked up.
        is_optional: whether a missing file stands for the defaults.

    Raises:
        ConfigError: the file is missing or no TOML, or a key or value is wrong; all wrong ones are named.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        if is_optional:
            return _validated(path, "", environment)
        raise ConfigError(f"There is no {path}: write one with `meteolake init`.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    return _validated(path, text, environment)


def _validated(path: Path, text: str, environment: Mapping[str, str]) -> Config:
    try:
        written = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
    if misspelt := list(misspelt_variables(environment, [variable_of(key) for key, _ in _keys(Config)])):
        raise ConfigError("\n".join(misspelt))
    try:
        return Config.model_validate(_overridden(written, environment))
    except ValidationError as error:
        problems = [problem(details, path.name, text, environment) for details in error.errors()]
        raise ConfigError("\n".join(problems)) from None  # its text quotes the input, which may hold secrets


def _overridden(written: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """What was written, with the variables of the environment in place of the keys that they name."""
    result = copy.deepcopy(written)
    for path, is_list in _keys(Config):
        if (value := environment.get(variable_of(path))) is not None:
            section = result
            for part in path[:-1]:
                section = section.setdefault(part, {})
            section[path[-1]] = value.split(",") if is_list else value
    return result


def _keys(model: type[BaseModel], above: KeyPath = ()) -> Iterator[tuple[KeyPath, bool]]:
    """The path of each key, and whether it holds a list."""
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _keys(field.annotation, (*above, name))
        else:
            yield (*above, name), get_origin(field.annotation) is tuple
