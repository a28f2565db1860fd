"""The report as one HTML page: what stands on it, and that it is drawn for few sites and many, few years and many."""

import base64
import re
import xml.etree.ElementTree as ElementTree
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from meteolake.errors import LakeError
from meteolake.lake.paths import Zones
from meteolake.pipeline.settings import Settings
from meteolake.publish.report import bias, coverage, extremes, report_page, skill, trends
from meteolake.publish.report.section import Table
from meteolake.tables import FORECAST_SCORES, HELD_BACK, ISSUED
from meteolake.variables import VARIABLES

CREATED = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def page(filled: Settings) -> str:
    return report_page(filled.zones, CREATED, lambda section: None)


def test_the_page_has_every_section_that_the_lake_has_data_for(page: str) -> None:
    assert re.findall("<h2>(.+?)</h2>", page) == [
        "Coverage and gaps", "Distributions", "Seasonal cycle", "Records", "Correlations", "Climate extremes",
        "Bias of the archive", "Forecast skill", "Quality",
    ]  # fmt: skip
    assert "<b>6</b>sites" in page
    assert "2026-11-02 12:00 UTC" in page
    assert re.search(r"in_range</td>.*?error", page, re.DOTALL)


def test_the_page_needs_no_network(page: str) -> None:
    assert "<script" not in page
    assert set(re.findall(r'(?:src|href)="(https?://[^"]+)"', page)) == {"https://open-meteo.com/"}
    assert all(source.startswith("data:") for source in re.findall(r'<img src="([^"]+)"', page))


def test_every_figure_is_an_image_that_says_what_it_shows(page: str) -> None:
    images = re.findall(r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="([^"]+)">', page)
    assert len(images) == page.count("<img") >= 7
    for encoded, _ in images:
        assert ElementTree.fromstring(base64.b64decode(encoded)).tag.endswith("svg")


def test_the_same_lake_gives_the_same_page(page: str, filled: Settings) -> None:
    assert report_page(filled.zones, CREATED, lambda section: None) == page


def test_an_empty_lake_says_what_to_do(zones: Zones) -> None:
    with pytest.raises(LakeError, match="fill the lake with `meteolake run`"):
        report_page(zones, CREATED, lambda section: None)


@pytest.mark.parametrize(("sites", "shown"), [(1, "Site 0"), (40, "Site 39"), (1000, "not significant")])
def test_trends_are_drawn_for_one_site_and_for_a_thousand(sites: int, shown: str) -> None:
    slope = np.linspace(-0.3, 0.9, sites)
    names = [f"Site {number}" for number in range(sites)]
    slopes = pd.DataFrame(
        {"site": names, "slope": slope, "lower": slope - 0.2, "upper": slope + 0.2, "p_value": np.abs(slope)}
    )
    variables = ("temperature_2m_max", "precipitation_sum")
    drawn = trends.draw(pd.concat([slopes.assign(variable=name) for name in variables]))
    assert shown in drawn
    assert "mm a year, change in ten years" in drawn
    assert len(drawn) < 200_000


def test_a_slope_is_significant_when_both_the_test_and_its_interval_say_so() -> None:
    slopes = pd.DataFrame({"p_value": [0.01, 0.01, 0.2], "lower": [0.1, -0.1, 0.1], "upper": [0.5, 0.5, 0.5]})
    words = trends.text(slopes.assign(from_year=1990, until_year=2020, years=31))
    assert "Of 3 slopes 1 are" in words
    assert "Years from 1990 to 2020, at least 31 at a site." in words


@pytest.mark.parametrize("years", [1, 30, 120])
def test_coverage_is_drawn_for_one_year_and_for_many(years: int) -> None:
    shares = pd.DataFrame(0.5, index=range(2026 - years, 2026), columns=list(VARIABLES))
    shares["cloud_cover_mean"] = 0.0
    drawn = coverage.draw(shares, "archive")
    assert "2025" in drawn or years > 1
    assert "temperature max" in drawn
    assert "cloud cover" not in drawn, "a variable that never came is no gap"


def test_a_year_without_enough_sites_breaks_the_line_of_an_index() -> None:
    rows = pd.DataFrame({"index_name": "fd", "unit": "day", "year": [2010, 2011, 2014], "median": [3.0, 4.0, 5.0]})
    drawn = extremes.draw(rows.assign(lower=rows["median"] - 1, upper=rows["median"] + 1))
    assert "fd: frost days" in drawn


def test_a_bias_of_nothing_is_drawn_as_nothing() -> None:
    rows = pd.DataFrame(
        {"variable": ["precipitation_sum", "temperature_2m_max"], "month": 1, "bias": [0.0, -0.52], "mae": [0.0, 0.8]}
    )
    drawn = bias.draw(rows)
    assert "−0.52" in drawn
    assert not re.search(r"[+−]0\.00<", drawn), "nothing has no sign"


def test_the_bias_of_sites_is_drawn_on_a_map() -> None:
    sites = pd.DataFrame({"longitude": [5.0, 10.0, 15.0], "latitude": [50.0, 55.0, 60.0], "bias": [-1.0, 0.0, 0.5]})
    drawn = bias.draw_map(
        pd.concat([sites.assign(variable=name) for name in ("temperature_2m_max", "precipitation_sum")])
    )
    assert "55°" in drawn
    assert "mm a day" in drawn


def test_skill_is_that_of_held_back_days_alone(zones: Zones) -> None:
    def scores(kind: str, first: date, crps: float) -> pa.Table:
        lead_days = [1, 2]
        row = {"variable": "temperature_2m_max", "kind": kind, "from_date": first, "until_date": date(2026, 1, 1)}
        same = {"cases": 100, "crps_climatology": 2.0, "coverage_80": 0.8, "crps": crps}
        columns = {name: pa.array([value] * 2) for name, value in (row | same).items()}
        nothing = pa.nulls(2, pa.float64())
        return pa.table({"lead_days": lead_days, **columns, "brier": nothing, "brier_climatology": nothing})

    held_back, issued = scores(HELD_BACK, date(2024, 1, 1), 1.0), scores(ISSUED, date(2025, 6, 1), 2.0)
    write_deltalake(zones.table(FORECAST_SCORES), held_back)
    alone = skill.section(zones)
    write_deltalake(zones.table(FORECAST_SCORES), issued, mode="append")
    assert alone is not None
    assert "days from 2024-01-01 to 2026-01-01" in alone.text
    assert skill.section(zones) == alone


def test_tables_show_numbers_to_the_right_and_text_as_text() -> None:
    table = Table("", pd.DataFrame({"site": ["<b>"], "value": [1234.56], "days": [1234]}))
    assert table.columns == [("site", False), ("value", True), ("days", True)]
    assert table.cells == [[("<b>", False), ("1,234.6", True), ("1,234", True)]]
    assert Table("", pd.DataFrame({"value": [-3.25]})).cells == [[("−3.2", True)]]
