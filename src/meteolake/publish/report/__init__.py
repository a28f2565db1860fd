"""A report of the lake as one HTML page that needs no network: what it holds, how good it is, what the climate did.

A section is a module: what it asks the lake, how it draws the answer, what it says about it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from meteolake import __version__
from meteolake.lake.paths import Zones
from meteolake.publish.report import (
    bias,
    correlations,
    coverage,
    distributions,
    extremes,
    quality,
    records,
    seasons,
    skill,
    trends,
)
from meteolake.publish.report.reading import overview
from meteolake.publish.report.section import Section

Progress = Callable[[str], None]

_SECTIONS: Mapping[str, Callable[[Zones], Section | None]] = {
    "coverage": coverage.section,
    "distributions": distributions.section,
    "seasonal cycle": seasons.section,
    "records": records.section,
    "correlations": correlations.section,
    "trends": trends.section,
    "extremes": extremes.section,
    "bias": bias.section,
    "forecast skill": skill.section,
    "quality": quality.section,
}


def report_page(zones: Zones, created_at: datetime, on_section: Progress) -> str:
    """The page as HTML.

    Args:
        zones: the lake.
        created_at: stands on the page.
        on_section: told what is being made.

    Raises:
        LakeError: there is no lake, or it has no daily weather yet.
    """
    held = overview(zones)
    sections = []
    for name, make in _SECTIONS.items():
        on_section(name)
        if section := make(zones):
            sections.append(section)
    environment = Environment(
        loader=PackageLoader("meteolake.publish.report", "."), autoescape=True, undefined=StrictUndefined
    )
    template = environment.get_template("page.html")
    return template.render(overview=held, sections=sections, created_at=created_at, version=__version__)
