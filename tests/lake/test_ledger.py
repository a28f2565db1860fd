from datetime import UTC, date, datetime

import pytest

from meteolake.errors import LakeError
from meteolake.lake import ledger, tables
from meteolake.lake.ledger import Entry
from meteolake.lake.paths import Zones
from meteolake.tables import CAPTURES, SITES


def entry(*, source: str = "open_meteo", site_id: str | None = "a", raw_object: str = "x") -> Entry:
    return Entry(
        source=source,
        product="era5",
        site_id=site_id,
        place="here",
        variables="precipitation_sum",
        first_date=date(2020, 1, 1),
        last_date=date(2020, 12, 31),
        complete_until=None,
        cursor_from=None,
        cursor_to=None,
        rows=366,
        bytes=10,
        sha256="0",
        run_id="r",
        captured_at=datetime(2026, 1, 1, tzinfo=UTC),
        raw_object=raw_object,
    )


def test_an_empty_ledger_has_no_entries(zones: Zones) -> None:
    assert list(ledger.entries(zones)) == []
    assert ledger.newest_sequence(zones) == 0


def test_entries_come_back_as_they_were_with_the_sequence_of_their_commit(zones: Zones) -> None:
    ledger.commit(zones, [entry(raw_object="x"), entry(raw_object="y")])
    ledger.commit(zones, [entry(source="sites", site_id=None, raw_object="z")])
    found = list(ledger.entries(zones))
    assert [(each.raw_object, each.sequence) for each in found] == [("x", 1), ("y", 1), ("z", 2)]
    assert found[2].site_id is None
    assert found[0].captured_at == entry().captured_at
    assert found[0].first_date == date(2020, 1, 1)


def test_entries_are_chosen_by_source_and_sequence(zones: Zones) -> None:
    ledger.commit(zones, [entry(raw_object="x")])
    ledger.commit(zones, [entry(source="sites", raw_object="y")])
    assert [each.raw_object for each in ledger.entries(zones, "sites")] == ["y"]
    assert [each.raw_object for each in ledger.entries(zones, after=1)] == ["y"]
    assert ledger.newest_sequences(zones) == {"open_meteo": 1, "sites": 2}


def test_the_extent_of_a_table_is_read_from_its_log(zones: Zones) -> None:
    assert tables.extent(zones, CAPTURES) is None
    ledger.commit(zones, [entry(), entry(raw_object="y")])
    extent = tables.extent(zones, CAPTURES)
    assert extent is not None
    assert (extent.rows, extent.files, extent.version) == (2, 1, 0)
    assert (extent.first_date, extent.last_date) == (date(2020, 1, 1), None)


def test_a_missing_table_says_how_to_make_it(zones: Zones) -> None:
    with pytest.raises(LakeError, match="meteolake run"):
        tables.dataset(zones, SITES)
