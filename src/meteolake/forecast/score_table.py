"""The scores of an evaluation as rows: over everything, by season and by region."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from meteolake.forecast import scores
from meteolake.forecast.evaluate import LEADS, Cases, Evaluation, skill
from meteolake.forecast.history import SEASONS, Floats, is_in

REGIONS = {"tropical": (0.0, 23.5), "subtropical": (23.5, 35.0), "temperate": (35.0, 60.0), "polar": (60.0, 90.1)}
"""Distance from the equator in degrees: from, to below."""

ALL = "all"
Chosen = npt.NDArray[np.bool_]
Row = dict[str, Any]


def score_rows(evaluation: Evaluation, latitudes: Floats) -> list[Row]:
    """A row for each variable and lead: over all cases, by season of the day that is forecast, by region."""
    rows: list[Row] = []
    for variable, cases in evaluation.cases.items():
        for season, region, chosen in _parts(evaluation, latitudes, cases):
            rows += _rows(evaluation, variable, season, region, cases, chosen)
    return rows


def reliability_rows(evaluation: Evaluation) -> list[Row]:
    """How often it rained where some chance was said, at the first lead and over all."""
    rows = []
    for cases in evaluation.cases.values():
        if cases.probability is None or cases.happened is None:
            continue
        for lead, part in ((1, np.s_[:, :, :1]), (ALL, np.s_[:, :, :])):
            found = scores.reliability(cases.probability[part], cases.happened[part])
            rows += [
                {"lead_days": lead, "said": float(said), "happened": float(happened), "cases": int(count)}
                for said, happened, count in zip(found.said, found.happened, found.cases, strict=True)
                if count
            ]
    return rows


def pit_rows(evaluation: Evaluation) -> list[Row]:
    """The share of observations in each tenth of their forecast distribution; 0.1 each when calibrated."""
    rows = []
    for variable, cases in evaluation.cases.items():
        if cases.probability is None:
            known = cases.pit[np.isfinite(cases.pit)]
            share = np.histogram(known, bins=10, range=(0, 1))[0] / max(len(known), 1)
            rows += [{"variable": variable, "tenth": at + 1, "share": float(part)} for at, part in enumerate(share)]
    return rows


def _parts(evaluation: Evaluation, latitudes: Floats, cases: Cases) -> Iterator[tuple[str, str, Chosen]]:
    """What is scored: season, region, and which cases."""
    shape = cases.crps.shape
    yield ALL, ALL, np.ones(shape, dtype=bool)
    valid = evaluation.issued[:, None] + np.array(LEADS).astype("timedelta64[D]")
    for season in SEASONS:
        yield season, ALL, np.broadcast_to(is_in(season, valid), shape)
    for region, (low, high) in REGIONS.items():
        there = (np.abs(latitudes) >= low) & (np.abs(latitudes) < high)
        if there.any():
            yield ALL, region, np.broadcast_to(there[:, None, None], shape)


def _rows(
    evaluation: Evaluation, variable: str, season: str, region: str, cases: Cases, chosen: Chosen
) -> Iterator[Row]:
    skills = skill(cases, evaluation.issued, chosen)
    for at, lead in enumerate(LEADS):
        here = chosen[:, :, at] & np.isfinite(cases.crps[:, :, at])
        if not here.any():
            continue
        row: Row = {
            "variable": variable,
            "season": season,
            "region": region,
            "lead_days": lead,
            "cases": int(here.sum()),
            "skill": skills[at].value,
            "skill_lower": skills[at].lower,
            "skill_upper": skills[at].upper,
        }
        for name in ("crps", "crps_climatology", "mae", "mae_climatology", "mae_persistence", "coverage_80"):
            row[name] = float(np.nanmean(getattr(cases, name)[:, :, at][here]))
        yield row | _rain(cases, at, here)


def _rain(cases: Cases, at: int, here: Chosen) -> Row:
    """The scores of the chance of rain: Brier's and its parts."""
    if cases.probability is None or cases.happened is None:
        return {}
    said, happened = cases.probability[:, :, at][here], cases.happened[:, :, at][here]
    parts = scores.brier_parts(said, happened)
    row = dict(zip(("reliability", "resolution", "uncertainty"), parts, strict=True))
    for name in ("brier", "brier_climatology"):
        row[name] = float(np.nanmean(getattr(cases, name)[:, :, at][here]))
    return row
