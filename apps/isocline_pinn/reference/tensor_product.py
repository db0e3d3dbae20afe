"""Separable equations in boxes by fast diagonalisation (Lynch, Rice & Thomas, Numer. Math. 6, 185–199, 1964).

A sum of operators, one a direction, is inverted in the eigenvectors of each: in d directions of n points
for d n^(d+1) operations, whatever the polynomials' degree.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import eig, eigh

from isocline_pinn.reference.chebyshev import (
    chebyshev_points,
    differentiation_matrix,
)
from isocline_pinn.reference.chebyshev import interpolate as interpolate_chebyshev


@dataclass(frozen=True)
class SpectralElements:
    """Polynomials on intervals, continuous from one to the next, through Chebyshev points of each.

    Attributes:
        edges: Ends of the intervals, increasing, shape (n + 1,).
        degree: Of the polynomials.
        stiffness: ∫ φᵢ′ φⱼ′, shape (N, N), N = n · degree + 1.
        mass: ∫ φᵢ φⱼ, of the same shape.
        places: Quadrature points, shape (n, q).
        moments: From values at the quadrature points of interval k to ∫ f φᵢ: shape (n, N, q).
    """

    edges: np.ndarray
    degree: int
    stiffness: np.ndarray
    mass: np.ndarray
    places: np.ndarray
    moments: np.ndarray

    @classmethod
    def between(cls, edges: np.ndarray, degree: int) -> "SpectralElements":
        """Set them up."""
        cells, size = len(edges) - 1, (len(edges) - 1) * degree + 1
        gauss, weights = np.polynomial.legendre.leggauss(degree + 8)
        values = interpolate_chebyshev(np.eye(degree + 1), gauss)[::-1]
        slopes = (differentiation_matrix(degree).T @ values[::-1])[::-1]
        stiffness, mass = np.zeros((size, size)), np.zeros((size, size))
        moments = np.zeros((cells, size, len(gauss)))
        for k in range(cells):
            half, part = (edges[k + 1] - edges[k]) / 2, slice(k * degree, (k + 1) * degree + 1)
            stiffness[part, part] += (slopes * weights / half) @ slopes.T
            mass[part, part] += (values * weights * half) @ values.T
            moments[k, part] = values * weights * half
        middle, half_ = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
        places = middle[:, np.newaxis] + half_[:, np.newaxis] * gauss
        return cls(edges, degree, stiffness, mass, places, moments)

    def at(self, x: np.ndarray) -> np.ndarray:
        """From coefficients to values at points of shape (m,): shape (m, N)."""
        cell = (np.searchsorted(self.edges, x, side="right") - 1).clip(0, len(self.edges) - 2)
        result = np.zeros((len(x), len(self.mass)))
        for k in np.unique(cell):
            here, (a, b) = cell == k, self.edges[k : k + 2]
            local = interpolate_chebyshev(np.eye(self.degree + 1), (2 * x[here] - a - b) / (b - a))
            result[here, k * self.degree : (k + 1) * self.degree + 1] = local[::-1].T
        return result


def solve_sum(first: np.ndarray, mass: np.ndarray, right: np.ndarray) -> np.ndarray:
    """U with A U M + M U A = F for symmetric A and positive M, all of shape (N, N).

    Args:
        first: A.
        mass: M.
        right: F.
    """
    values, vectors = eigh(first, mass)
    inner = vectors.T @ right @ vectors / (values[:, np.newaxis] + values[np.newaxis, :])
    result: np.ndarray = vectors @ inner @ vectors.T
    return result


def poisson_on_cube(
    dimensions: int,
    degree: int,
    source: Callable[[Sequence[np.ndarray]], np.ndarray],
    boundary: Callable[[Sequence[np.ndarray]], np.ndarray],
    axes: Sequence[np.ndarray],
) -> np.ndarray:
    """Δu = f in [0, 1]^d, u = g on its boundary, by Chebyshev collocation.

    Args:
        dimensions: d.
        degree: Of the polynomials in each direction.
        source: f, from d arrays that broadcast together.
        boundary: g, likewise.
        axes: Coordinates of a grid, d arrays.

    Returns:
        u on the grid.
    """
    nodes = (1 + chebyshev_points(degree)) / 2
    second = 4 * (differentiation_matrix(degree) @ differentiation_matrix(degree))
    inner = second[1:-1, 1:-1]
    values, vectors = eig(inner)
    values, vectors = values.real, vectors.real
    inverse = np.linalg.inv(vectors)
    within = [nodes[1:-1]] * dimensions
    u = _on(source, within)
    for axis in range(dimensions):
        for end in (0, -1):
            fixed = [*within]
            fixed[axis] = nodes[[end]]
            u = u - _along(axis, second[1:-1, [end]], _on(boundary, fixed))
    for axis in range(dimensions):
        u = _along(axis, inverse, u)
    grid = np.meshgrid(*[values] * dimensions, indexing="ij", sparse=True)
    u = u / sum(grid)
    for axis in range(dimensions):
        u = _along(axis, vectors, u)
    # One direction after the other, from the nodes to the grid; on the boundary u is known.
    places = within
    for axis in np.argsort([len(x) for x in axes], kind="stable"):
        through = interpolate_chebyshev(np.eye(degree + 1), 2 * axes[axis] - 1).T
        found = _along(axis, through[:, 1:-1], u)
        for end in (0, -1):
            fixed = [*places]
            fixed[axis] = nodes[[end]]
            found = found + _along(axis, through[:, [end]], _on(boundary, fixed))
        places = [*places]
        places[axis] = axes[axis]
        u = found
    return u


def _on(
    function: Callable[[Sequence[np.ndarray]], np.ndarray], axes: Sequence[np.ndarray]
) -> np.ndarray:
    mesh = np.meshgrid(*axes, indexing="ij", sparse=True)
    return np.broadcast_to(function(mesh), tuple(len(x) for x in axes)).copy()


def _along(axis: int, matrix: np.ndarray, values: np.ndarray) -> np.ndarray:
    """A matrix applied along one axis."""
    result: np.ndarray = np.moveaxis(np.tensordot(matrix, values, axes=(1, axis)), 0, axis)
    return result
