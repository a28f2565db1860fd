"""Columns of the engine as NumPy sees them."""

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from meteolake.build.blocks import codes

texts = st.lists(st.sampled_from(["b", "a", "ä", "aa", ""]), min_size=1, max_size=40)
times = st.lists(st.sampled_from([datetime(2026, 1, day, 6, tzinfo=UTC) for day in (3, 1, 2)]), min_size=1, max_size=40)


@given(texts | times, st.integers(1, 40))
def test_codes_are_places_among_the_distinct_values_in_order(values: list[Any], cut: int) -> None:
    whole = pa.array(values)
    found, places = codes(pa.chunked_array([whole[:cut], whole[cut:]], whole.type))
    assert found == sorted(set(values))
    assert [found[place] for place in places] == values
