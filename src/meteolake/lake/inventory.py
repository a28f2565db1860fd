"""The raw zone's objects beside the ledger: those that no row names, and those that a row names and nobody can read."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from io import BytesIO

import pyarrow.compute as pc
import pyarrow.parquet as pq

from meteolake.errors import BrokenAssumption
from meteolake.lake import tables
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.tables import CAPTURES

_SOURCES = ("open_meteo", "open_meteo_forecast", "sites", "observations")

Unread = Mapping[str, int]
"""By source, the ledger's sequence number up to which its objects have been read."""


def remove_orphans(zones: Zones) -> int:
    """Remove raw objects that no ledger row names, which runs left behind when they died; how many they were.

    The caller holds the lake's lease, so that no run is between its object and its ledger row.
    """
    if not tables.exists(zones, CAPTURES):
        return 0
    objects = Objects(zones.raw)
    named = _named(zones, dict.fromkeys(_SOURCES, 0))
    orphans = [path for source in _SOURCES for path in sorted(_there(objects, source) - named[source])]
    for path in orphans:
        objects.delete(path)
    return len(orphans)


def insist_on_objects(zones: Zones, unread: Unread) -> None:
    """Make sure that the objects still to be read are there: the embedded engine takes a missing one as empty.

    Raises:
        BrokenAssumption: some are not.
    """
    objects, named = Objects(zones.raw), _named(zones, unread)
    lost = [
        path for source, paths in named.items() if paths for path in paths - _there(objects, source, since=min(paths))
    ]
    if lost:
        raise BrokenAssumption(
            f"Raw objects that the ledger names are lost: {len(lost):,}, such as {min(lost)} in {zones.raw}. No table "
            "was changed. Restore them from a copy; without one, capture anew into another `path` under [lake]."
        )


def damaged(zones: Zones, unread: Unread) -> Iterator[str]:
    """The objects which are still to be read and cannot be; each is read, so this is for when a step has failed."""
    objects = Objects(zones.raw)
    for paths in _named(zones, unread).values():
        yield from (path for path in sorted(paths) if not _is_whole(path, objects.get(path)))


def _named(zones: Zones, unread: Unread) -> dict[str, set[str]]:
    """By source, the objects that ledger rows after its sequence number name."""
    is_unread = pc.field("sequence") > min(unread.values(), default=0)
    rows = tables.dataset(zones, CAPTURES).to_table(columns=["source", "sequence", "raw_object"], filter=is_unread)
    found = {}
    for source, after in unread.items():
        of_source = rows.filter((pc.field("source") == source) & (pc.field("sequence") > after))
        found[source] = set(of_source["raw_object"].to_pylist())
    return found


def _there(objects: Objects, source: str, since: str = "") -> set[str]:
    return set(objects.list(f"{source}/", since))


def _is_whole(path: str, data: bytes) -> bool:
    try:
        if path.endswith(".gz"):
            for line in gzip.decompress(data).splitlines():
                json.loads(line)
        else:
            pq.read_metadata(BytesIO(data))
    except (OSError, EOFError, zlib.error, ValueError):  # Arrow's error is a ValueError, too
        return False
    return True
