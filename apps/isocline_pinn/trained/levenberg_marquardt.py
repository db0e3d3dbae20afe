"""Levenberg–Marquardt: damped Gauss–Newton on a vector of residuals.

With the residuals r(θ), weights in their rows, and J = ∂r/∂θ, a step p minimises the model

    ½ ‖r + J p‖² + ½ λ ‖D p‖²,    so    (JᵀJ + λ D²) p = −Jᵀ r.

The gain ratio ρ compares the decrease of ½‖r‖² with the one the model promised and moves λ (Moré, 1978):
networks have many directions in which r hardly changes, so λ falls tenfold as soon as a fifth of the
promise is kept. Trying a λ costs a Cholesky
factorisation and one evaluation of the residuals, an eighth of a Jacobian, so several are tried a step.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg

Cost = Callable[[np.ndarray], float]

_TRIALS = 12
_LOWEST, _HIGHEST = 1e-14, 1e10


@dataclass(frozen=True)
class Step:
    """What one step gave.

    Attributes:
        theta: Where it ended; where it began if no trial was better.
        cost: ½‖r‖² there.
        damping: λ to begin the next step with.
        accepted: Whether it moved.
    """

    theta: np.ndarray
    cost: float
    damping: float
    accepted: bool


def levenberg_marquardt_step(
    theta: np.ndarray,
    residual: np.ndarray,
    jacobian: np.ndarray,
    cost: Cost,
    damping: float,
    scale: np.ndarray | None = None,
) -> Step:
    """One step from `theta`.

    Args:
        theta: Parameters, shape (P,).
        residual: r at `theta`, rows weighted, shape (n,).
        jacobian: J at `theta`, rows weighted, shape (n, P).
        cost: ½‖r‖² at other parameters; infinite or NaN where it has no value.
        damping: λ to begin with.
        scale: The typical size of each parameter, 1/D, shape (P,); ones when None.

    Returns:
        The step.
    """
    if scale is not None:
        jacobian = jacobian * scale
    # NumPy sees that the product is symmetric and does half of it.
    normal, gradient = jacobian.T @ jacobian, jacobian.T @ residual
    before = 0.5 * float(residual @ residual)
    factor = 2.0
    for _ in range(_TRIALS):
        change = _solve(normal, gradient, damping)
        if change is None:
            damping = min(damping * 10.0, _HIGHEST)
            continue
        promised = -float(gradient @ change) - 0.5 * float(change @ (normal @ change))
        trial = theta + (change if scale is None else change * scale)
        after = cost(trial)
        gain = (before - after) / promised if promised > 0 else -1.0
        if np.isfinite(after) and gain > 1e-3:
            shrink = 0.1 if gain > 0.2 else (1.0 if gain > 0.05 else 3.0)
            return Step(trial, after, max(damping * shrink, _LOWEST), accepted=True)
        damping = min(damping * factor, _HIGHEST)
        factor *= 2.0
    return Step(theta, before, damping, accepted=False)


def _solve(normal: np.ndarray, gradient: np.ndarray, damping: float) -> np.ndarray | None:
    damped = normal.copy()
    damped[np.diag_indices_from(damped)] += damping
    try:
        factor = scipy.linalg.cho_factor(damped, lower=True, overwrite_a=True, check_finite=False)
    except np.linalg.LinAlgError:
        return None
    solution: np.ndarray = scipy.linalg.cho_solve(factor, -gradient, check_finite=False)
    return solution
