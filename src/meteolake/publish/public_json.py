"""The newest forecasts as static JSON for everybody: stable URLs, small, cacheable, without a server of ours.

    v1/index.json               the sites and where their forecasts are
    v1/forecasts/<slug>.json    the newest forecast of one site
    v1/<answer>.json            what the API answers to some requests, such as /v1/sites
    v1/schema/*.json            what index and forecasts hold, as JSON Schema

A document is written only when its content changed, and the index last, so that it never names one that is missing. It
names the versions of the tables, too: when these are the lake's, everything is there already.
"""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

from meteolake.lake import tables
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.publish.documents import SCHEMAS, Index, IndexEntry, SiteForecast, VariableForecast
from meteolake.sites import slug
from meteolake.tables import FORECAST_DAILY, FORECAST_SCORES, QUANTILES, SITES, WEATHER_DAILY, quantile_column
from meteolake.variables import FORECAST_DECIMALS, PRECIPITATION, VARIABLES

FOLDER = "v1"
_INDEX = f"{FOLDER}/index.json"
_HEADERS = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "public, max-age=300"}
_WRITERS = 16  # documents are small: on S3 one waits for the answer, not for the bytes

Documents = dict[str, SiteForecast]
Answers = Callable[[], Mapping[str, Any]]


def publish(zones: Zones, root: str | None = None, answers: Answers = dict) -> int:
    """Bring the documents up to date; gives how many were written or removed.

    Args:
        zones: the lake.
        root: the folder or bucket of the documents; `public` of the refined zone without one.
        answers: tells answers of the API by name, to be published beside the forecasts.

    Raises:
        LakeError: the folder or bucket cannot be written.
    """
    if not tables.exists(zones, FORECAST_DAILY):
        return 0
    objects = Objects(root or f"{zones.refined}/public")
    versions = _versions(zones)
    schemas = {f"{FOLDER}/schema/{name}.json": _json(schema) for name, schema in SCHEMAS.items()}
    if _published(objects) == versions and all(objects.find(path) == data for path, data in schemas.items()):
        return 0
    documents = forecast_documents(zones)
    index = Index(versions=versions, sites=[_entry(path, found) for path, found in documents.items()])
    content = schemas | {path: _json(_content(document)) for path, document in documents.items()}
    content |= {f"{FOLDER}/{name}.json": _json(answer) for name, answer in answers().items()}
    written = _write(objects, content) + _write(objects, {_INDEX: _json(_content(index))})
    return written + _remove_stale(objects, documents)


def _versions(zones: Zones) -> dict[str, int]:
    """The versions of the tables that the documents are made from."""
    found = ((table, tables.version(zones, table)) for table in (SITES, WEATHER_DAILY, FORECAST_DAILY, FORECAST_SCORES))
    return {table.full_name: version for table, version in found if version is not None}


def _published(objects: Objects) -> dict[str, int] | None:
    """The versions of the tables that the published documents were made from."""
    found = objects.find(_INDEX)
    versions: dict[str, int] | None = json.loads(found).get("versions") if found else None
    return versions


def forecast_documents(zones: Zones) -> Documents:
    """The newest forecast of each site by path."""
    sites = {row["site_id"]: row for row in tables.dataset(zones, SITES).to_table().to_pylist()}
    rows = (
        tables.dataset(zones, FORECAST_DAILY)
        .to_table()
        .sort_by([("variable", "ascending"), ("lead_days", "ascending")])
    )
    by_site: dict[str, list[dict[str, Any]]] = {}
    for row in rows.to_pylist():
        if row["site_id"] in sites:
            by_site.setdefault(row["site_id"], []).append(row)
    return {_path(site_id): _document(sites[site_id], by_site[site_id]) for site_id in sorted(by_site)}


def _path(site_id: str) -> str:
    return f"{FOLDER}/forecasts/{slug(site_id)}.json"


def _document(site: Mapping[str, Any], rows: list[dict[str, Any]]) -> SiteForecast:
    newest = max(row["issue_date"] for row in rows)
    issued = [row for row in rows if row["issue_date"] == newest]
    names = sorted({row["variable"] for row in issued})
    first = [row for row in issued if row["variable"] == names[0]]
    return SiteForecast(
        **{name: site[name] for name in ("site_id", "name", "latitude", "longitude")},
        issue_date=newest,
        valid_date=[row["valid_date"] for row in first],
        lead_days=[row["lead_days"] for row in first],
        variables={name: _variable(name, [row for row in issued if row["variable"] == name]) for name in names},
    )


def _variable(name: str, rows: list[dict[str, Any]]) -> VariableForecast:
    """One variable's forecast as lists over the leads."""
    return VariableForecast(
        unit=VARIABLES[name].unit,
        quantiles={str(level): [_rounded(row[quantile_column(level)]) for row in rows] for level in QUANTILES},
        method=[row["method"] for row in rows],
        skill=[None if row["skill"] is None else _rounded(row["skill"]) for row in rows],
        rain_probability=[_rounded(row["rain_probability"]) for row in rows] if name == PRECIPITATION else None,
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


def _rounded(value: float) -> float:
    return round(value, FORECAST_DECIMALS) + 0.0  # adding zero makes -0.0 0.0


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def _write(objects: Objects, content: Mapping[str, bytes]) -> int:
    """Write the documents that are not there yet with the same content; how many these were."""

    def write(document: tuple[str, bytes]) -> bool:
        path, data = document
        if objects.find(path) == data:
            return False
        objects.put(path, data, _HEADERS)
        return True

    with ThreadPoolExecutor(_WRITERS) as pool:
        return sum(pool.map(write, content.items()))


def _remove_stale(objects: Objects, documents: Documents) -> int:
    """Remove the forecasts that the index no longer names; how many these were."""
    stale = [path for path in objects.list(f"{FOLDER}/forecasts") if path not in documents]
    for path in stale:
        objects.delete(path)
    return len(stale)
