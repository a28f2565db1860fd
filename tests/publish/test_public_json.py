import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from meteolake.lake import tables
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.pipeline.settings import Settings
from meteolake.publish.public_json import publish
from meteolake.tables import FORECAST_DAILY, QUANTILES, SITES, quantile_column


def forecast(
    site_id: str, *, lead: int = 1, median: float = 5.0, issue_date: date = date(2026, 1, 1)
) -> dict[str, Any]:
    quantiles = {quantile_column(level): median + 10 * (level - 0.5) for level in QUANTILES}
    return {
        "site_id": site_id,
        "variable": "temperature_2m_max",
        "issue_date": issue_date,
        "valid_date": date(2026, 1, 1 + lead),
        "lead_days": lead,
        **quantiles,
        "rain_probability": None,
        "method": "model",
        "skill": 0.3,
        "run_id": "r",
    }


def lake(zones: Zones, forecasts: Sequence[dict[str, Any]]) -> None:
    ids = sorted({row["site_id"] for row in forecasts})
    sites = [{"site_id": site_id, "name": site_id, "latitude": 1.0, "longitude": 2.0} for site_id in ids]
    write_deltalake(zones.table(SITES), pa.Table.from_pylist(sites), mode="overwrite")
    schema = pa.Table.from_pylist([forecast("x")]).schema
    schema = schema.set(schema.get_field_index("rain_probability"), pa.field("rain_probability", pa.float64()))
    write_deltalake(zones.table(FORECAST_DAILY), pa.Table.from_pylist(list(forecasts), schema), mode="overwrite")


def document(zones: Zones, path: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(Objects(zones.refined).get(f"public/v1/{path}"))
    return found


def test_the_documents_are_as_their_published_schema_says(filled: Settings) -> None:
    index = document(filled.zones, "index.json")
    jsonschema.validate(index, document(filled.zones, "schema/index.json"))
    schema = document(filled.zones, "schema/forecast.json")
    for entry in index["sites"]:
        found = document(filled.zones, unquote(entry["url"]))
        jsonschema.validate(found, schema)
        broken = {**found, "lead_days": ["one"]}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, schema)


def test_the_documents_say_what_the_table_says(filled: Settings) -> None:
    rows = tables.dataset(filled.zones, FORECAST_DAILY).to_table().to_pylist()
    index = document(filled.zones, "index.json")
    assert len(index["sites"]) == 6
    for entry in index["sites"]:
        found = document(filled.zones, unquote(entry["url"]))
        held = {
            row["lead_days"]: row
            for row in rows
            if row["site_id"] == entry["site_id"] and row["variable"] == "precipitation_sum"
        }
        told = found["variables"]["precipitation_sum"]
        assert told["rain_probability"] == pytest.approx(
            [held[lead]["rain_probability"] for lead in found["lead_days"]], abs=0.006
        )
        for level in QUANTILES:
            expected = [held[lead][quantile_column(level)] for lead in found["lead_days"]]
            assert told["quantiles"][str(level)] == pytest.approx(expected, abs=0.006)


def test_publishing_again_writes_nothing(zones: Zones) -> None:
    lake(zones, [forecast("a"), forecast("b")])
    assert publish(zones) == 5  # two forecasts, the index, two schemas
    assert publish(zones) == 0


def test_a_changed_forecast_is_written_and_a_removed_site_disappears(zones: Zones) -> None:
    lake(zones, [forecast("a"), forecast("b"), forecast("c")])
    publish(zones)
    lake(zones, [forecast("a"), forecast("b", median=9.0)])
    assert publish(zones) == 3, "the index, the changed and the removed document"
    assert [entry["site_id"] for entry in document(zones, "index.json")["sites"]] == ["a", "b"]
    assert len(list(Objects(zones.refined).list("public/v1/forecasts"))) == 2


def test_only_the_newest_issue_is_published(zones: Zones) -> None:
    lake(zones, [forecast("a", median=1.0, issue_date=date(2025, 12, 1)), forecast("a", median=2.0)])
    publish(zones)
    found = document(zones, "forecasts/a.json")
    assert (found["issue_date"], found["variables"]["temperature_2m_max"]["quantiles"]["0.5"]) == ("2026-01-01", [2.0])


def test_odd_site_ids_stay_inside_their_folder_and_apart(zones: Zones, tmp_path: Path) -> None:
    ids = ["..", "../index", "a/b", "a%2Fb", "ü", "a b", "A", "."]
    lake(zones, [forecast(site_id) for site_id in ids])
    publish(zones)
    entries = document(zones, "index.json")["sites"]
    assert {document(zones, unquote(entry["url"]))["site_id"] for entry in entries} == set(ids)
    folder = tmp_path / "lake" / "refined" / "public" / "v1"
    assert sorted(path.name for path in folder.iterdir()) == ["forecasts", "index.json", "schema"]


def test_a_lake_without_forecasts_publishes_nothing(zones: Zones) -> None:
    assert publish(zones) == 0


def test_what_was_broken_off_is_published_anew(zones: Zones) -> None:
    lake(zones, [forecast("a"), forecast("b")])
    publish(zones)
    objects = Objects(zones.refined)
    for path in ("public/v1/index.json", "public/v1/forecasts/b.json"):
        objects.delete(path)
    assert publish(zones) == 2
    assert publish(zones) == 0


def test_answers_are_published_beside_the_forecasts(zones: Zones) -> None:
    lake(zones, [forecast("a")])
    assert publish(zones, answers=lambda: {"sites": {"last_date": date(2026, 1, 1)}}) == 5
    assert document(zones, "sites.json") == {"last_date": "2026-01-01"}


def test_another_folder_can_be_published_to(zones: Zones, tmp_path: Path) -> None:
    lake(zones, [forecast("a")])
    assert publish(zones, str(tmp_path / "web")) == 4
    assert (tmp_path / "web" / "v1" / "index.json").is_file()
    assert not (tmp_path / "lake" / "refined" / "public").exists()
