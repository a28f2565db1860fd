"""The stand-in for Open-Meteo refuses as the real service was recorded to refuse."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.simulate.asking import TODAY, answer, refusal

from meteolake.simulate.decoding import Refusal
from meteolake.simulate.observed import ObservedWeather
from meteolake.simulate.open_meteo import archive_app
from meteolake.simulate.query import ARCHIVE, read_query
from meteolake.simulate.server import running
from meteolake.sites import Site


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"latitude": "522.52"}, "Latitude must be in range of -90 to 90°. Given: 522.52."),
        ({"longitude": "200"}, "Longitude must be in range of -180 to 180°. Given: 200.0."),
        ({"latitude": "nan"}, "Latitude must be in range of -90 to 90°. Given: nan."),
        ({"latitude": "abc"}, "Data corrupted at path ''. Cannot initialize Float from invalid String value abc."),
        ({"latitude": "1,2"}, "Parameter 'latitude' and 'longitude' must have the same number of elements"),
        ({"elevation": "1,2"}, "Parameter 'elevation' must have the same number of elements as coordinates"),
        (
            {"daily": "temperature_2m_max,foo"},
            "Data corrupted at path ''. Cannot initialize ForecastVariableDaily from invalid String value "
            "temperature_2m_max,foo.",
        ),
        (
            {"models": "foo"},
            "Data corrupted at path ''. Cannot initialize MultiDomains from invalid String value foo.",
        ),
        (
            {"temperature_unit": "kelvin"},
            "Data corrupted at path 'temperature_unit'. Cannot initialize TemperatureUnit from invalid String value "
            "kelvin.",
        ),
        ({"start_date": "15.01.2025"}, "Invalid date format. Make sure to use 'YYYY-MM-DD'"),
        ({"start_date": "2025-13-01"}, "Invalid date"),
        ({"end_date": "2025-01-14"}, "End-date must be larger or equals than start-date"),
        ({"end_date": None}, "Parameter 'start_date' and 'end_date' must have the same number of elements"),
        (
            {"latitude": "1,2,3", "longitude": "1,2,3", "start_date": "2025-01-01,2025-01-01"}
            | {"end_date": "2025-01-02,2025-01-02"},
            "Parameter 'start_date' and 'end_date' must have the same number of elements as coordinates",
        ),
        ({"timezone": "Mars/Olympus"}, "Invalid timezone"),
        (
            {"timezone": "GMT,GMT"},
            "Parameter 'timezone' and coordinates must have the same number of elements",
        ),
        ({"past_days": "3"}, "Parameter 'past_days' is mutually exclusive with 'start_date' and 'end_date'"),
        ({"run": "2025-01-01T00:00"}, "Parameter 'run' must not be set"),
    ],
)
def test_a_refusal_has_the_real_words(client: httpx.Client, parameters: dict[str, Any], reason: str) -> None:
    assert refusal(client, **parameters) == reason


def test_the_range_ends_today_in_the_words_that_were_recorded(client: httpx.Client, real_data: Path) -> None:
    recorded = real_data / "open_meteo" / "errors" / "400_quoted_archive_start_date_out_of_range_2026-07-27.json"
    with pytest.raises(Refusal) as caught:
        read_query(
            {"latitude": ["1"], "longitude": ["2"], "start_date": ["2026-07-28"], "end_date": ["2026-07-28"]},
            ARCHIVE,
            date(2026, 7, 27),
        )
    assert {"error": True, "reason": caught.value.reason} == json.loads(recorded.read_text())


@pytest.mark.parametrize(
    ("parameters", "first_reported"),
    [
        ({"start_date": "2025", "daily": "foo", "latitude": "91"}, "Invalid date format"),
        ({"daily": "foo", "models": "bar", "latitude": "91"}, "MultiDomains"),
        ({"daily": "foo", "latitude": "91", "end_date": "2020-01-01"}, "ForecastVariableDaily"),
        ({"latitude": "91", "end_date": "2030-01-01", "timezone": "x"}, "Latitude"),
        ({"end_date": "2030-01-01", "timezone": "x"}, "Invalid timezone"),
    ],
)
def test_of_several_mistakes_the_real_services_first_is_reported(
    client: httpx.Client, parameters: dict[str, str], first_reported: str
) -> None:
    assert first_reported in refusal(client, **parameters)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "latitude",
                "longitude",
                "elevation",
                "location_id",
                "start_date",
                "end_date",
                "daily",
                "timezone",
                "models",
                "past_days",
                "forecast_days",
                "format",
                "timeformat",
            ]
        ),
        st.lists(st.text(max_size=12) | st.sampled_from(["1", "2025-01-01", "GMT", "1e60", "0,0"]), max_size=3),
    )
)
def test_no_parameter_breaks_the_service(parameters: dict[str, list[str]]) -> None:
    try:
        query = read_query(parameters, ARCHIVE, TODAY)
    except Refusal:
        return
    assert all(date(1940, 1, 1) <= each.first <= each.last <= TODAY for each in query.locations)


def test_beyond_the_observing_sites_there_is_no_data() -> None:
    table = pa.table(
        {"site_id": ["a"], "date": pa.array([date(2025, 1, 16)], pa.date32()), "temperature_2m_max": [-0.04]}
    )
    weather = ObservedWeather(table, [Site("a", "A", 60.4, 5.3)])
    with running(archive_app(weather, today=lambda: TODAY)) as url, httpx.Client(base_url=url) as client:
        content = answer(client, daily="temperature_2m_max")
        assert content["daily"]["temperature_2m_max"] == [None, 0.0, None]
        assert (content["latitude"], "elevation" in content) == (60.5, False)
        reason = refusal(client, latitude="60.39,0", longitude="5.32,0", daily="temperature_2m_max")
    assert reason == "No data is available for this location"


def test_a_wrong_path_or_too_large_a_body_is_refused_in_json(client: httpx.Client) -> None:
    assert client.get("/v1/archives").json() == {"error": True, "reason": "Not Found"}
    assert client.post("/v1/archive", data={"latitude": "1" * 140_000}).status_code == 413
    assert client.post("/v1/archive", content=b"[1", headers={"content-type": "application/json"}).status_code == 400
