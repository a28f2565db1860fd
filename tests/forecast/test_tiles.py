import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from meteolake.forecast.tiles import MOST_CORE, MOST_MEMBERS, tiles


@settings(deadline=None, max_examples=30)
@given(st.integers(1, 600), st.integers(0, 100))
def test_every_site_is_in_the_core_of_one_tile(sites: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    found = tiles(random.uniform(-90, 90, sites), random.uniform(-180, 180, sites))
    assert sorted(np.concatenate([tile.core for tile in found]).tolist()) == list(range(sites))
    for tile in found:
        assert len(tile.members) <= MOST_MEMBERS
        assert len(tile.core) <= (MOST_MEMBERS if len(found) == 1 else MOST_CORE)
        assert len(set(tile.members.tolist())) == len(tile.members)
        np.testing.assert_array_equal(tile.members[: len(tile.core)], tile.core)


def test_the_halo_is_near_and_crosses_the_date_line() -> None:
    longitudes = np.r_[np.full(128, 179.5), np.full(128, -179.5), np.full(256, 0.0)]
    latitudes = np.r_[np.linspace(-30, 30, 256), np.linspace(-30, 30, 256)]
    for tile in tiles(latitudes, longitudes):
        if 0 in tile.core:
            halo = tile.members[len(tile.core) :]
            assert (np.abs(longitudes[halo]) > 170).all()
