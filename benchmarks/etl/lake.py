"""A raw zone of generated archive captures: `python -m benchmarks.etl.lake FOLDER SITES YEARS VARIABLES`."""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import orjson

from meteolake.lake import ledger
from meteolake.lake.ledger import Entry
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.lake.raw import Envelope, digest, json_line, json_object
from meteolake.pipeline.capture_database import capture_sites
from meteolake.sites import Site
from meteolake.variables import VARIABLES

LAST_DATE = date(2025, 12, 31)
MODEL = "era5_seamless"
_CAPTURED_AT = datetime(2026, 1, 2, 6, tzinfo=UTC)
_SITES_AT_ONCE = 25
_AGAIN = 0.05

Values = dict[str, npt.NDArray[np.float64]]


def fill(folder: str, sites: int, years: int, variables: int) -> int:
    """A lake below `folder`: a history of each site, 5 % of it captured again; the number of captured days."""
    zones = Zones.below(folder)
    objects = Objects(zones.raw)
    first = LAST_DATE.replace(year=LAST_DATE.year - years) + timedelta(days=1)
    again = LAST_DATE - timedelta(days=round(_AGAIN * years * 365.25) - 1)
    names = tuple(VARIABLES)[:variables]
    days = 0
    for number, (start, captured_at) in enumerate(((first, _CAPTURED_AT), (again, _CAPTURED_AT + timedelta(days=1)))):
        days += capture(zones, objects, f"run{number}", sites, names, (start, LAST_DATE), captured_at)
    capture_sites(zones, objects, "run0", [_site(number) for number in range(sites)])
    return days


def next_day(folder: str, sites: int, variables: int) -> int:
    """A later run that captured one new day and the 13 before it again."""
    zones = Zones.below(folder)
    window = (LAST_DATE - timedelta(days=12), LAST_DATE + timedelta(days=1))
    names = tuple(VARIABLES)[:variables]
    return capture(zones, Objects(zones.raw), "run9", sites, names, window, _CAPTURED_AT + timedelta(days=3))


def capture(
    zones: Zones,
    objects: Objects,
    run_id: str,
    sites: int,
    names: tuple[str, ...],
    window: tuple[date, date],
    captured_at: datetime,
) -> int:
    """Capture a window of every site; the sites' own rows with the first run."""
    dates = np.arange(window[0], window[1] + timedelta(days=1), dtype="datetime64[D]")
    time = dates.astype(str).tolist()
    for group in range(0, sites, _SITES_AT_ONCE):
        path = f"open_meteo/{MODEL}/{run_id}-{group // _SITES_AT_ONCE:04d}.json.gz"
        envelope = Envelope(MODEL, captured_at, run_id, path)
        lines = []
        for site in range(group, min(group + _SITES_AT_ONCE, sites)):
            daily = {"time": time, **_weather(site, dates, names, revised=run_id != "run0")}
            body = orjson.dumps({"daily": daily}, option=orjson.OPT_SERIALIZE_NUMPY).decode()
            lines.append(json_line(envelope, _site_id(site), {}, body))
        objects.create_new(path, json_object(lines))
        members = range(group, group + len(lines))
        ledger.commit(zones, list(_entries(members, envelope, names, window, [len(line) for line in lines])))
    return sites * len(dates)


def _site(number: int) -> Site:
    """A place on a grid of half a degree."""
    row, column = divmod(number, 100)
    return Site(_site_id(number), f"Site {number}", 30 + 0.5 * row, -20 + 0.5 * column, 100.0, 0)


def _site_id(number: int) -> str:
    return f"s{number:05d}"


def _entries(
    members: range, envelope: Envelope, names: tuple[str, ...], window: tuple[date, date], sizes: list[int]
) -> Iterator[Entry]:
    for site, size in zip(members, sizes, strict=True):
        yield Entry(
            source="open_meteo",
            product=MODEL,
            site_id=_site_id(site),
            place=None,
            variables=",".join(names),
            first_date=window[0],
            last_date=window[1],
            complete_until=window[1],
            cursor_from=None,
            cursor_to=None,
            rows=(window[1] - window[0]).days + 1,
            bytes=size,
            sha256=digest(f"{site}{envelope.run_id}".encode()),
            run_id=envelope.run_id,
            captured_at=envelope.captured_at,
            raw_object=envelope.raw_object,
        )


def _weather(site: int, dates: npt.NDArray[np.datetime64], names: tuple[str, ...], *, revised: bool) -> Values:
    """Days that are the same whenever they are asked for, except for some that were revised."""
    ordinal = dates.astype(int)
    noise = _noise(ordinal, site)
    season = np.cos(2 * np.pi * (ordinal / 365.25 - 0.55))
    mean = 12 + 10 * season + 4 * noise[0] + revised * (ordinal % 97 == 0)
    rain = np.where(noise[1] > 0.4, 6 * (noise[1] - 0.4) ** 2 * 4, 0.0)
    found = {
        "temperature_2m_max": mean + 4 + np.abs(noise[2]),
        "temperature_2m_min": mean - 4 - np.abs(noise[3]),
        "temperature_2m_mean": mean,
        "precipitation_sum": rain,
        "wind_speed_10m_max": 15 + 5 * np.abs(noise[1]),
        "wind_gusts_10m_max": 30 + 8 * np.abs(noise[1]),
        "pressure_msl_mean": 1013 - 6 * noise[1],
        "relative_humidity_2m_mean": np.clip(70 + 10 * noise[1], 5, 100),
    }
    return {name: np.round(found[name], 1) for name in names}


def _noise(ordinal: npt.NDArray[np.int64], site: int) -> npt.NDArray[np.float64]:
    """Four series of noise `(4, days)`, made of the day and the site alone."""
    generator = np.random.default_rng(site)
    whole = generator.standard_normal((4, 40_000))
    smooth = whole[:, 1:] * 0.7 + whole[:, :-1] * 0.7
    return np.asarray(smooth[:, ordinal])


if __name__ == "__main__":
    folder, *numbers = sys.argv[1:]
    print(f"{fill(folder, *map(int, numbers)):,} days")
