"""Raw objects beside the ledger: what no row names goes, what a row names must be there."""

import pytest
from tests.lake.test_maintenance import fill

from meteolake.errors import BrokenAssumption
from meteolake.lake.inventory import damaged, insist_on_objects, remove_orphans
from meteolake.lake.objects import Objects
from meteolake.lake.paths import Zones
from meteolake.lake.raw import json_object


def test_raw_objects_without_a_ledger_row_are_removed_and_nothing_else(zones: Zones) -> None:
    objects = Objects(zones.raw)
    fill(zones, 2)
    objects.put("open_meteo/era5/died.json.gz", b"x")
    objects.put("runs/20260101.json", b"{}")
    objects.put("state/budget.json", b"{}")
    assert remove_orphans(zones) == 1
    assert remove_orphans(zones) == 0
    left = [path for path in objects.list() if not path.startswith("captures/")]
    assert left == ["open_meteo/era5/0.json.gz", "open_meteo/era5/1.json.gz", "runs/20260101.json", "state/budget.json"]


def test_an_object_that_is_lost_matters_as_long_as_it_is_to_be_read(zones: Zones) -> None:
    fill(zones, 3)
    Objects(zones.raw).delete("open_meteo/era5/1.json.gz")
    insist_on_objects(zones, {"open_meteo": 2, "observations": 0})
    with pytest.raises(BrokenAssumption, match=r"lost: 1, such as open_meteo/era5/1\.json\.gz in .*/raw\."):
        insist_on_objects(zones, {"open_meteo": 1})


def test_an_object_that_cannot_be_read_to_its_end_is_damaged(zones: Zones) -> None:
    fill(zones, 4)
    objects, whole = Objects(zones.raw), json_object(["{}\n"] * 9)
    objects.put("open_meteo/era5/0.json.gz", whole)
    objects.put("open_meteo/era5/1.json.gz", whole[:-9])
    objects.put("open_meteo/era5/2.json.gz", whole[:20] + b"?" + whole[21:])
    objects.put("open_meteo/era5/3.json.gz", json_object(["{}\n", '{"site_id": "a", "pay\n']))
    found = [f"open_meteo/era5/{number}.json.gz" for number in (1, 2, 3)]
    assert list(damaged(zones, {"open_meteo": 0})) == found
    assert list(damaged(zones, {"open_meteo": 2})) == found[1:]
