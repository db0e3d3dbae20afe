"""Constants from observations by shooting: solve, compare, correct (Gauss–Newton in a trust region)."""

from collections.abc import Callable

import numpy as np
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares

Slope = Callable[[float, np.ndarray], np.ndarray]


def fitted(
    predicted: Callable[[np.ndarray], np.ndarray], observed: np.ndarray, start: np.ndarray
) -> np.ndarray:
    """The constants with which a solution is nearest to observations, shape (p,).

    Args:
        predicted: From constants to what would be observed, of the shape of `observed`.
        observed: Any shape.
        start: Constants to begin with, shape (p,).
    """
    found = least_squares(
        lambda constants: (predicted(constants) - observed).ravel(),
        start,
        jac="3-point",
        diff_step=1e-4,
        x_scale="jac",
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
    )
    constants: np.ndarray = found.x
    return constants


def trajectory(slope: Slope, start: np.ndarray, t: np.ndarray, digits: int) -> np.ndarray:
    """An ordinary differential equation by a Runge–Kutta method of order 8.

    Args:
        slope: From time and state (n,) to the state's change.
        start: At the first time, shape (n,).
        t: Increasing times, shape (m,).
        digits: The tolerance is 10^−digits.

    Returns:
        Shape (m, n).
    """
    tolerance = 10.0**-digits
    solved = solve_ivp(
        slope, (t[0], t[-1]), start, method="DOP853", t_eval=t, rtol=tolerance, atol=tolerance
    )
    states: np.ndarray = solved.y.T
    return states
