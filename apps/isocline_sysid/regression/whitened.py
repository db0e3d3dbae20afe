"""Least squares on weak residuals whose noise is correlated: the covariance is carried along.

The samples x carry noise of deviation σ. A weak residual r = G w − b moves with it by
δr = Σ_i (φ_i Σ_m w_m ∂θ_m/∂x_i + φ'_i) δx_i, so its covariance depends on w and is found by iteration.
Bortz, Messenger and Dukic (2023), WENDy, Bulletin of Mathematical Biology 85:110.
"""

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from jaxtyping import Bool, Float

FLOOR = 1e-6
"""Residuals are never trusted below this share of the left-hand side: clean data still carry the errors of
quadrature and of the solver that made them."""


@dataclass(frozen=True)
class Fit:
    """Coefficients of one equation and how sure they are.

    Attributes:
        coefficients: (terms,), 0 outside the support.
        covariance: (terms, terms), 0 outside the support.
        support: (terms,).
        chi_squared: Sum of squared whitened residuals.
        rows: Number of whitened rows.
        matrix: (rows, terms): the whitened regression matrix of all terms.
        target: (rows,): the whitened left-hand side.
    """

    coefficients: Float[np.ndarray, " term"]
    covariance: Float[np.ndarray, "term term"]
    support: Bool[np.ndarray, " term"]
    chi_squared: float
    rows: int
    matrix: Float[np.ndarray, "row term"]
    target: Float[np.ndarray, " row"]

    @property
    def standard_errors(self) -> Float[np.ndarray, " term"]:
        """Square roots of the covariance's diagonal."""
        return np.sqrt(np.diagonal(self.covariance))


def whiten(
    matrix: Float[np.ndarray, "test term"],
    target: Float[np.ndarray, " test"],
    covariance: Float[np.ndarray, "test test"],
) -> tuple[Float[np.ndarray, "row term"], Float[np.ndarray, " row"]]:
    """Rows of unit, independent noise from rows whose noise has this covariance.

    Directions that carry less than 1e-6 of the largest variance are left out: their noise is rounding.
    """
    variances, vectors = scipy.linalg.eigh(covariance)
    kept = variances > 1e-6 * variances[-1]
    transform = vectors[:, kept].T / np.sqrt(variances[kept, None])
    return transform @ matrix, transform @ target


def fit_whitened(
    matrix: Float[np.ndarray, "row term"],
    target: Float[np.ndarray, " row"],
    support: Bool[np.ndarray, " term"],
) -> Fit:
    """Least squares on the support; the noise level is read off the residuals.

    Args:
        matrix: Whitened rows, all terms.
        target: Whitened left-hand side.
        support: Which terms may be non-zero; at least one fewer than rows.
    """
    terms = matrix.shape[1]
    coefficients, covariance = np.zeros(terms), np.zeros((terms, terms))
    chi_squared = float(target @ target)
    if support.any():
        active = matrix[:, support]
        # Columns differ by orders of magnitude: scaled, the singular values mean collinearity alone.
        scale = np.linalg.norm(active, axis=0)
        scale[scale == 0] = 1.0
        left, singular, right = scipy.linalg.svd(active / scale, full_matrices=False)
        inverse = np.where(singular > 1e-12 * singular[0], 1 / np.maximum(singular, 1e-300), 0.0)
        w = (right.T * inverse) @ (left.T @ target) / scale
        residual = target - active @ w
        chi_squared = float(residual @ residual)
        floor = FLOOR**2 * float(np.mean(target**2))
        variance = max(chi_squared / max(len(target) - support.sum(), 1), floor)
        block = (right.T * inverse**2) @ right / np.outer(scale, scale) * variance
        coefficients[support] = w
        covariance[np.ix_(support, support)] = block
    return Fit(coefficients, covariance, support, chi_squared, len(target), matrix, target)
