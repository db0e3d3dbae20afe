"""An unknown coefficient field from noisy values of the solution, by polynomials and least squares.

    c ∂u/∂t − ∇·(a ∇u) = f,   u observed with noise σ,   a known on the boundary

u and a are polynomials of one degree in each direction, through Chebyshev points. Gauss–Newton's method fits
the observations, each over σ, the boundary values of a, and the equation at twice as many points, weighted
as if it were known to within `trust`. Nothing else restrains them: the degree does.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from isocline_pinn.reference.chebyshev import (
    chebyshev_points,
    differentiation_matrix,
    interpolate,
)

# From points, shape (n, d), to values, shape (n,).
Function = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Polynomials:
    """Products of polynomials of one degree in a box.

    Attributes:
        low: The box's lowest corner, shape (d,).
        high: Its highest.
        degree: In each direction.
    """

    low: np.ndarray
    high: np.ndarray
    degree: int

    def at(self, points: np.ndarray, orders: tuple[int, ...]) -> np.ndarray:
        """A derivative at points, shape (n, d) → (n, (degree + 1)^d), of each basis function."""
        result = np.ones((len(points), 1))
        for axis, order in enumerate(orders):
            width = self.high[axis] - self.low[axis]
            xi = (2 * points[:, axis] - self.low[axis] - self.high[axis]) / width
            values = np.linalg.matrix_power(
                differentiation_matrix(self.degree) * 2 / width, order
            ).T
            factor = interpolate(values, xi).T
            result = (result[:, :, None] * factor[:, None, :]).reshape(len(points), -1)
        return result


def find_field(
    solution: Polynomials,
    field: Polynomials,
    *,
    observed: tuple[np.ndarray, np.ndarray, float],
    boundary: tuple[np.ndarray, np.ndarray],
    source: Function,
    guess: float,
    inertia: float = 0.0,
    trust: float = 1e-3,
) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients of u and of a.

    Args:
        solution: The polynomials of u, in space and, where c > 0, time.
        field: Those of a, in the two directions of space.
        observed: Points, values and σ.
        boundary: Places, shape (m, 2), and a there.
        source: f.
        guess: A constant to begin a with.
        inertia: c.
        trust: The error that the equation is taken to have, relative to the source's size.
    """
    points, values, noise = observed
    inner = _collocation(solution)
    dimensions = inner.shape[1]
    zero = (0,) * dimensions

    def jet(axis: int, order: int) -> np.ndarray:
        return solution.at(inner, tuple(order * int(i == axis) for i in range(dimensions)))

    u_x, u_y, laplacian = jet(0, 1), jet(1, 1), jet(0, 2) + jet(1, 2)
    u_t = inertia * jet(2, 1) if inertia else 0 * u_x
    places = inner[:, :2]
    a_0, a_x, a_y = (field.at(places, orders) for orders in ((0, 0), (1, 0), (0, 1)))
    heat = source(inner)
    weight = 1 / (trust * np.sqrt(np.mean(heat**2)) * np.sqrt(len(heat) / len(values)))
    seen, edge = solution.at(points, zero), field.at(boundary[0], (0, 0))
    u = np.linalg.lstsq(seen, values, rcond=None)[0]
    a = np.full(a_0.shape[1], guess)
    for _ in range(20):
        flux = (a_0 @ a)[:, None] * laplacian + (a_x @ a)[:, None] * u_x + (a_y @ a)[:, None] * u_y
        of_field = (
            (laplacian @ u)[:, None] * a_0 + (u_x @ u)[:, None] * a_x + (u_y @ u)[:, None] * a_y
        )
        equation = u_t @ u - flux @ u - heat
        jacobian = np.block(
            [
                [seen / noise, np.zeros((len(seen), len(a)))],
                [np.zeros((len(edge), len(u))), edge / trust],
                [weight * (u_t - flux), -weight * of_field],
            ]
        )
        residual = np.concatenate(
            [(seen @ u - values) / noise, (edge @ a - boundary[1]) / trust, weight * equation]
        )
        step = np.linalg.lstsq(jacobian, residual, rcond=1e-12)[0]
        u, a = u - step[: len(u)], a - step[len(u) :]
        if np.abs(step).max() < 1e-9:
            break
    return u, a


def _collocation(polynomials: Polynomials) -> np.ndarray:
    """Gauss points of twice the degree, shape (n, d)."""
    gauss, _ = np.polynomial.legendre.leggauss(polynomials.degree + 4)
    middle, half = (
        (polynomials.high + polynomials.low) / 2,
        (polynomials.high - polynomials.low) / 2,
    )
    axes = [m + h * gauss for m, h in zip(middle, half, strict=True)]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


def rim_of_rectangle(low: np.ndarray, high: np.ndarray, number: int) -> np.ndarray:
    """Points on the four sides, `number` on each, shape (4 · number, 2)."""
    s = (1 - chebyshev_points(number - 1)) / 2
    x, y = low[0] + (high[0] - low[0]) * s, low[1] + (high[1] - low[1]) * s
    sides = [(x, 0 * x + low[1]), (x, 0 * x + high[1]), (0 * y + low[0], y), (0 * y + high[0], y)]
    return np.concatenate([np.stack(side, axis=1) for side in sides])
