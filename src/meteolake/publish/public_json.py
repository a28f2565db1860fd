"""The newest forecasts as static JSON for everybody: stable URLs, small, cacheable, without a server of ours.

    refined/public/v1/index.json               the sites and where their forecasts are
    refined/public/v1/forecasts/<slug>.json    the newest forecast of one site
    refined/public/v1/schema/*.json            what these hold, as JSON Schema

A document is written only when its content changed, and the index last, so that it never names one that is missing.
"""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as pads

from meteolake.lake import tables
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.publish.documents import SCHEMAS, Index, IndexEntry, SiteForecast, VariableForecast
from meteolake.tables import FORECAST_DAILY, QUANTILES, SITES, quantile_column
from meteolake.variables import PRECIPITATION, VARIABLES

FOLDER = "public/v1"

Documents = dict[str, SiteForecast]


def publish(zones: Zones) -> int:
    """Bring the documents up to date; gives how many were written or removed.

    Raises:
        LakeError: the refined zone cannot be written.
    """
    if not tables.exists(zones, FORECAST_DAILY):
        return 0
    documents = forecast_documents(zones)
    index = Index(sites=[_entry(path, found) for path, found in documents.items()])
    objects = Objects(zones.refined)
    written = sum(_write(objects, f"{FOLDER}/schema/{name}.json", _json(schema)) for name, schema in SCHEMAS.items())
    written += sum(_write(objects, path, _json(_content(document))) for path, document in documents.items())
    written += _write(objects, f"{FOLDER}/index.json", _json(_content(index)))
    stale = [path for path in objects.list(f"{FOLDER}/forecasts") if path not in documents]
    for path in stale:
        objects.delete(path)
    return written + len(stale)


def forecast_documents(zones: Zones) -> Documents:
    """The newest forecast of each site by path."""
    sites = {row["site_id"]: row for row in tables.dataset(zones, SITES).to_table().to_pylist()}
    issued = tables.dataset(zones, FORECAST_DAILY)
    newest = _newest_issues(issued)
    rows = issued.to_table(filter=pc.field("issue_date").isin(pa.array({*newest.values()}, pa.date32())))
    by_site: dict[str, list[dict[str, Any]]] = {}
    for row in rows.sort_by([("variable", "ascending"), ("lead_days", "ascending")]).to_pylist():
        if row["site_id"] in sites and row["issue_date"] == newest[row["site_id"]]:
            by_site.setdefault(row["site_id"], []).append(row)
    return {_path(site_id): _document(sites[site_id], by_site[site_id]) for site_id in sorted(by_site)}


def _newest_issues(issued: pads.Dataset) -> dict[str, date]:
    """Each site's newest issue date; of all issues that are kept, only so much is held at once."""
    found = [
        pa.Table.from_batches([batch]).group_by("site_id").aggregate([("issue_date", "max")])
        for batch in issued.to_batches(columns=["site_id", "issue_date"])
    ]
    if not found:
        return {}
    newest = pa.concat_tables(found).group_by("site_id").aggregate([("issue_date_max", "max")])
    return dict(zip(newest["site_id"].to_pylist(), newest["issue_date_max_max"].to_pylist(), strict=True))


def _path(site_id: str) -> str:
    """A site's path: its id percent-encoded, dots too, so that no two share one and none leaves the folder."""
    return f"{FOLDER}/forecasts/{quote(site_id, safe='').replace('.', '%2E')}.json"


def _document(site: Mapping[str, Any], rows: list[dict[str, Any]]) -> SiteForecast:
    """The forecast of a site from the rows of one issue."""
    names = sorted({row["variable"] for row in rows})
    first = [row for row in rows if row["variable"] == names[0]]
    return SiteForecast(
        **{name: site[name] for name in ("site_id", "name", "latitude", "longitude")},
        issue_date=first[0]["issue_date"],
        valid_date=[row["valid_date"] for row in first],
        lead_days=[row["lead_days"] for row in first],
        variables={name: _variable(name, [row for row in rows if row["variable"] == name]) for name in names},
    )


def _variable(name: str, rows: list[dict[str, Any]]) -> VariableForecast:
    """One variable's forecast as lists over the leads."""
    decimals = 2 if name == PRECIPITATION else 1
    return VariableForecast(
        unit=VARIABLES[name].unit,
        quantiles={str(level): [round(row[quantile_column(level)], decimals) for row in rows] for level in QUANTILES},
        method=[row["method"] for row in rows],
        skill=[None if row["skill"] is None else round(row["skill"], 3) for row in rows],
        rain_probability=[round(row["rain_probability"], 2) for row in rows] if name == PRECIPITATION else None,
    )


def _entry(path: str, document: SiteForecast) -> IndexEntry:
    """A site in the index; its URL is relative to the index and encoded once more, as links are."""
    return IndexEntry(
        site_id=document.site_id,
        name=document.name,
        latitude=document.latitude,
        longitude=document.longitude,
        issue_date=document.issue_date,
        url=quote(path.removeprefix(f"{FOLDER}/")),
    )


def _content(document: Index | SiteForecast) -> dict[str, Any]:
    """A document as JSON values, without what is not given."""
    content = document.model_dump(mode="json")
    for variable in content.get("variables", {}).values():
        if variable["rain_probability"] is None:
            del variable["rain_probability"]
    return content


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _write(objects: Objects, path: str, data: bytes) -> bool:
    """Write a document unless it is there already; whether it was written."""
    if objects.find(path) == data:
        return False
    objects.put(path, data)
    return True
