"""Parameters out of their texts, as the real service decodes them, with its own words for what fails."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

Parameters = Mapping[str, Sequence[str]]

CHOICES = {
    "temperature_unit": ("TemperatureUnit", ("celsius", "fahrenheit")),
    "wind_speed_unit": ("WindspeedUnit", ("kmh", "ms", "mph", "kn")),
    "precipitation_unit": ("PrecipitationUnit", ("mm", "inch")),
    "timeformat": ("Timeformat", ("iso8601", "unixtime")),
    "cell_selection": ("GridSelectionMode", ("land", "sea", "nearest")),
    "format": ("ForecastResultFormat", ("json",)),
}


class Refusal(Exception):
    """The service refuses a request, with its reason as text and an HTTP status."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


def items(parameters: Parameters, key: str) -> list[str]:
    """A parameter's items: it may be repeated, and each may be a comma list."""
    return [item for value in parameters.get(key, ()) for item in value.split(",") if item]


def floats(parameters: Parameters, key: str) -> list[float]:
    """Numbers in the service's precision, float32."""
    return [_float(item) for item in items(parameters, key)]


def _float(item: str) -> float:
    try:
        with np.errstate(over="ignore"):
            return float(np.float32(item))
    except ValueError as error:
        raise corrupted("Float", item) from error


def integers(parameters: Parameters, key: str) -> list[int]:
    """Whole numbers."""
    numbers = items(parameters, key)
    if wrong := [item for item in numbers if not re.fullmatch(r"-?\d{1,18}", item, re.ASCII)]:
        raise corrupted("Int", wrong[0])
    return [int(item) for item in numbers]


def corrupted(kind: str, value: str, path: str = "") -> Refusal:
    """The refusal of a value that cannot be decoded."""
    return Refusal(f"Data corrupted at path '{path}'. Cannot initialize {kind} from invalid String value {value}.")


def dates(parameters: Parameters, key: str) -> list[date]:
    """Days; like on the real service, the 31st of a short month rolls over into the next."""
    return [_date(item) for item in items(parameters, key)]


def _date(item: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", item, re.ASCII):
        raise Refusal("Invalid date format. Make sure to use 'YYYY-MM-DD'")
    year, month, day = (int(part) for part in item.split("-"))
    if not (1900 <= year <= 2050 and 1 <= month <= 12 and 1 <= day <= 31):
        raise Refusal("Invalid date")
    return date(year, month, 1) + timedelta(days=day - 1)


def choice(parameters: Parameters, key: str) -> str:
    """One of a few words, the first if none is given."""
    kind, allowed = CHOICES[key]
    value = next(iter(parameters.get(key, ())), allowed[0])
    if value not in allowed:
        raise corrupted(kind, value, key)
    return value
