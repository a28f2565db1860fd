"""The built-in cities, and observations that are good enough to use and bad enough to need checks."""

from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from meteolake.simulate.demo_sites import DEMO_SITES, station_observations
from meteolake.simulate.weather import GeneratedWeather, Place
from meteolake.sites import standard_offset
from meteolake.variables import VARIABLES

FIRST, LAST = date(2014, 1, 1), date(2019, 12, 31)
OBSERVED = station_observations(DEMO_SITES, FIRST, LAST, seed=5)


def test_the_cities_are_distinct_and_their_time_is_near_their_longitude() -> None:
    assert len({site.site_id for site in DEMO_SITES}) == len({site.name for site in DEMO_SITES}) == 24
    assert all(abs(site.utc_offset_hours - standard_offset(site.longitude)) <= 1 for site in DEMO_SITES)


def test_observations_have_one_row_per_site_and_day_with_gaps() -> None:
    days = (LAST - FIRST).days + 1
    assert 0.8 * 24 * days < OBSERVED.num_rows < 0.99 * 24 * days
    assert OBSERVED.group_by(["site_id", "date"]).aggregate([]).num_rows == OBSERVED.num_rows
    assert set(OBSERVED.column_names[2:]) < set(VARIABLES)
    assert OBSERVED.schema.field("date").type == pa.date32()


def test_a_few_gross_errors_wait_for_the_quarantine() -> None:
    lowest, highest = OBSERVED["temperature_2m_min"], OBSERVED["temperature_2m_max"]
    errors = [
        pc.equal(highest, 999.9),
        pc.and_(pc.greater(lowest, highest), pc.less(highest, 60)),
        pc.less(OBSERVED["precipitation_sum"], 0),
    ]
    counts = [pc.sum(each).as_py() for each in errors]
    assert all(1 <= count <= 30 for count in counts), counts


def test_stations_see_the_generated_weather_with_a_bias() -> None:
    oslo = next(site for site in DEMO_SITES if site.site_id == "oslo")
    table = station_observations([oslo], FIRST, LAST, seed=5).to_pandas().set_index("date")["temperature_2m_mean"]
    truth = GeneratedWeather(5).daily([Place(oslo.latitude, oslo.longitude, 23)], FIRST, LAST)
    differences = table - truth["temperature_2m_mean"][0][[(day - FIRST).days for day in table.index]]
    assert 0.3 < differences.std() < 0.5
    assert abs(differences.mean()) < 2


def test_the_same_day_is_observed_alike_in_any_range_and_company() -> None:
    madrid = [site for site in DEMO_SITES if site.site_id == "madrid"]
    part = station_observations(madrid, date(2016, 2, 1), date(2017, 3, 5), seed=5)
    inside = pc.and_(
        pc.equal(OBSERVED["site_id"], "madrid"),
        pc.and_(
            pc.greater_equal(OBSERVED["date"], pa.scalar(date(2016, 2, 1))),
            pc.less_equal(OBSERVED["date"], pa.scalar(date(2017, 3, 5))),
        ),
    )
    assert part.equals(OBSERVED.filter(inside).combine_chunks())
