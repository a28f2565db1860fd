"""The configuration: meteolake.toml and METEOLAKE_* variables, typed and validated. Nothing else reads the environment.

A variable overrides a key: METEOLAKE_OPEN_METEO_API_KEY sets `api_key` of `[open_meteo]`.
"""

import copy
import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails

from meteolake.errors import ConfigError
from meteolake.variables import VARIABLES

FILE_NAME = "meteolake.toml"
PREFIX = "METEOLAKE_"
_SECRET = ("url", "api_key", "postgres")

KeyPath = tuple[str, ...]


def _known_variables(names: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := [name for name in names if name not in VARIABLES]:
        raise ValueError(f"{', '.join(unknown)}: choose among {', '.join(VARIABLES)}")
    return names


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Lake(_Section):
    """Where the lake lies: one root for the three zones, or a root for each."""

    path: str = "lake"
    raw: str | None = None
    trusted: str | None = None
    refined: str | None = None


class Run(_Section):
    """What runs the jobs."""

    engine: Literal["sail", "spark"] = "sail"
    memory_mb: int | None = Field(default=None, ge=512)


class Climate(_Section):
    """The base period of normals, anomalies and percentiles, first and last year."""

    base_from: int = Field(default=1991, ge=1750)
    base_until: int = 2020

    @model_validator(mode="after")
    def _is_long_enough(self) -> Self:
        if self.base_until - self.base_from < 9:
            raise ValueError(
                "a base period has ten years at least: set base_from and base_until, such as 1991 and 2020"
            )
        return self


class Quality(_Section):
    """The share of captured rows beyond which refused ones stop a run."""

    most_refused: float = Field(default=0.1, ge=0, le=1)


class ForecastProduct(_Section):
    """Open-Meteo's own forecasts, kept with their issue time."""

    is_enabled: bool = False
    url: str = "https://api.open-meteo.com"
    model: str = "best_match"


class OpenMeteo(_Section):
    """The archive: what is captured, from when, and how."""

    url: str = "https://archive-api.open-meteo.com"
    api_key: SecretStr | None = None
    model: str = "era5"
    first_date: date = Field(default=date(2010, 1, 1), ge=date(1940, 1, 1))
    variables: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_known_variables)] = tuple(VARIABLES)
    is_enabled: bool = True
    budget_share: float = Field(default=0.8, gt=0, le=1)
    concurrency: int = Field(default=2, ge=1, le=64)
    sweep_share: float = Field(default=0.1, ge=0, le=1)
    wait: bool = False
    forecast: ForecastProduct = ForecastProduct()


class SitesTable(_Section):
    """The table of sites; `columns` maps our names to its own."""

    table: str = "sites"
    columns: dict[str, str] = Field(default_factory=dict)


class Observations(_Section):
    """The table of station observations: its columns, units and missing values, and how new rows are seen."""

    is_enabled: bool = True
    table: str = "observations"
    columns: dict[str, str] = Field(default_factory=dict)
    units: dict[str, str] = Field(default_factory=dict)
    missing: tuple[float, ...] = ()
    texts: dict[str, float] = Field(default_factory=dict)
    cursor: str = "updated_at"
    overlap_hours: float = Field(default=1.0, ge=0)
    deleted: str = ""
    compare_keys_days: int = Field(default=0, ge=0)


class Database(_Section):
    """The relational database with sites and station observations."""

    is_enabled: bool = True
    url: SecretStr = SecretStr("sqlite:///stations.db")
    sites: SitesTable = SitesTable()
    observations: Observations = Observations()


class Place(_Section):
    """A site that is written into the configuration."""

    site_id: str
    name: str
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    elevation_m: float | None = None
    utc_offset_hours: int | None = Field(default=None, ge=-12, le=14)


class Sites(_Section):
    """Sites besides those of the database: out of a CSV file, or written here."""

    file: str = ""
    places: tuple[Place, ...] = ()


class Publish(_Section):
    """Where the results go besides the lake."""

    postgres: SecretStr | None = None


class Config(_Section):
    """The whole configuration."""

    lake: Lake = Lake()
    run: Run = Run()
    climate: Climate = Climate()
    quality: Quality = Quality()
    open_meteo: OpenMeteo = OpenMeteo()
    database: Database = Database()
    sites: Sites = Sites()
    publish: Publish = Publish()


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
    try:
        return Config.model_validate(_overridden(written, environment))
    except ValidationError as error:
        problems = [_problem(details, path.name, text, environment) for details in error.errors()]
        raise ConfigError("\n".join(problems)) from None  # its text quotes the input, which may hold secrets


def _overridden(written: dict[str, Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """What was written, with the variables of the environment in place of the keys that they name."""
    result = copy.deepcopy(written)
    for path, is_list in _keys(Config):
        if (value := environment.get(_variable(path))) is not None:
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


def _variable(path: KeyPath) -> str:
    return f"{PREFIX}{'_'.join(path)}".upper()


def _problem(details: ErrorDetails, file: str, text: str, environment: Mapping[str, str]) -> str:
    """One wrong key or value: where it stands, what it is, what is allowed."""
    path = tuple(str(part) for part in details["loc"])
    variable = _variable(path)
    place = variable if variable in environment else f"{file} line {_line(text, path)}"
    if details["type"] == "extra_forbidden":
        return f"{place}: unknown key {path[-1]!r}: choose one of {', '.join(_names(path[:-1]))}."
    if details["type"] == "missing":
        return f"{place}: {path[-1]} is missing."
    value = details["input"]
    shown = "…" if path[-1] in _SECRET else f'"{value}"' if isinstance(value, str) else value
    return f"{place}: {path[-1]} = {shown}: {_allowed(details)}."


def _allowed(details: ErrorDetails) -> str:
    if details["type"] == "literal_error":
        return f"choose one of {details['ctx']['expected'].replace(chr(39), '').replace(' or ', ', ')}"
    return details["msg"].removeprefix("Value error, ").replace("Input should", "it should")


def _names(section: KeyPath) -> list[str]:
    """The keys that a section may have."""
    model: Any = Config
    for part in section:
        model = get_args(model)[0] if part.isdigit() else model.model_fields[part].annotation
    return list(model.model_fields)


def _line(text: str, path: KeyPath) -> int:
    """The line where a key or the nearest section above it is written; TOML's own parser keeps no positions."""
    section: KeyPath = ()
    best, depth = 1, 0
    entries: Counter[KeyPath] = Counter()
    for number, line in enumerate(text.splitlines(), start=1):
        if entry := re.match(r"\s*\[\[\s*([^\[\]]+?)\s*\]\]", line):
            parts = _parts(entry.group(1))
            section = found = (*parts, str(entries[parts]))
            entries[parts] += 1
        elif header := re.match(r"\s*\[\s*([^\[\]]+?)\s*\]", line):
            section = found = _parts(header.group(1))
        elif key := re.match(r"\s*([\w.\"'-]+)\s*=", line):
            found = (*section, *_parts(key.group(1)))
        else:
            continue
        if found == path[: len(found)] and len(found) > depth:
            best, depth = number, len(found)
    return best


def _parts(dotted: str) -> KeyPath:
    return tuple(part.strip(" \"'") for part in dotted.split("."))
