"""Spatial tiles with a halo, so that thousands of sites can be forecast group by group."""

from dataclasses import dataclass

import numpy as np

from meteolake.forecast.history import Floats, Integers

MOST_CORE = 128
MOST_MEMBERS = 160


@dataclass(frozen=True)
class Tile:
    """A group of sites by their positions in the list of all: `core` is forecast, `members` (core first) help."""

    core: Integers
    members: Integers


def tiles(latitudes: Floats, longitudes: Floats) -> list[Tile]:
    """Tiles whose cores hold every site once; each takes in the nearest other sites up to `MOST_MEMBERS`.

    Sites that fit into one tile make one: distant ones help, too.

    Args:
        latitudes: `(sites,)` in degrees.
        longitudes: `(sites,)` in degrees.
    """
    places = _unit_vectors(latitudes, longitudes)
    everything = np.arange(len(places))
    cores = [everything] if len(places) <= MOST_MEMBERS else _cut(everything, places)
    return [Tile(core, _with_halo(core, places)) for core in cores if len(core)]


def _cut(sites: Integers, places: Floats) -> list[Integers]:
    """The sites cut in two across their longest extent, again and again, into as few parts as can hold them."""
    parts = -(-len(sites) // MOST_CORE)
    if parts <= 1:
        return [sites]
    extent = np.ptp(places[sites], axis=0)
    order = sites[np.argsort(places[sites, int(np.argmax(extent))], kind="stable")]
    middle = len(order) * (parts // 2) // parts
    return [*_cut(order[:middle], places), *_cut(order[middle:], places)]


def _with_halo(core: Integers, places: Floats) -> Integers:
    others = np.setdiff1d(np.arange(len(places)), core)
    closeness = (places[others] @ places[core].T).max(axis=1, initial=-2.0)
    halo = others[np.argsort(-closeness, kind="stable")[: MOST_MEMBERS - len(core)]] if len(others) else others
    return np.concatenate([core, halo])


def _unit_vectors(latitudes: Floats, longitudes: Floats) -> Floats:
    """Points on the unit sphere, `(sites, 3)`, whose dot products grow with closeness."""
    latitude, longitude = np.radians(latitudes), np.radians(longitudes)
    return np.stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)], axis=1
    )
