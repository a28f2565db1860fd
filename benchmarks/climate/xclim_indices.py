"""The ETCCDI indices as xclim computes them."""

from collections.abc import Iterator

import xarray
from xclim import indices as xc
from xclim.core.calendar import percentile_doy

from meteolake.climate.calendar import Floats
from meteolake.climate.station_days import StationDays

_FREQUENCY = {"year": "YS", "month": "MS"}
Found = tuple[tuple[str, str], Floats]


def computed(days: StationDays, base: tuple[int, int], *, is_northern: bool) -> Iterator[Found]:
    """The values of each index and kind of period."""
    tx, tn, rain = _series(days, "maximum", "degC"), _series(days, "minimum", "degC"), _series(days, "rain", "mm/day")
    mean = ((tx + tn) / 2).assign_attrs(units="degC")
    yield from _of_temperature(tx, tn)
    yield ("gsl", "year"), _growing_season(mean, is_northern=is_northern)
    yield from _of_percentiles(tx, tn, slice(str(base[0]), str(base[1])))
    yield from _of_rain(rain, slice(str(base[0]), str(base[1])))


def _series(days: StationDays, name: str, units: str) -> xarray.DataArray:
    values = days.precipitation if name == "rain" else getattr(days, name)
    return xarray.DataArray(values, dims="time", coords={"time": days.dates.astype("datetime64[ns]")}).assign_attrs(
        units=units
    )


def _of_temperature(tx: xarray.DataArray, tn: xarray.DataArray) -> Iterator[Found]:
    yield ("fd", "year"), xc.frost_days(tn).values
    yield ("su", "year"), xc.tx_days_above(tx, "25 degC").values
    yield ("id", "year"), xc.ice_days(tx).values
    yield ("tr", "year"), xc.tn_days_above(tn, "20 degC").values
    for period, frequency in _FREQUENCY.items():
        yield ("txx", period), xc.tx_max(tx, freq=frequency).values
        yield ("tnx", period), xc.tn_max(tn, freq=frequency).values
        yield ("txn", period), xc.tx_min(tx, freq=frequency).values
        yield ("tnn", period), xc.tn_min(tn, freq=frequency).values
        yield ("dtr", period), xc.daily_temperature_range(tn, tx, freq=frequency).values


def _growing_season(mean: xarray.DataArray, *, is_northern: bool) -> Floats:
    middle, frequency = ("07-01", "YS") if is_northern else ("01-01", "YS-JUL")
    found = xc.growing_season_length(mean, thresh="5 degC", window=6, mid_date=middle, freq=frequency).values
    return found if is_northern else found[1:]  # from the July of the first year on


def _of_percentiles(tx: xarray.DataArray, tn: xarray.DataArray, base: slice) -> Iterator[Found]:
    of = {
        (name, level): percentile_doy(series.sel(time=base), window=5, per=level).sel(percentiles=level)
        for name, series in (("tx", tx), ("tn", tn))
        for level in (10, 90)
    }
    for period, frequency in _FREQUENCY.items():
        for name, series in (("tx", tx), ("tn", tn)):
            for level in (10, 90):
                count = getattr(xc, f"{name}{level}p")(series, of[name, level], freq=frequency, bootstrap=True)
                known = series.notnull().resample(time=frequency).sum()
                yield (f"{name}{level}p", period), (100 * count / known).values
    yield ("wsdi", "year"), xc.warm_spell_duration_index(tx, of["tx", 90], window=6).values
    yield ("csdi", "year"), xc.cold_spell_duration_index(tn, of["tn", 10], window=6).values


def _of_rain(rain: xarray.DataArray, base: slice) -> Iterator[Found]:
    for period, frequency in _FREQUENCY.items():
        yield ("rx1day", period), xc.max_1day_precipitation_amount(rain, freq=frequency).values
        yield ("rx5day", period), xc.max_n_day_precipitation_amount(rain, window=5, freq=frequency).values
    yield ("sdii", "year"), xc.daily_pr_intensity(rain, thresh="1 mm/day").values
    for name, least in (("r10mm", 10), ("r20mm", 20), ("rnnmm", 1)):
        yield (name, "year"), xc.wetdays(rain, thresh=f"{least} mm/day").values
    yield ("cdd", "year"), xc.maximum_consecutive_dry_days(rain, thresh="1 mm/day", resample_before_rl=False).values
    yield ("cwd", "year"), xc.maximum_consecutive_wet_days(rain, thresh="1 mm/day", resample_before_rl=False).values
    yield ("prcptot", "year"), xc.prcptot(rain, thresh="1 mm/day").values
    wet = rain.sel(time=base).where(rain.sel(time=base) >= 1)
    for name, level in (("r95p", 0.95), ("r99p", 0.99)):
        above = rain.where(rain > float(wet.quantile(level, method="median_unbiased")))
        yield (name, "year"), above.resample(time="YS").sum().values
