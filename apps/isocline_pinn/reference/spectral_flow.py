"""Steady flow in a rectangle by Chebyshev collocation, the pressure two degrees below the velocity.

    (u·∇) u + ∇p − ν Δu = 0,   ∇·u = 0,   u given on the boundary

Velocities live on all Chebyshev points, the pressure on the inner ones; both momenta and continuity are asked
at the inner points (Bernardi & Maday's P_N × P_{N−2}). Newton's method, dense matrices.
"""

from collections.abc import Callable

import numpy as np

from isocline_pinn.reference.chebyshev import (
    chebyshev_points,
    differentiation_matrix,
    interpolate,
)

# From points, shape (n, 2), to values of shape (n, …).
Function = Callable[[np.ndarray], np.ndarray]


def flow_in_rectangle(
    low: tuple[float, float],
    high: tuple[float, float],
    degree: int,
    viscosity: float,
    velocity: Function,
    pressure: tuple[np.ndarray, np.ndarray],
    axes: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """u, v and p on a grid, shape (3, len(y), len(x)).

    Args:
        low: The rectangle's lower left corner.
        high: Its upper right corner.
        degree: Of the velocity in each direction.
        viscosity: ν.
        velocity: On the boundary, shape (n, 2).
        pressure: Points and the pressure there: its level is the one that fits their mean.
        axes: Coordinates x and y of the grid.

    Raises:
        RuntimeError: Newton's method has not converged in 20 steps.
    """
    nodes = chebyshev_points(degree)
    x, y = (a + (b - a) * (1 + nodes) / 2 for a, b in zip(low, high, strict=True))
    one, first = np.eye(degree + 1), differentiation_matrix(degree)
    to_x, to_y = (2 * first / (b - a) for a, b in zip(low, high, strict=True))
    d_x, d_y = np.kron(one, to_x), np.kron(to_y, one)
    laplacian = np.kron(one, to_x @ to_x) + np.kron(to_y @ to_y, one)
    inner = np.zeros((degree + 1, degree + 1), dtype=bool)
    inner[1:-1, 1:-1] = True
    inside = inner.reshape(-1)
    # A polynomial through the inner points alone, at all points.
    filled = _through(nodes[1:-1], nodes)
    whole = np.kron(filled, filled)
    p_x, p_y = (d_x @ whole)[inside], (d_y @ whole)[inside]
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    w = np.where(inside[:, None], 0.0, velocity(points))
    p = np.zeros(p_x.shape[1])
    number = int(inside.sum())
    for number_of_step in range(20):
        # Stokes' flow first, without what the velocity carries.
        carrying = float(number_of_step > 0)
        operators = (carrying * d_x, carrying * d_y, viscosity * laplacian, d_x, d_y)
        step = _newton_step(w, p, inside, operators, (p_x, p_y))
        w[inside] -= step[: 2 * number].reshape(2, number).T
        p -= step[2 * number :]
        if np.abs(step).max() < 1e-11 * np.abs(w).max():
            break
    else:
        raise RuntimeError("Newton's method for the flow has not converged in 20 steps")
    level = _evaluate(whole @ p, pressure[0], low, high)
    fields = [w[:, 0], w[:, 1], whole @ p + (pressure[1] - level).mean()]
    xi, eta = (2 * (s - a) / (b - a) - 1 for s, a, b in zip(axes, low, high, strict=True))
    squares = [field.reshape(degree + 1, degree + 1) for field in fields]
    return np.stack([interpolate(interpolate(f, xi).T, eta).T for f in squares])


def _newton_step(
    w: np.ndarray,
    p: np.ndarray,
    inside: np.ndarray,
    operators: tuple[np.ndarray, ...],
    gradient: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """By the operators of convection in x and y, of friction, and of continuity in x and y."""
    c_x, c_y, friction, d_x, d_y = (operator[inside] for operator in operators)
    u, v = w[inside, 0], w[inside, 1]
    u_x, u_y, v_x, v_y = c_x @ w[:, 0], c_y @ w[:, 0], c_x @ w[:, 1], c_y @ w[:, 1]
    carried = u[:, None] * c_x + v[:, None] * c_y - friction
    residual = np.concatenate(
        [
            carried @ w[:, 0] + gradient[0] @ p,
            carried @ w[:, 1] + gradient[1] @ p,
            d_x @ w[:, 0] + d_y @ w[:, 1],
        ]
    )
    moved, zero = carried[:, inside], np.zeros((len(u), len(p)))
    matrix = np.block(
        [
            [moved + np.diag(u_x), np.diag(u_y), gradient[0]],
            [np.diag(v_x), moved + np.diag(v_y), gradient[1]],
            [d_x[:, inside], d_y[:, inside], zero],
        ]
    )
    # The pressure's level is free: one equation of continuity, which the others imply, fixes it.
    matrix[-1], residual[-1] = 0.0, p.sum()
    matrix[-1, -len(p) :] = 1.0
    return np.linalg.solve(matrix, residual)


def _through(nodes: np.ndarray, x: np.ndarray) -> np.ndarray:
    """From values at nodes to the polynomial's values at x, by Lagrange's products."""
    result = np.ones((len(x), len(nodes)))
    for k, node in enumerate(nodes):
        others = np.delete(nodes, k)
        result[:, k] = np.prod((x[:, None] - others) / (node - others), axis=1)
    return result


def _evaluate(
    values: np.ndarray, points: np.ndarray, low: tuple[float, float], high: tuple[float, float]
) -> np.ndarray:
    size = round(len(values) ** 0.5)
    xi = 2 * (points[:, 0] - low[0]) / (high[0] - low[0]) - 1
    eta = 2 * (points[:, 1] - low[1]) / (high[1] - low[1]) - 1
    along_x = interpolate(values.reshape(size, size), xi)
    each = [interpolate(along_x[:, k], eta[[k]])[0] for k in range(len(points))]
    return np.asarray(each)
