"""Incompressible flow in a cube by Chebyshev collocation, velocities given on its faces.

    ∂u/∂t + (u · ∇) u + ∇p = ν ∇²u,   ∇ · u = 0   on [−1, 1]³

Velocities are polynomials of degree N, the pressure one of degree N − 2 through the inner nodes, which leaves
no spurious pressure (Maday, Patera & Rønquist's P_N–P_{N−2}). In time, backward differences of order three;
advection is extrapolated. Each step inverts a − ν∇² by the eigenvectors of one direction, and the
pressure's Schur complement, which is factorised once.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import lu_factor, lu_solve

from isocline_pinn.reference.chebyshev import (
    chebyshev_points,
    differentiation_matrix,
    interpolate,
)

Velocities = Callable[..., np.ndarray]
_BACKWARD = (11 / 6, -3.0, 1.5, -1 / 3)
_EXTRAPOLATED = (3.0, -3.0, 1.0)
_AXES = (0, 1, 2)


def _along(matrix: np.ndarray, values: np.ndarray, axis: int) -> np.ndarray:
    """A matrix applied to one of the last three axes."""
    moved = np.tensordot(matrix, values, axes=(1, values.ndim - 3 + axis))
    return np.moveaxis(moved, 0, values.ndim - 3 + axis)


@dataclass
class _Cube:
    """Matrices of one degree and step."""

    number: int
    viscosity: float
    shift: float  # a: the backward difference's weight of the new time, over the step

    def __post_init__(self) -> None:
        n = self.number
        self.nodes = chebyshev_points(n)
        self.first = differentiation_matrix(n)
        self.second = self.first @ self.first
        self.inner = (..., slice(1, n), slice(1, n), slice(1, n))
        values, self.vectors = np.linalg.eig(self.second[1:-1, 1:-1])
        self.inverse = np.linalg.inv(self.vectors)
        total = values[:, None, None] + values[None, :, None] + values[None, None, :]
        self.symbol = self.shift - self.viscosity * total
        self.gradient = _through_inner_nodes(self.nodes[1:-1])
        self.schur = lu_factor(self._schur_complement())

    def solve_velocity(self, right: np.ndarray) -> np.ndarray:
        """(a − ν∇²)⁻¹ on inner values, zero on the faces."""
        for axis in _AXES:
            right = _along(self.inverse, right, axis)
        right = right / self.symbol
        for axis in _AXES:
            right = _along(self.vectors, right, axis)
        return right

    def pressure_force(self, p: np.ndarray) -> np.ndarray:
        """∇p at inner nodes, shape (..., 3, m, m, m)."""
        return np.stack([_along(self.gradient, p, axis) for axis in _AXES], axis=-4)

    def divergence(self, u: np.ndarray) -> np.ndarray:
        """∇ · u at inner nodes, of u at all nodes, shape (..., 3, n + 1, n + 1, n + 1)."""
        parts = [_along(self.first, u[..., axis, :, :, :], axis)[self.inner] for axis in _AXES]
        return parts[0] + parts[1] + parts[2]

    def whole(self, inner: np.ndarray) -> np.ndarray:
        """Inner values with zeros on the faces."""
        return np.pad(inner, [(0, 0)] * (inner.ndim - 3) + [(1, 1)] * 3)

    def advection(self, u: np.ndarray) -> np.ndarray:
        """(u · ∇) u at inner nodes."""
        parts = [u[axis] * _along(self.first, u, axis) for axis in _AXES]
        return (parts[0] + parts[1] + parts[2])[self.inner]

    def laplacian(self, u: np.ndarray) -> np.ndarray:
        """∇²u at inner nodes."""
        parts = [_along(self.second, u, axis)[self.inner] for axis in _AXES]
        return parts[0] + parts[1] + parts[2]

    def _schur_complement(self) -> np.ndarray:
        """∇ · (a − ν∇²)⁻¹ ∇ of the pressure, its constant taken out by a rank-one term."""
        m = self.number - 1
        unit = np.eye(m**3).reshape(m**3, m, m, m)
        moved = self.solve_velocity(self.pressure_force(unit))
        columns = self.divergence(self.whole(moved)).reshape(m**3, m**3)
        matrix: np.ndarray = columns.T + np.full((m**3, m**3), 1.0 / m**3)
        return matrix


def boxed_flow(
    velocities: Velocities,
    viscosity: float,
    t: np.ndarray,
    x: np.ndarray,
    number: int,
    steps_between: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Velocities and pressure at equally spaced times on a grid of the cube.

    Args:
        velocities: From x, y, z and a time to (3, ...): on the faces, and everywhere for the first three
            times.
        viscosity: ν.
        t: Equally spaced times, shape (m,).
        x: Places in each direction, shape (k,).
        number: N.
        steps_between: Steps from one time to the next.

    Returns:
        (m − 1, 3, k, k, k) and (m − 1, k, k, k), from the second time on; the mean of p over its
        nodes is zero.
    """
    step = (t[1] - t[0]) / steps_between
    cube = _Cube(number, viscosity, _BACKWARD[0] / step)
    grid = np.meshgrid(cube.nodes, cube.nodes, cube.nodes, indexing="ij")
    history = [velocities(*grid, t[0] - level * step) for level in range(3)]
    to_grid = interpolate(np.eye(number + 1), x).T
    from_inner = _barycentric(cube.nodes[1:-1], x)
    shown, pressures = [], []
    for count in range(1, steps_between * (len(t) - 1) + 1):
        faces = velocities(*grid, t[0] + count * step)
        faces[cube.inner] = 0.0
        u, p = _advance(cube, history, faces, step)
        history = [u, *history[:2]]
        if count % steps_between == 0:
            for axis in _AXES:
                u, p = _along(to_grid, u, axis), _along(from_inner, p, axis)
            shown.append(u)
            pressures.append(p)
    return np.stack(shown), np.stack(pressures)


