"""A report of the lake as one HTML page that needs no network: what it holds, how good it is, what the climate did."""

from collections.abc import Callable, Sequence
from datetime import datetime

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from meteolake import __version__
from meteolake.lake.findings import findings
from meteolake.lake.paths import Zones
from meteolake.publish.report import figures, numbers
from meteolake.publish.report.section import Drawing, Section, Table

Progress = Callable[[str], None]

_LEAST_YEARS = 10


def report_page(zones: Zones, created_at: datetime, on_section: Progress) -> str:
    """The page as HTML.

    Args:
        zones: the lake.
        created_at: stands on the page.
        on_section: told what is being made.

    Raises:
        LakeError: there is no lake, or it has no daily weather yet.
    """
    overview = numbers.overview(zones)
    sections = []
    for make in _SECTIONS:
        on_section(make.__name__.strip("_").replace("_", " "))
        if section := make(zones):
            sections.append(section)
    environment = Environment(
        loader=PackageLoader("meteolake.publish.report", "."), autoescape=True, undefined=StrictUndefined
    )
    template = environment.get_template("page.html")
    return template.render(overview=overview, sections=sections, created_at=created_at, version=__version__)


def _coverage(zones: Zones) -> Section | None:
    by_year, gaps = numbers.coverage(zones), numbers.gaps(zones)
    text = "The share of days with a value, over all sites, from the first to the last day of each."
    tables = [Table("Sites with the most missing days", gaps)] if len(gaps) else []
    return Section(
        "Coverage and gaps",
        text,
        [Drawing(figures.coverage(by_year), "Share of days with a value by year and variable.")],
        tables,
    )


def _distributions(zones: Zones) -> Section | None:
    text = "All sites and days. Rain is that of wet days, 1 mm and more, on a logarithmic scale of counts."
    drawn = figures.distributions(numbers.histograms(zones))
    return Section(
        "Distributions", text, [Drawing(drawn, "Histograms of the daily temperatures and of wet days' rain.")]
    )


def _seasonal_cycle(zones: Zones) -> Section | None:
    daily, monthly = numbers.normals(zones), numbers.monthly_rain(zones)
    text = "Normals of the daily maximum and minimum with one standard deviation of single days, and the months' rain."
    if not len(daily):
        return None
    drawn = figures.seasonal_cycle(daily, monthly)
    return Section("Seasonal cycle", text, [Drawing(drawn, "A climate diagram of each of a few sites.")])


def _records(zones: Zones) -> Section | None:
    tables = [Table(title, rows) for title, rows in numbers.records(zones)]
    return Section("Records", "The most extreme days of the lake.", [], tables)


def _correlations(zones: Zones) -> Section | None:
    pairs, by_month = numbers.correlations(zones), numbers.rain_and_temperature(zones)
    text = (
        "Correlations of days within the same month of the year, so that the season itself does not count, "
        "as means over months and sites; on the right those of rain with temperature by month."
    )
    shown = "Correlations of all pairs of variables, and of rain with temperature by month."
    return Section("Correlations", text, [Drawing(figures.correlations(pairs, by_month), shown)])


def _trends(zones: Zones) -> Section | None:
    stripes, slopes = numbers.yearly_anomalies(zones), numbers.trends(zones)
    text = (
        "Years against the mean of all years, over all sites; then Sen's slope of the yearly means with its 95 % "
        "interval, filled where the test of Mann and Kendall finds it significant (p < 0.05)."
    )
    drawings = []
    if len(stripes) >= _LEAST_YEARS:
        drawings.append(Drawing(figures.stripes(stripes), "A stripe for each year, red where warm, blue where cold."))
    if len(slopes):
        drawings.append(Drawing(figures.trends(slopes), "The trend of the daily maximum at each site."))
    return Section("Trends", text, drawings) if drawings else None


def _extremes(zones: Zones) -> Section | None:
    indices = numbers.indices(zones)
    text = "Climate indices of the ETCCDI by year: the median of the sites that have a value, and their middle half."
    if not len(indices):
        return None
    return Section("Climate extremes", text, [Drawing(figures.indices(indices), "Six climate indices over the years.")])


def _bias(zones: Zones) -> Section | None:
    rows = numbers.bias(zones)
    text = (
        "The archive against stations at the same places: archive minus station by month, the mean over the sites. "
        "The darker, the more of the difference is systematic and can be corrected."
    )
    if not len(rows):
        return None
    return Section("Bias of the archive", text, [Drawing(figures.bias(rows), "Bias by variable and month.")])


def _forecast_skill(zones: Zones) -> Section | None:
    rows = numbers.skill(zones)
    text = (
        "Skill of forecasts of held-back days against climatology (1 is perfect, 0 no better): CRPS of temperatures, "
        "Brier score of rain; on the right how often the central 80 % held the truth: more often than that for rain, "
        "since the many dry days all lie on the lower bound."
    )
    if not len(rows):
        return None
    return Section("Forecast skill", text, [Drawing(figures.skill(rows), "Skill and coverage by days ahead.")])


def _quality(zones: Zones) -> Section | None:
    found = findings(zones)
    columns = ["rule", "severity", "table", "count", "looks for"]
    rows = [(each.rule.id, each.rule.severity, each.table, each.count, each.rule.what) for each in found]
    if not rows:
        return Section("Quality", "Nothing was refused, and no value is doubtful.", [])
    text = "Refused rows (errors) lie in the quarantine; doubtful values (warnings) are flagged and stay."
    return Section("Quality", text, [], [Table("", pd.DataFrame(rows, columns=columns))])


_SECTIONS: Sequence[Callable[[Zones], Section | None]] = (
    _coverage,
    _distributions,
    _seasonal_cycle,
    _records,
    _correlations,
    _trends,
    _extremes,
    _bias,
    _forecast_skill,
    _quality,
)
