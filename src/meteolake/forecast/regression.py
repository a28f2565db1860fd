"""Ridge regression of many targets on the same predictors: one eigendecomposition serves every target and penalty."""

import numpy as np

from meteolake.forecast.history import Floats

PENALTIES = np.geomspace(0.01, 30, 9)
"""Penalties to choose among, in units of the predictors' number of days."""


class Ridge:
    """Predictors `(days, predictors)` without missing values, ready for any target and penalty."""

    def __init__(self, predictors: Floats) -> None:
        self._predictors = predictors
        self._days = len(predictors)
        eigenvalues, self._vectors = np.linalg.eigh(predictors.T @ predictors)
        self._eigenvalues = np.maximum(eigenvalues, 0.0)

    def projected(self, targets: Floats, lead: int) -> Floats:
        """The targets `(days, sites)` of `lead` days later as the predictors' eigenvectors see them."""
        return np.asarray(self._vectors.T @ (self._predictors[: self._days - lead].T @ targets[lead:]))

    def rotated(self, predictors: Floats) -> Floats:
        """Predictors of other days in the coordinates of the eigenvectors."""
        return np.asarray(predictors @ self._vectors)

    def shrunk(self, projected: Floats, penalty: float) -> Floats:
        """Coefficients in the coordinates of the eigenvectors, `(predictors, sites)`."""
        return np.asarray(projected / (self._eigenvalues + penalty * self._days)[:, None])

    def coefficients(self, projected: Floats, penalty: float) -> Floats:
        """Coefficients of the predictors, `(predictors, sites)`."""
        return np.asarray(self._vectors @ self.shrunk(projected, penalty))
