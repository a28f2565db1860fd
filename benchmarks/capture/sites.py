"""The sites and variables of the benchmark."""

from meteolake.capture.plan import asked_variables
from meteolake.sites import Site
from meteolake.variables import VARIABLES

FIRST_VARIABLES = asked_variables(list(VARIABLES)[:8])


def sites(count: int) -> list[Site]:
    """Places on a grid."""
    return [Site(f"s{n:05d}", f"Site {n}", -60 + (n // 60) % 120, -170 + 5.5 * (n % 60), 100.0) for n in range(count)]
