"""The stand-in for Open-Meteo answers as the real service was recorded to answer."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from tests.simulate.asking import DAILY, ONE, answer

from meteolake.simulate.answer import fixed


def shape(text: str) -> str:
    """A JSON text whose numbers are all 9."""
    return re.sub(r"-?\d+(\.\d+)?", "9", re.sub(r'"generationtime_ms":[^,]+', "", text))


def test_an_answer_has_the_recorded_form_to_the_decimal(client: httpx.Client, real_data: Path) -> None:
    folder = real_data / "open_meteo" / "json" / "recorded_norway_era5_2025-01"
    recorded = (folder / "bergen_tmax_tmin_prcp.json").read_text()
    response = client.get("/v1/archive", params={**ONE, "daily": DAILY, "elevation": "17"})
    assert shape(response.text) == shape(recorded.strip())
    assert decimals(response.json(), response.text) == decimals(json.loads(recorded), recorded)
    head = ("latitude", "longitude", "elevation", "timezone", "timezone_abbreviation", "daily_units")
    assert {key: response.json()[key] for key in head} == {key: json.loads(recorded)[key] for key in head}
    assert response.headers["content-type"] == "application/json; charset=utf-8"


def decimals(content: dict[str, Any], text: str) -> dict[str, set[int]]:
    """How many decimals the values of each variable are written with."""
    arrays = {name: re.findall(rf'"{name}":\[([^]]*)\]', text)[0] for name in content["daily"] if name != "time"}
    return {
        name: {len(number.partition(".")[2]) for number in array.split(",") if number != "null"}
        for name, array in arrays.items()
    }


def test_several_locations_are_an_array_whose_first_has_no_id(client: httpx.Client) -> None:
    several = answer(client, latitude="60,50,40", longitude="5,6,7", daily=DAILY)
    assert [location.get("location_id") for location in several] == [None, 1, 2]
    assert [location["latitude"] for location in several] == [60, 50, 40]


def test_each_location_may_have_its_own_days_and_zone(client: httpx.Client) -> None:
    first, second = answer(
        client,
        latitude="60,50",
        longitude="5,6",
        start_date="2025-01-01,2024-02-28",
        end_date="2025-01-02,2024-03-01",
        timezone="Etc/GMT-2,America/New_York",
        daily="temperature_2m_max",
    )
    assert first["daily"]["time"] == ["2025-01-01", "2025-01-02"]
    assert second["daily"]["time"] == ["2024-02-28", "2024-02-29", "2024-03-01"]
    assert [(each["utc_offset_seconds"], each["timezone_abbreviation"]) for each in (first, second)] == [
        (7200, "GMT+2"),
        (-18000, "GMT-5"),
    ]


def test_one_location_with_two_ranges_is_an_array(client: httpx.Client) -> None:
    both = answer(client, start_date="2025-01-01,2024-01-01", end_date="2025-01-02,2024-01-03", daily=DAILY)
    assert [len(each["daily"]["time"]) for each in both] == [2, 3]


def test_a_location_answers_alike_alone_and_in_company(client: httpx.Client) -> None:
    alone = answer(client, daily=DAILY)
    among = answer(client, latitude="10,60.39", longitude="10,5.32", daily=DAILY)[1]
    assert among["daily"] == alone["daily"]


def test_get_form_and_json_are_the_same_request(client: httpx.Client) -> None:
    parameters = {**ONE, "daily": DAILY}
    lists = {**ONE, "latitude": [60.39], "longitude": 5.32, "daily": DAILY.split(",")}
    answers = [
        client.get("/v1/archive", params=parameters),
        client.get("/v1/archive", params={**ONE, "daily": DAILY.split(",")}),
        client.post("/v1/archive", data=parameters),
        client.post("/v1/archive", json=lists),
    ]
    assert len({json.dumps(each.json()["daily"]) for each in answers}) == 1


def test_units_and_time_format_follow_the_request(client: httpx.Client) -> None:
    metric = answer(client, daily="temperature_2m_max,wind_speed_10m_max,precipitation_sum")
    other = answer(
        client,
        daily="temperature_2m_max,wind_speed_10m_max,precipitation_sum",
        temperature_unit="fahrenheit",
        wind_speed_unit="ms",
        precipitation_unit="inch",
        timeformat="unixtime",
        timezone="Etc/GMT-1",
    )
    assert list(other["daily_units"].values()) == ["unixtime", "°F", "m/s", "inch"]
    # 2025-01-15T00:00 in UTC+1.
    assert other["daily"]["time"][0] == 1_736_899_200 - 3600
    for name, factor, offset, step in (
        ("temperature_2m_max", 1.8, 32, 0.15),
        ("wind_speed_10m_max", 1 / 3.6, 0, 0.02),
        ("precipitation_sum", 1 / 25.4, 0, 0.001),
    ):
        expected = np.array(metric["daily"][name]) * factor + offset
        np.testing.assert_allclose(other["daily"][name], expected, atol=step)


def test_the_newest_days_are_null(client: httpx.Client) -> None:
    days = {"start_date": "2026-11-16", "end_date": "2026-11-23", "daily": "temperature_2m_max,temperature_2m_mean"}
    daily = answer(client, **days)["daily"]
    assert [value is None for value in daily["temperature_2m_mean"]] == [False] * 3 + [True] * 5
    assert [value is None for value in daily["temperature_2m_max"]] == [False] * 3 + [True] * 5


@pytest.mark.parametrize(("zone", "complete"), [("Etc/GMT-10", 3), ("Etc/GMT+5", 2)])
def test_a_day_that_has_only_begun_has_extremes_but_no_mean(client: httpx.Client, zone: str, complete: int) -> None:
    days = {"start_date": "2026-11-16", "end_date": "2026-11-23", "timezone": zone}
    daily = answer(client, **days, daily="temperature_2m_max,temperature_2m_mean,precipitation_sum")["daily"]
    known = {name: sum(value is not None for value in values) for name, values in daily.items()}
    assert known == {
        "time": 8,
        "temperature_2m_max": complete + 1,
        "temperature_2m_mean": complete,
        "precipitation_sum": complete,
    }


def test_a_variable_that_the_model_does_not_have_is_null_and_without_unit(client: httpx.Client) -> None:
    content = answer(client, daily="visibility_max")
    assert content["daily_units"]["visibility_max"] == "undefined"
    assert content["daily"]["visibility_max"] == [None] * 3


def test_no_location_is_an_empty_answer_and_no_date_is_today(client: httpx.Client) -> None:
    assert client.get("/v1/archive").content == b""
    today = client.get("/v1/archive", params={"latitude": 1, "longitude": 2, "daily": "temperature_2m_max"}).json()
    assert today["daily"] == {"time": ["2026-11-23"], "temperature_2m_max": [None]}
    assert "daily" not in answer(client)


def test_an_impossible_day_rolls_over_as_on_the_real_service(client: httpx.Client) -> None:
    daily = answer(client, start_date="2023-02-31", end_date="2023-03-03", daily="temperature_2m_max")["daily"]
    assert daily["time"] == ["2023-03-03"]


def test_numbers_have_fixed_decimals_and_halves_go_away_from_zero() -> None:
    values = np.array([1.25, -1.25, -0.04, np.nan, 3], np.float32)
    assert fixed(values, 1) == "[1.3,-1.3,-0.0,null,3.0]"
    assert fixed(np.array([0.5, 1.5, 98.6], np.float32), 0) == "[1,2,99]"


def test_the_forecast_reaches_fifteen_days_ahead(client: httpx.Client) -> None:
    where: dict[str, Any] = {"latitude": 50, "longitude": 10, "daily": "temperature_2m_max"}
    ahead = client.get("/v1/forecast", params={**where, "forecast_days": 16, "past_days": 1}).json()["daily"]
    assert (ahead["time"][0], ahead["time"][-1]) == ("2026-11-22", "2026-12-08")
    assert None not in ahead["temperature_2m_max"]
    refused = client.get("/v1/forecast", params={**where, "past_days": 200}).json()
    assert refused["reason"] == "Past days is invalid. Allowed range 0 to 93. Given 200."


def test_geocoding_finds_built_in_and_given_places(client: httpx.Client) -> None:
    def found(name: str) -> list[str]:
        return [place["name"] for place in client.get("/v1/search", params={"name": name}).json().get("results", [])]

    assert found("hillt") == ["Hilltop"]
    assert found("ber") == ["Bergen", "Berlin"]
    assert found("be") == []
    assert "results" not in client.get("/v1/search", params={"name": "nowhere"}).json()
    refused = client.get("/v1/search", params={"name": "berlin", "count": 0})
    assert (refused.status_code, refused.json()["reason"]) == (400, "Parameter count must be between 1 and 100.")


def test_the_availability_feed_ends_where_the_nulls_begin(client: httpx.Client) -> None:
    feed = client.get("/data/copernicus_era5/static/meta.json").json()
    # 2026-11-19T00:00 in UTC, the end of the 18th.
    assert feed["data_end_time"] == 1_795_046_400
    assert client.get("/data/foo/static/meta.json").status_code == 404
