import json
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from meteolake.lake import tables
from meteolake.lake.paths import Zones
from meteolake.pipeline.settings import Settings
from meteolake.serve.app import create_app
from meteolake.simulate.server import running
from meteolake.tables import FORECAST_DAILY, QUANTILES, WEATHER_DAILY, quantile_column

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def client(filled: Settings) -> Iterator[httpx.Client]:
    with running(create_app(filled.zones)) as url, httpx.Client(base_url=url, timeout=30) as opened:
        yield opened


def get(client: httpx.Client, path: str, **parameters: object) -> Any:
    answer = client.get(path, params={key: str(value) for key, value in parameters.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


def refusal(client: httpx.Client, path: str, status: int) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    assert answer.json()["error"] is True
    reason: str = answer.json()["reason"]
    return reason


def test_history_is_what_the_lake_holds(client: httpx.Client, filled: Settings) -> None:
    found = get(client, "/v1/archive", site_id="amsterdam", start_date="2024-02-27", end_date="2024-03-01")
    rows = tables.dataset(filled.zones, WEATHER_DAILY).to_table().to_pylist()
    held = {str(row["date"]): row["temperature_2m_max"] for row in rows if row["site_id"] == "amsterdam"}
    assert found["daily"]["time"] == ["2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01"]
    assert found["daily"]["temperature_2m_max"] == [held[day] for day in found["daily"]["time"]]


def test_a_day_that_the_lake_does_not_have_is_null(client: httpx.Client) -> None:
    found = get(client, "/v1/archive", site_id="amsterdam", start_date="2020-01-01", end_date="2020-01-02")
    assert found["daily"]["precipitation_sum"] == [None, None]


def test_a_history_has_the_form_of_open_meteos(client: httpx.Client, real_data: Path) -> None:
    recorded = json.loads(
        (real_data / "open_meteo/json/recorded_norway_era5_2025-01/oslo_tmax_tmin_prcp.json").read_text()
    )
    found = get(client, "/v1/archive", latitude=52.37, longitude=4.9, daily=",".join(list(recorded["daily"])[1:]))
    assert [key for key in found if key in recorded] == list(recorded)
    assert found["daily_units"] == recorded["daily_units"]
    assert list(found["daily"]) == list(recorded["daily"])
    assert {type(found[key]) for key in ("latitude", "elevation")} == {float}


def test_several_places_give_a_list_in_their_order(client: httpx.Client) -> None:
    found = get(client, "/v1/archive", latitude="60.4,52.4", longitude="5.3,4.9")
    assert [each["site_id"] for each in found] == ["bergen", "amsterdam"]
    assert [each.get("location_id") for each in found] == [None, 1]


def test_units_are_converted(client: httpx.Client) -> None:
    window = {"site_id": "amsterdam", "start_date": "2024-07-01", "end_date": "2024-07-01"}
    daily = "temperature_2m_max,precipitation_sum,wind_speed_10m_max"
    plain = get(client, "/v1/archive", daily=daily, **window)
    units = {"temperature_unit": "fahrenheit", "precipitation_unit": "inch", "wind_speed_unit": "ms"}
    found = get(client, "/v1/archive", daily=daily, **units, **window)
    assert list(found["daily_units"].values()) == ["iso8601", "°F", "inch", "m/s"]
    [celsius], [fahrenheit] = plain["daily"]["temperature_2m_max"], found["daily"]["temperature_2m_max"]
    assert fahrenheit == pytest.approx(celsius * 1.8 + 32, abs=0.051)
    [kmh], [ms] = plain["daily"]["wind_speed_10m_max"], found["daily"]["wind_speed_10m_max"]
    assert ms == pytest.approx(kmh / 3.6, abs=0.0051)


def test_a_forecast_is_the_newest_of_the_lake(client: httpx.Client, filled: Settings) -> None:
    found = get(client, "/v1/forecast", site_id="bergen", quantiles="all")
    rows = tables.dataset(filled.zones, FORECAST_DAILY).to_table().to_pylist()
    held = {
        row["lead_days"]: row for row in rows if row["site_id"] == "bergen" and row["variable"] == "temperature_2m_max"
    }
    issued = date.fromisoformat(found["forecast"]["issue_date"])
    assert found["forecast"]["lead_days"] == list(range(1, 15))
    assert found["daily"]["time"] == [str(issued + timedelta(days=lead)) for lead in range(1, 15)]
    for level in QUANTILES:
        name = quantile_column(level)
        told = found["daily"][f"temperature_2m_max_{name}"]
        assert told == pytest.approx([held[lead][name] for lead in range(1, 15)], abs=0.051)
    assert set(found["forecast"]["method"]["temperature_2m_max"]) <= {"model", "climatology"}


def test_a_forecast_never_crosses_itself(client: httpx.Client) -> None:
    daily = get(client, "/v1/forecast", site_id="bergen", quantiles="all")["daily"]
    for variable in ("temperature_2m_max", "temperature_2m_min", "precipitation_sum"):
        for lower, upper in pairwise(QUANTILES):
            pairs = zip(*(daily[f"{variable}_{quantile_column(level)}"] for level in (lower, upper)), strict=True)
            assert all(low <= high for low, high in pairs)
    assert all(0 <= chance <= 100 for chance in daily["precipitation_probability_max"])


def test_a_variable_that_the_lake_does_not_keep_is_null_on_every_day(rain_alone: Settings) -> None:
    with running(create_app(rain_alone.zones)) as url, httpx.Client(base_url=url, timeout=30) as client:
        daily = get(client, "/v1/forecast", site_id="amsterdam", quantiles="0.1")["daily"]
    assert daily["temperature_2m_max"] == daily["temperature_2m_max_q10"] == [None] * 14
    assert None not in daily["precipitation_sum"]


def test_sites_normals_scores_and_health(client: httpx.Client) -> None:
    sites = get(client, "/v1/sites")["sites"]
    assert [site["name"] for site in sites] == sorted(site["name"] for site in sites)
    assert {site["last_date"] for site in sites} == {"2026-10-28"}
    normals = get(client, "/v1/normals", site_id="bergen", variable="precipitation_sum")
    assert len(normals["mean"]) == len(normals["wet_day_share"]) == 366
    scores = get(client, "/v1/scores")
    assert {row["lead_days"] for row in scores["scores"]} == set(range(1, 15))
    assert get(client, "/healthz")["status"] == "ok"


def test_the_model_card_tells_the_skill_of_each_lead_by_region_and_season_and_over_all(client: httpx.Client) -> None:
    card = get(client, "/v1/model-card")
    assert card["model"]
    held_back = [row for row in card["skill"] if row["kind"] == "held_back"]
    of_all = [row for row in held_back if row["region"] == row["season"] == "all"]
    assert {row["variable"] for row in of_all} >= {"temperature_2m_max", "precipitation_sum"}
    for row in of_all:
        for part in ("region", "season"):
            others = [other for other in held_back if other[part] != "all" and _same_lead(row, other)]
            assert sum(other["cases"] for other in others) == row["cases"] > 0
        assert (row["brier_skill"] is not None) == (row["variable"] == "precipitation_sum")
    assert {row["lead_days"] for row in of_all} == set(range(1, 15))


def _same_lead(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(one[name] == other[name] for name in ("kind", "variable", "lead_days"))


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/v1/archive?latitude=91&longitude=0", 404, "Latitude must be in range of -90 to 90°. Given: 91.0."),
        ("/v1/archive?latitude=0&longitude=0", 404, "No data is available for this location"),
        ("/v1/archive?latitude=1,2&longitude=0", 404, "must have the same number of elements"),
        ("/v1/archive?latitude=abc&longitude=0", 400, "'latitude' must be numbers"),
        ("/v1/archive", 400, "Give latitude and longitude"),
        ("/v1/archive?site_id=nowhere", 404, "There is no site 'nowhere'"),
        ("/v1/archive?site_id=bergen&daily=nonsense", 400, "There is no daily variable 'nonsense'"),
        ("/v1/archive?site_id=bergen&start_date=2024-13-01", 400, "start_date"),
        ("/v1/archive?site_id=bergen&start_date=2024-02-01&end_date=2024-01-01", 400, "End-date must be larger"),
        ("/v1/archive?site_id=bergen&temperature_unit=kelvin", 400, "There is no unit 'kelvin'"),
        ("/v1/forecast?site_id=bergen&quantiles=0.33", 400, "There is no quantile 0.33"),
        ("/v1/forecast?site_id=bergen&daily=cloud_cover_mean", 400, "There is no forecast of 'cloud_cover_mean'"),
        ("/v1/normals?site_id=bergen&variable=x", 400, "There is no variable 'x'"),
        ("/v1/nothing", 404, "Not Found"),
    ],
)
def test_a_wrong_request_is_told_what_is_wrong(client: httpx.Client, path: str, status: int, said: str) -> None:
    assert said in refusal(client, path, status)


def test_an_empty_lake_is_unhealthy_and_says_why(tmp_path: Path) -> None:
    app = create_app(Zones.below(str(tmp_path)))
    with running(app) as url, httpx.Client(base_url=url, timeout=30) as client:
        assert "meteolake run" in refusal(client, "/healthz", 503)
        assert "meteolake run" in refusal(client, "/v1/scores", 503)
        assert refusal(client, "/v1/sites", 503)


def test_the_pages_and_the_description_are_served(client: httpx.Client) -> None:
    assert "<html" in client.get("/").text
    assert "https://cdn" not in client.get("/docs").text
    assert "/v1/forecast" in client.get("/openapi.json").json()["paths"]


def test_the_description_tells_of_the_errors_that_there_are(client: httpx.Client) -> None:
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        assert set(operations["get"]["responses"]) == {"200", "4XX", "503"}, path


def test_every_endpoint_is_documented(client: httpx.Client) -> None:
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    description = client.get("/openapi.json").json()["paths"]
    for path, operations in description.items():
        assert f"`{path}`" in page, f"docs/api.md says nothing of {path}"
        for parameter in operations["get"].get("parameters", []):
            assert f"`{parameter['name']}`" in page, f"docs/api.md says nothing of {path}?{parameter['name']}"
