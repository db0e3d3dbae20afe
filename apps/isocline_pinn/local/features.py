"""Orthonormal Legendre features of total degree p on the reference block [−1, 1]^d.

    φ_a(ξ) = Π_j √(2a_j + 1) P_{a_j}(ξ_j),   |a| ≤ p

They are orthonormal in the mean over the block, so a coefficient's square is its share of the mean
square, and no cancellation limits the accuracy. Derivatives follow from
P⁽ᵏ⁾_{n+1} = P⁽ᵏ⁾_{n−1} + (2n + 1) P⁽ᵏ⁻¹⁾_n.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy.stats import qmc

Alpha = tuple[int, ...]


def legendre(points: np.ndarray, degree: int, derivative: int) -> list[np.ndarray]:
    """P_n and its derivatives: entry k holds P⁽ᵏ⁾_n(points), shape (degree + 1, points)."""
    tables = [np.zeros((degree + 1, len(points))) for _ in range(derivative + 1)]
    value = tables[0]
    value[0] = 1.0
    if degree:
        value[1] = points
    for n in range(1, degree):
        value[n + 1] = ((2 * n + 1) * points * value[n] - n * value[n - 1]) / (n + 1)
    for k in range(1, derivative + 1):
        if degree:
            tables[k][1] = tables[k - 1][0]
        for n in range(1, degree):
            tables[k][n + 1] = tables[k][n - 1] + (2 * n + 1) * tables[k - 1][n]
    return tables


@lru_cache(maxsize=64)
def gauss(count: int) -> np.ndarray:
    """Gauss–Legendre points on [−1, 1]."""
    return np.polynomial.legendre.leggauss(count)[0]


def grid(axes: list[np.ndarray]) -> np.ndarray:
    """All combinations of the axes' values, shape (points, axes)."""
    if not axes:
        return np.zeros((1, 0))
    return np.stack([m.ravel() for m in np.meshgrid(*axes, indexing="ij")], 1)


def reference_points(dimension: int, degree: int, per_direction: int) -> np.ndarray:
    """Points of [−1, 1]^d for polynomials of a total degree, shape (points, d).

    The Gauss grid up to three dimensions. Above, where a grid would need too many, Halton points
    bent to the arcsine density, for which least squares on polynomials stays well conditioned
    (Cohen & Migliorati 2017), two and a half a feature.
    """
    if dimension <= 3:
        return grid([gauss(per_direction)] * dimension)
    count = int(2.5 * math.comb(degree + dimension, dimension))
    uniform = qmc.Halton(dimension, scramble=True, seed=dimension).random(count)
    return np.sin(np.pi * (uniform - 0.5))


@dataclass(frozen=True)
class Polynomials:
    """The features of one block.

    Attributes:
        dimension: of the block.
        degree: the highest total degree.
    """

    dimension: int
    degree: int

    @cached_property
    def indices(self) -> np.ndarray:
        """Multi-indices a, shape (features, dimension), sorted by total degree: hierarchical."""
        every = (a for a in _bounded(self.dimension, self.degree))
        return np.array(sorted(every, key=lambda a: (sum(a), a)), dtype=int)

    @property
    def count(self) -> int:
        """How many features there are."""
        return len(self.indices)

    @cached_property
    def per_direction(self) -> int:
        """Gauss points in one direction so that a block has about two points a feature."""
        if self.dimension <= 2:
            return self.degree + 2
        return max(2, int(np.ceil((2 * self.count) ** (1 / self.dimension))))

    @cached_property
    def points(self) -> np.ndarray:
        """Points of a block at which the equation is asked for, shape (points, d)."""
        return reference_points(self.dimension, self.degree, self.per_direction)

    @cached_property
    def projection(self) -> np.ndarray:
        """Values at `points` to coefficients by least squares, shape (features, points)."""
        zero = (0,) * self.dimension
        return np.linalg.pinv(self.derivatives(self.points, [zero])[zero])

    def derivatives(self, points: np.ndarray, alphas: Iterable[Alpha]) -> dict[Alpha, np.ndarray]:
        """D^α φ in reference coordinates, shape (points, features), for each α."""
        wanted = list(alphas)
        highest = np.max(np.array(wanted), axis=0)
        tables = [
            legendre(points[:, j], self.degree, int(highest[j])) for j in range(self.dimension)
        ]
        norm = np.sqrt(np.prod(2 * self.indices + 1, axis=1))
        found: dict[Alpha, np.ndarray] = {}
        for alpha in wanted:
            value = tables[0][alpha[0]][self.indices[:, 0]] * norm[:, None]
            for j in range(1, self.dimension):
                value *= tables[j][alpha[j]][self.indices[:, j]]
            found[alpha] = np.ascontiguousarray(value.T)
        return found


@lru_cache(maxsize=32)
def polynomials_of(dimension: int, degree: int) -> Polynomials:
    """The features of a dimension and degree, with their tables computed once."""
    return Polynomials(dimension, degree)


def _bounded(dimension: int, degree: int) -> Iterable[Alpha]:
    if dimension == 1:
        return ((n,) for n in range(degree + 1))
    return itertools.chain.from_iterable(
        ((n, *rest) for rest in _bounded(dimension - 1, degree - n)) for n in range(degree + 1)
    )
