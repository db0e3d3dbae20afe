"""Linear problems in one coordinate by Chebyshev collocation, exact in time."""

from collections.abc import Callable

import numpy as np
from scipy.linalg import expm

from isocline_pinn.reference.chebyshev import (
    chebyshev_points,
    differentiation_matrix,
    interpolate,
)


def with_fixed_ends(
    initial: Callable[[np.ndarray], np.ndarray],
    factor: Callable[[np.ndarray, np.ndarray], np.ndarray],
    t: np.ndarray,
    x: np.ndarray,
    number: int,
) -> np.ndarray:
    """u(t, x) on 0 ≤ x ≤ 1, u = 0 at both ends, of an equation in ∂²u/∂x² with constant coefficients.

    Each eigenvector of the collocation matrix of ∂²/∂x² goes its own way in time, which is known.

    Args:
        initial: u(0, x), from (n,) to (n,).
        factor: From times (m, 1) and eigenvalues (1, n) of ∂²/∂x², all negative, to the factors (m, n) of
            the eigenvectors: exp(aλt) for ∂u/∂t = a ∂²u/∂x².
        t: Shape (m,).
        x: Shape (k,).
        number: Degree of the polynomial in x.

    Returns:
        Shape (m, k).
    """
    # Nodes of [−1, 1], of which [0, 1] is half as long.
    nodes = (1 + chebyshev_points(number)) / 2
    first = 2 * differentiation_matrix(number)
    values, vectors = np.linalg.eig((first @ first)[1:-1, 1:-1])
    amplitudes = np.linalg.solve(vectors, initial(nodes[1:-1]).astype(complex))
    inner = (factor(t[:, None], values[None, :]) * amplitudes) @ vectors.T
    u = np.pad(inner.real, ((0, 0), (1, 1)))
    return interpolate(u, 2 * x - 1)


def european_call(
    strike: float,
    volatility: float,
    rate: float,
    highest: float,
    tau: np.ndarray,
    price: np.ndarray,
    number: int,
) -> np.ndarray:
    """V(τ, S) of a call on 0 ≤ S ≤ S_max by the Black–Scholes equation.

    One polynomial below the strike and one above, joined with their slopes, as the payoff has a kink there.
    What is computed is W = V − S + (S / S_max) K e^{−rτ}, which vanishes at both ends; the source that this
    leaves is e^{−rτ}, one more unknown of a system with constant matrix, whose exponential is taken.

    Args:
        strike: K.
        volatility: σ.
        rate: r.
        highest: S_max, where V = S_max − K e^{−rτ}.
        tau: Equally spaced times to maturity from 0, shape (m,).
        price: S, shape (k,).
        number: Degree of each polynomial.

    Returns:
        Shape (m, k).
    """
    matrix, inner, joint = _joined_system(strike, volatility, rate, highest, number)
    step, m = expm(matrix * (tau[1] - tau[0])), number - 1
    state = np.append(np.maximum(inner - strike, 0) - inner + inner * strike / highest, 1.0)
    low = price <= strike
    below = np.clip(2 * price / strike - 1, -1, 1)
    above = np.clip(2 * (price - strike) / (highest - strike) - 1, -1, 1)
    shown = [np.maximum(price - strike, 0)]
    for time in tau[1:]:
        state = step @ state
        middle = joint @ state[:-1]
        left = np.concatenate([[0.0], state[:m], [middle]])
        right = np.concatenate([[middle], state[m:-1], [0.0]])
        # The points of `interpolate` run from 1 to −1.
        w = np.where(low, interpolate(left[::-1], below), interpolate(right[::-1], above))
        shown.append(w + price - price / highest * strike * np.exp(-rate * time))
    return np.stack(shown)


def _joined_system(
    strike: float, volatility: float, rate: float, highest: float, number: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """d(W, e^{−rτ})/dτ's matrix, the inner nodes, and the row that gives W at the strike."""
    x = chebyshev_points(number)[::-1]
    derivative = differentiation_matrix(number)[::-1, ::-1]
    nodes, firsts, operators = [], [], []
    for lower, upper in ((0.0, strike), (strike, highest)):
        s = lower + (upper - lower) * (1 + x) / 2
        first = derivative * 2 / (upper - lower)
        second = first @ first
        nodes.append(s)
        firsts.append(first)
        operators.append(
            0.5 * volatility**2 * s[:, None] ** 2 * second
            + rate * s[:, None] * first
            - rate * np.eye(number + 1)
        )
    # Slopes agree: first₀[−1] · left = first₁[0] · right, solved for the value that both share.
    shared = firsts[0][-1, -1] - firsts[1][0, 0]
    joint = np.concatenate([-firsts[0][-1, 1:-1], firsts[1][0, 1:-1]]) / shared
    m = number - 1
    inner = np.concatenate([s[1:-1] for s in nodes])
    matrix = np.zeros((2 * m + 1, 2 * m + 1))
    for part, (operator, at) in enumerate(zip(operators, (-1, 0), strict=True)):
        rows = slice(part * m, (part + 1) * m)
        matrix[rows, rows] = operator[1:-1, 1:-1]
        matrix[rows, :-1] += np.outer(operator[1:-1, at], joint)
    matrix[:-1, -1] = -rate * strike * inner / highest
    matrix[-1, -1] = -rate
    return matrix, inner, joint
