"""Ridge regression of many targets on predictors that all sites share and on those that are each site's own.

A site's own anomalies explain what they can first, as they do at all sites unless it knows better; the shared
predictors explain the rest. All is done in sums of products, which add up over days: leaving some out costs no pass.
"""

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import numpy as np

from meteolake.forecast.history import Floats, Floats32

_OWN_PENALTY = 0.25
"""The penalty of a site's own predictors, as a share of the others'."""

_BORROWED_DAYS = 50
"""What others explain of a target known on few days is shrunk as if it were nothing on so many days more."""


@dataclass(frozen=True)
class Sums:
    """Sums over some days; those over some days more are added field by field."""

    def __add__(self, other: Self) -> Self:
        return type(self)(*(getattr(self, each.name) + getattr(other, each.name) for each in fields(self)))


@dataclass(frozen=True)
class Products(Sums):
    """Sums of products of predictors over some days.

    `shared` `(predictors, predictors)`, `own` `(sites, own, own)`, `cross` `(sites, predictors, own)`; `own_days`
    `(sites,)` on which a site knows anything of its own.
    """

    days: int
    own_days: Floats32
    shared: Floats32
    own: Floats32
    cross: Floats32

    @cached_property
    def eigen(self) -> tuple[Floats32, Floats32]:
        """Eigenvalues and eigenvectors of the shared predictors."""
        values, vectors = np.linalg.eigh(self.shared)
        return np.maximum(values, 0.0), vectors

    @cached_property
    def own_eigen(self) -> tuple[Floats32, Floats32]:
        """Eigenvalues and eigenvectors of each site's own predictors."""
        values, vectors = np.linalg.eigh(self.own)
        return np.maximum(values, 0.0), vectors


@dataclass(frozen=True)
class TargetProducts(Sums):
    """Sums over some days of a target with the predictors and with itself; days without it count nothing.

    `shared` `(predictors, sites, leads)`, `own` `(sites, own, leads)`, `squares` and `known` `(sites, leads)`.
    """

    shared: Floats32
    own: Floats32
    squares: Floats32
    known: Floats32

    def of_sites(self, sites: slice) -> "TargetProducts":
        """The sums of some sites."""
        return TargetProducts(self.shared[:, sites], self.own[sites], self.squares[sites], self.known[sites])

    def of_lead(self, at: int) -> "TargetProducts":
        """The sums of the lead at a position."""
        return TargetProducts(*(part[..., at : at + 1] for part in (self.shared, self.own, self.squares, self.known)))


@dataclass(frozen=True)
class Coefficients:
    """`shared` `(predictors, sites, leads)` and `own` `(sites, own, leads)`."""

    shared: Floats32
    own: Floats32

    def expected(self, shared: Floats32, own: Floats32) -> Floats32:
        """What is expected, `(leads, days, sites)`, from predictors `(days, predictors)` and `(sites, days, own)`."""
        found = shared @ np.ascontiguousarray(self.shared.transpose(2, 0, 1))
        found += (own @ self.own).transpose(2, 1, 0)
        return found


def products(shared: Floats32, own: Floats32) -> Products:
    """The sums of predictors `(days, predictors)` and `(sites, days, own)`."""
    sites, days, width = own.shape
    cross = shared.T @ own.transpose(1, 0, 2).reshape(days, sites * width)
    return Products(
        days,
        own.any(axis=2).sum(axis=1).astype(np.float32),
        shared.T @ shared,
        own.transpose(0, 2, 1) @ own,
        np.ascontiguousarray(cross.reshape(-1, sites, width).transpose(1, 0, 2)),
    )


def target_products(shared: Floats32, own: Floats32, targets: Floats32) -> TargetProducts:
    """The sums of a target `(leads, days, sites)`, NaN where it is not known."""
    of_leads = [_of_lead(shared, own, target) for target in targets]
    return TargetProducts(*(np.stack(parts, axis=-1) for parts in zip(*of_leads, strict=True)))


def _of_lead(shared: Floats32, own: Floats32, target: Floats32) -> tuple[Floats32, ...]:
    is_known = np.isfinite(target)
    known = np.where(is_known, target, np.float32(0.0))
    of_site = np.ascontiguousarray(known.T)[:, :, None]
    return (
        shared.T @ known,
        (own.transpose(0, 2, 1) @ of_site)[:, :, 0],
        np.einsum("ds,ds->s", known, known),
        is_known.sum(axis=0, dtype=np.float32),
    )


def solved(
    sums: Products, target: TargetProducts, penalties: Floats | float, sites: slice = slice(None)
) -> Coefficients:
    """The coefficients of each lead with its penalty `(leads,)`, in units of the number of days."""
    # A site that is known on a share of the days has that share of the sums of all days, of its own predictors too.
    known = np.maximum(target.known, 1.0)
    share = known / max(sums.days, 1)
    own_days = np.maximum(sums.own_days[sites], 1.0)[:, None]
    own_share = np.minimum(known / own_days, 1.0)
    penalty = np.asarray(penalties * sums.days, dtype=np.float32)
    (values, vectors), (own_values, own_vectors) = sums.eigen, sums.own_eigen
    own_values, own_vectors = own_values[sites], own_vectors[sites]
    own_right = np.asarray(target.own / own_share[:, None], dtype=np.float32)
    common = _common(sums.own[sites], own_right, penalty)
    rotated = own_vectors.transpose(0, 2, 1) @ (own_right - sums.own[sites] @ common)
    of_own = own_vectors @ (rotated / (own_values[:, :, None] + _OWN_PENALTY * penalty))
    own = np.asarray(common + of_own, dtype=np.float32)
    explained = sums.cross[sites] @ own * (sums.days / own_days)[:, None]
    belief = known / (known + _BORROWED_DAYS)
    rest = ((target.shared / share - explained.transpose(1, 0, 2)) * belief).reshape(len(values), -1)
    shrunk = (vectors.T @ rest).reshape(target.shared.shape) / (values[:, None, None] + penalty / share)
    found = np.asarray(vectors @ shrunk.reshape(len(values), -1), dtype=np.float32)
    return Coefficients(found.reshape(target.shared.shape), own)


def _common(own: Floats32, right: Floats32, penalty: Floats32) -> Floats32:
    """What own predictors say at all sites together, `(own, leads)`: a site departs from it as it knows more."""
    values, vectors = np.linalg.eigh(own.sum(axis=0))
    rotated = vectors.T @ right.sum(axis=0)
    return np.asarray(vectors @ (rotated / (np.maximum(values, 0.0)[:, None] + penalty)))


def squared_error(
    sums: Products, target: TargetProducts, coefficients: Coefficients, sites: slice = slice(None)
) -> Floats:
    """The squared error of coefficients over the sums' days, by lead and over all sites, `(leads,)`."""
    shared, own = coefficients.shared, coefficients.own
    product = (sums.shared @ shared.reshape(len(shared), -1)).reshape(shared.shape)
    product += 2 * (sums.cross[sites] @ own).transpose(1, 0, 2)
    square = (shared * product).sum(axis=0) + (own * (sums.own[sites] @ own)).sum(axis=1)
    hit = (shared * target.shared).sum(axis=0) + (own * target.own).sum(axis=1)
    share = target.known / max(sums.days, 1)
    return np.asarray((target.squares - 2 * hit + share * square).sum(axis=0))