def _advance(
    cube: _Cube, history: list[np.ndarray], faces: np.ndarray, step: float
) -> tuple[np.ndarray, np.ndarray]:
    right = cube.viscosity * cube.laplacian(faces)
    for weight, old in zip(_BACKWARD[1:], history, strict=True):
        right = right - weight / step * old[cube.inner]
    for weight, old in zip(_EXTRAPOLATED, history, strict=True):
        right = right - weight * cube.advection(old)
    free = cube.solve_velocity(right)
    excess = cube.divergence(cube.whole(free) + faces)
    p = lu_solve(cube.schur, excess.ravel()).reshape(excess.shape)
    u = free - cube.solve_velocity(cube.pressure_force(p))
    return cube.whole(u) + faces, p - p.mean()


def _through_inner_nodes(nodes: np.ndarray) -> np.ndarray:
    """The matrix that differentiates the polynomial through values at any nodes."""
    weights = _weights(nodes)
    gaps = nodes[:, None] - nodes[None, :] + np.eye(len(nodes))
    matrix = weights[None, :] / weights[:, None] / gaps
    np.fill_diagonal(matrix, 0.0)
    matrix -= np.diag(matrix.sum(axis=1))
    result: np.ndarray = matrix
    return result


def _weights(nodes: np.ndarray) -> np.ndarray:
    gaps = nodes[:, None] - nodes[None, :] + np.eye(len(nodes))
    result: np.ndarray = 1 / gaps.prod(axis=1)
    return result


def _barycentric(nodes: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The matrix from values at nodes to values of their polynomial at x, shape (k, m)."""
    gaps = x[:, None] - nodes[None, :]
    hit = np.abs(gaps) < 1e-14
    kernel = _weights(nodes) / np.where(hit, 1.0, gaps)
    kernel = np.where(hit.any(axis=1, keepdims=True), hit.astype(float), kernel)
    result: np.ndarray = kernel / kernel.sum(axis=1, keepdims=True)
    return result
