"""Ridge regression of the steps to come on the steps before, for all ridges from one decomposition.

With the context X and the targets Y of all windows and XᵀX = V diag(s) Vᵀ, the weights for any ridge are

    B(r) = V diag(1 / (s + r s̄)) Vᵀ XᵀY,        s̄ the mean of s,

and the squared error on other windows needs only their Gram matrix:
‖Y − XB‖² = YᵀY − 2 BᵀXᵀY + BᵀXᵀXB, lead by lead.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from isocline_forecast.closed_form.gram import subtract_level, window_gram


@dataclass(frozen=True)
class Candidate:
    """One linear forecast: what it looks at, and its weights.

    Attributes:
        lookback: Steps of context.
        average_last: Points at the end of the context whose mean is the level that is subtracted.
        ridge: Relative to the mean eigenvalue.
        weights: (lookback, horizon).
    """

    lookback: int
    average_last: int
    ridge: float
    weights: Float[np.ndarray, "lookback horizon"]

    def __call__(self, context: Float[np.ndarray, "*batch lookback"]) -> np.ndarray:
        """Forecasts (…, horizon) from contexts (…, lookback)."""
        level = context[..., -self.average_last :].mean(axis=-1, keepdims=True)
        return np.asarray((context - level) @ self.weights + level)


class WindowRegression:
    """Least squares on windows, decomposed once.

    Args:
        gram: Of the windows it is fitted to, context first; `window_gram`.
        lookback: Steps of context.
        average_last: Points whose mean is subtracted.
    """

    def __init__(
        self, gram: Float[np.ndarray, "width width_again"], lookback: int, average_last: int
    ) -> None:
        centred = subtract_level(gram, lookback, average_last)
        self.lookback, self.average_last = lookback, average_last
        eigenvalues, self.vectors = np.linalg.eigh(centred[:lookback, :lookback])
        self.eigenvalues = np.maximum(eigenvalues, 0.0)
        self.cross = self.vectors.T @ centred[:lookback, lookback:]

    def candidate(self, ridge: float) -> Candidate:
        """The weights for a ridge."""
        weights = self.vectors @ self._coefficients(ridge)
        return Candidate(self.lookback, self.average_last, ridge, weights)

    def squared_errors(
        self, gram: Float[np.ndarray, "width width_again"], ridges: Float[np.ndarray, " ridge"]
    ) -> Float[np.ndarray, "ridge horizon"]:
        """The sum of squared errors at each lead on other windows, for each ridge."""
        L = self.lookback
        centred = subtract_level(gram, L, self.average_last)
        inner = self.vectors.T @ centred[:L, :L] @ self.vectors
        cross = self.vectors.T @ centred[:L, L:]
        own = np.diag(centred)[L:]
        errors = np.empty((ridges.size, own.size))
        for index, ridge in enumerate(ridges):
            B = self._coefficients(float(ridge))
            errors[index] = own + np.einsum("lh,lh->h", B, inner @ B - 2 * cross)
        return errors

    def _coefficients(self, ridge: float) -> np.ndarray:
        mean = self.eigenvalues.mean()
        # Without a ridge, a direction that no window has gets no weight.
        shrunk = self.eigenvalues + max(ridge, 1e-12) * (mean if mean > 0 else 1.0)
        return np.asarray(self.cross / shrunk[:, None])


def fit_windows(
    values: Float[np.ndarray, "step series"],
    horizon: int,
    lookback: int,
    average_last: int,
    ridge: float,
    valid: np.ndarray | None = None,
) -> Candidate:
    """One candidate, fitted to all windows of a series."""
    gram = window_gram(values, lookback + horizon, valid)
    return WindowRegression(gram, lookback, average_last).candidate(ridge)
