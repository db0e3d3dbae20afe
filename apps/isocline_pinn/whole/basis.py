"""Fixed features over the whole domain: Legendre polynomials of its bounding box, orthonormal inside."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from isocline_pinn.local.features import Alpha, Polynomials, polynomials_of


@dataclass(frozen=True)
class Basis:
    """Features φ_k(x) = Σ_a P_a((x − c)/h) T[a, k], |a| ≤ degree.

    T makes them orthonormal on points inside the domain: on a disk or a polygon the polynomials of the
    bounding box are nearly dependent from degree 12 on.

    Attributes:
        low, high: The bounding box, shape (d,) each.
        degree: Highest total degree.
        kept: The polynomials in use, as positions in the list of all of that degree.
        change: T, shape (polynomials kept, features).
    """

    low: np.ndarray
    high: np.ndarray
    degree: int
    kept: np.ndarray
    change: np.ndarray

    @property
    def count(self) -> int:
        """How many features there are."""
        return int(self.change.shape[1])

    @property
    def polynomials(self) -> Polynomials:
        """Those of the bounding box."""
        return polynomials_of(len(self.low), self.degree)

    def derivatives(self, points: np.ndarray, alphas: Iterable[Alpha]) -> dict[Alpha, np.ndarray]:
        """D^α φ at points of shape (n, d), for each α: shape (n, features)."""
        half = (self.high - self.low) / 2
        scaled = (points - (self.low + self.high) / 2) / half
        tables = self.polynomials.derivatives(scaled, alphas)
        return {
            alpha: table[:, self.kept] @ self.change / float(np.prod(half ** np.array(alpha)))
            for alpha, table in tables.items()
        }

    def values(self, points: np.ndarray) -> np.ndarray:
        """φ at points of shape (n, d): shape (n, features)."""
        zero = (0,) * len(self.low)
        return self.derivatives(points, [zero])[zero]


def make_basis(
    low: np.ndarray,
    high: np.ndarray,
    degree: int,
    inside: np.ndarray,
    highest: np.ndarray | None = None,
) -> Basis:
    """Features that are orthonormal on points inside the domain.

    Args:
        low: Lower corner of the bounding box, shape (d,).
        high: Its upper corner.
        degree: Highest total degree.
        inside: Points inside the domain, several a feature, shape (n, d).
        highest: Highest degree in each direction, where the points in use cannot tell more apart.
    """
    indices = polynomials_of(len(low), degree).indices
    kept = np.arange(len(indices))
    if highest is not None:
        kept = kept[np.all(indices <= highest, axis=1)]
    plain = Basis(low, high, degree, kept, np.eye(len(kept)))
    table = plain.values(inside) / np.sqrt(len(inside))
    upper = scipy.linalg.qr(table, mode="r", check_finite=False)[0][: len(kept)]
    change = scipy.linalg.solve_triangular(upper, np.eye(len(kept)), check_finite=False)
    return Basis(low, high, degree, kept, change)
