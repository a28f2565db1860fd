"""Units that sources use, and the way from each to the lake's own."""

from meteolake.errors import ConfigError
from meteolake.variables import VARIABLES

Conversion = tuple[float, float]
"""Scale and offset: value in the lake's unit = value * scale + offset."""

_CONVERSIONS: dict[str, dict[str, Conversion]] = {
    "°C": {"°C": (1.0, 0.0), "0.1 °C": (0.1, 0.0), "°F": (5 / 9, -160 / 9), "K": (1.0, -273.15)},
    "mm": {"mm": (1.0, 0.0), "0.1 mm": (0.1, 0.0), "cm": (10.0, 0.0), "inch": (25.4, 0.0), "m": (1000.0, 0.0)},
    "km/h": {"km/h": (1.0, 0.0), "m/s": (3.6, 0.0), "0.1 m/s": (0.36, 0.0), "mph": (1.609344, 0.0), "kn": (1.852, 0.0)},
    "hPa": {
        "hPa": (1.0, 0.0),
        "0.1 hPa": (0.1, 0.0),
        "Pa": (0.01, 0.0),
        "kPa": (10.0, 0.0),
        "inHg": (33.8638866667, 0.0),
    },
    "%": {"%": (1.0, 0.0), "1": (100.0, 0.0)},
}


def conversion(unit: str, variable: str) -> Conversion:
    """How a variable's values in a unit become values in the lake's unit.

    Raises:
        ConfigError: no such variable, or a unit that the variable cannot have; the allowed ones are named.
    """
    if variable not in VARIABLES:
        raise ConfigError(f"There is no variable {variable!r}: choose one of {', '.join(VARIABLES)}.")
    allowed = _CONVERSIONS[VARIABLES[variable].unit]
    if unit not in allowed:
        raise ConfigError(f"{variable} cannot be in {unit!r}: choose one of {', '.join(allowed)}.")
    return allowed[unit]
