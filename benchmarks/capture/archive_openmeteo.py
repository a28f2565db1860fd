"""The official client in a loop over sites, as its own examples go, into a Parquet file each.

Arguments: url, folder, sites, first date, last date.
"""

import json
import sys
import time
from pathlib import Path

import openmeteo_requests
import pandas as pd

from benchmarks.capture.sites import FIRST_VARIABLES, sites


def main(url: str, folder: Path, count: int, first: str, last: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    client = openmeteo_requests.Client()
    for site in sites(count):
        asked = {
            "latitude": site.latitude,
            "longitude": site.longitude,
            "start_date": first,
            "end_date": last,
            "daily": list(FIRST_VARIABLES),
        }
        [response] = client.weather_api(f"{url}/v1/archive", params=asked)
        daily = response.Daily()
        data = {"date": pd.date_range(first, last)} | {
            name: daily.Variables(number).ValuesAsNumpy() for number, name in enumerate(FIRST_VARIABLES)
        }
        pd.DataFrame(data).to_parquet(folder / f"{site.site_id}-{last}.parquet")
    print(json.dumps({"seconds": time.perf_counter() - started, "payloads": count}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:6])
