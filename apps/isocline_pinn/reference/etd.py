"""Exponential time differencing of order four for stiff semilinear equations.

    du/dt = L u + N(u),

ETDRK4 of Cox & Matthews (J. Comput. Phys. 176, 430–455, 2002). Its coefficients are differences that
cancel where hL is small; as Kassam & Trefethen do (SIAM J. Sci. Comput. 26, 1214–1233, 2005), they are
means over a circle around each eigenvalue of hL, here for matrices around the whole spectrum's points
through the eigendecomposition of L.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

Nonlinearity = Callable[[np.ndarray], np.ndarray]
_CIRCLE = 32  # points on each circle


@dataclass(frozen=True)
class Coefficients:
    """Functions of hL by which a step multiplies: vectors for a diagonal L, matrices otherwise."""

    whole: np.ndarray
    half: np.ndarray
    q: np.ndarray
    f1: np.ndarray
    f2: np.ndarray
    f3: np.ndarray


def etdrk4_coefficients(linear: np.ndarray, step: float) -> Coefficients:
    """Coefficients of a step.

    Args:
        linear: L, a vector of its eigenvalues, shape (n,), or a diagonalisable matrix, shape (n, n).
        step: h.

    Returns:
        Six arrays of the shape of `linear`, real where L is.
    """
    if linear.ndim == 1:
        values, back = linear, None
    else:
        values, vectors = np.linalg.eig(linear)
        back = (vectors, np.linalg.inv(vectors))
    z = step * values
    angles = np.exp(1j * np.pi * (np.arange(1, 2 * _CIRCLE + 1, 2)) / _CIRCLE)
    r = z[:, None] + angles[None, :]
    exp, half = np.exp(r), np.exp(r / 2)
    functions = [
        np.exp(z),
        np.exp(z / 2),
        step * ((half - 1) / r).mean(axis=1),
        step * ((-4 - r + exp * (4 - 3 * r + r**2)) / r**3).mean(axis=1),
        step * ((2 + r + exp * (-2 + r)) / r**3).mean(axis=1),
        step * ((-4 - 3 * r - r**2 + exp * (4 - r)) / r**3).mean(axis=1),
    ]
    if back is not None:
        functions = [(back[0] * function) @ back[1] for function in functions]
    if np.isrealobj(linear):
        functions = [function.real for function in functions]
    return Coefficients(*functions)


def etdrk4_step(u: np.ndarray, nonlinear: Nonlinearity, c: Coefficients) -> np.ndarray:
    """One step: a, b and c of the paper are the stages at ½, ½ and 1."""

    def times(coefficient: np.ndarray, vector: np.ndarray) -> np.ndarray:
        product: np.ndarray = (
            coefficient * vector if coefficient.ndim == 1 else coefficient @ vector
        )
        return product

    n_u = nonlinear(u)
    decayed = times(c.half, u)
    a = decayed + times(c.q, n_u)
    n_a = nonlinear(a)
    b = decayed + times(c.q, n_a)
    n_b = nonlinear(b)
    last = times(c.half, a) + times(c.q, 2 * n_b - n_u)
    n_c = nonlinear(last)
    return times(c.whole, u) + times(c.f1, n_u) + 2 * times(c.f2, n_a + n_b) + times(c.f3, n_c)


def integrate(
    u: np.ndarray, linear: np.ndarray, nonlinear: Nonlinearity, t: np.ndarray, steps_between: int
) -> np.ndarray:
    """Solution at equally spaced times.

    Args:
        u: State at the first time, shape (n,).
        linear: L; see `etdrk4_coefficients`.
        nonlinear: N.
        t: Equally spaced times, shape (m,).
        steps_between: Steps from one time to the next.

    Returns:
        Shape (m, n).
    """
    coefficients = etdrk4_coefficients(linear, (t[1] - t[0]) / steps_between)
    states = [u]
    for _ in range(len(t) - 1):
        for _ in range(steps_between):
            u = etdrk4_step(u, nonlinear, coefficients)
        states.append(u)
    return np.stack(states)
