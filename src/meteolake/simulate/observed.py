"""Weather that was observed: real station observations played back as a weather source."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from meteolake.simulate.fields import EARTH_RADIUS_KM, Array, unit_vectors
from meteolake.simulate.weather import Place
from meteolake.sites import Site
from meteolake.variables import VARIABLES


class ObservedWeather:
    """Answers for a point with the observations of the nearest site, at most `reach_km` away.

    Args:
        observations: site_id, date and variables, as from `read_observations`; other sites' rows are left out.
        sites: where the observations were made.
        reach_km: beyond it there is no data.
    """

    def __init__(self, observations: pa.Table, sites: Sequence[Site], *, reach_km: float = 50.0) -> None:
        self._sites = tuple(sites)
        self._reach_km = reach_km
        self._vectors = _vectors([(site.latitude, site.longitude) for site in sites])
        rows = pc.index_in(observations["site_id"], pa.array([site.site_id for site in sites], pa.string()))
        known = observations.filter(pc.is_valid(rows))
        ordinals = known["date"].cast(pa.int32()).to_numpy().astype(np.int64) + date(1970, 1, 1).toordinal()
        self._first = int(ordinals.min(initial=date.max.toordinal()))
        shape = (len(sites), int(ordinals.max(initial=self._first - 1)) - self._first + 1)
        cells = (rows.drop_null().to_numpy(), ordinals - self._first)
        self._values = {
            name: _spread(known[name], cells, shape) for name in VARIABLES if name in observations.column_names
        }

    def place(self, latitude: float, longitude: float) -> Place | None:
        """The nearest site within reach."""
        chords = self._vectors @ _vectors([(latitude, longitude)])[0]
        site = self._sites[int(np.argmax(chords))] if self._sites else None
        if site is None or EARTH_RADIUS_KM * float(np.arccos(np.clip(chords.max(), -1, 1))) > self._reach_km:
            return None
        return Place(site.latitude, site.longitude, np.nan if site.elevation_m is None else site.elevation_m)

    def daily(self, places: Sequence[Place], first: date, last: date) -> dict[str, Array]:
        """The observations at places that `place` gave, on the days from `first` to `last`, both included."""
        nearest = _vectors([(place.latitude, place.longitude) for place in places]) @ self._vectors.T
        return {name: self._cut(values[nearest.argmax(axis=1)], first, last) for name, values in self._values.items()}

    def _cut(self, values: Array, first: date, last: date) -> Array:
        """The columns of the days asked for, NaN where nothing was observed."""
        days = np.arange(first.toordinal(), last.toordinal() + 1) - self._first
        inside = (days >= 0) & (days < values.shape[1])
        cut = np.full((len(values), len(days)), np.nan)
        cut[:, inside] = values[:, days[inside]]
        return cut


def _vectors(points: Sequence[tuple[float, float]]) -> Array:
    latitudes, longitudes = np.array(points, dtype=float).reshape(-1, 2).T
    return unit_vectors(latitudes, longitudes)


def _spread(column: Any, cells: tuple[npt.NDArray[Any], npt.NDArray[Any]], shape: tuple[int, int]) -> Array:
    """A column's values put into `(sites, days)`."""
    values = np.full(shape, np.nan)
    values[cells] = column.to_numpy()
    return values
