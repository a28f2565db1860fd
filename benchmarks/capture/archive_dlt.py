"""dlt's REST source, one request a site, into Parquet files. Arguments: url, folder, sites, first date, last date."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import dlt
from dlt.sources.rest_api import rest_api_source

from benchmarks.capture.sites import FIRST_VARIABLES, sites


def rows(answer: dict[str, Any]) -> list[dict[str, Any]]:
    daily = answer["daily"]
    return [dict(zip(daily, day, strict=True)) for day in zip(*daily.values(), strict=True)]


def main(url: str, folder: Path, count: int, first: str, last: str) -> None:
    resources = [
        {
            "name": site.site_id,
            "table_name": "weather_daily",
            "endpoint": {
                "path": "v1/archive",
                "paginator": "single_page",
                "data_selector": "$",
                "params": {
                    "latitude": site.latitude,
                    "longitude": site.longitude,
                    "start_date": first,
                    "end_date": last,
                    "daily": ",".join(FIRST_VARIABLES),
                },
            },
            "processing_steps": [{"yield_map": rows}],
        }
        for site in sites(count)
    ]
    started = time.perf_counter()
    pipeline = dlt.pipeline(
        "weather",
        pipelines_dir=str(folder / "state"),
        destination=dlt.destinations.filesystem(bucket_url=str(folder / "data")),
        dataset_name="weather",
    )
    pipeline.run(rest_api_source({"client": {"base_url": url}, "resources": resources}), loader_file_format="parquet")
    print(json.dumps({"seconds": time.perf_counter() - started, "payloads": count}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:6])
