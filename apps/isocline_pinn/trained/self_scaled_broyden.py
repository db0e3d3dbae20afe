"""Self-scaled Broyden: a quasi-Newton method whose inverse Hessian H is rescaled at every step.

With s = θ₊ − θ, y = g₊ − g, a step p = −H g of length α, and

    b = −α sᵀg / yᵀs,    h = yᵀHy / yᵀs,    a = hb − 1,    v = √(yᵀHy) (s / yᵀs − Hy / yᵀHy),

    H₊ = (H − Hy (Hy)ᵀ / yᵀHy + φ v vᵀ) / τ + s sᵀ / yᵀs,

φ mixes BFGS (1) and DFP (0), τ scales; both are chosen so that the eigenvalues of H₊ stay balanced
(Al-Baali & Khalfan, 2005; for physics-informed networks Urbán, Stefanou & Pons, J. Comput. Phys. 523,
113656, 2025). On their losses, whose curvatures span many decades, it goes on long after BFGS stalls.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.linalg.blas
import scipy.optimize

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]
"""From parameters to the cost and its gradient."""

_SUFFICIENT, _CURVATURE = 1e-4, 0.9  # of the strong Wolfe conditions
_SEARCHES = 12


@dataclass(frozen=True)
class BroydenState:
    """Where the iteration stands.

    Attributes:
        theta: Parameters, shape (P,).
        cost: There.
        gradient: There, shape (P,).
        inverse: H, symmetric, shape (P, P); changed in place by the next step.
        stalled: Steps in a row that found nothing lower.
    """

    theta: np.ndarray
    cost: float
    gradient: np.ndarray
    inverse: np.ndarray
    stalled: int = 0


def start_broyden(
    objective: Objective, theta: np.ndarray, inverse: np.ndarray | None = None
) -> BroydenState:
    """The first state.

    Args:
        objective: Cost and gradient.
        theta: Where to begin, shape (P,).
        inverse: A first guess of H; the identity over ‖g‖ when None.
    """
    cost, gradient = objective(theta)
    if inverse is None:
        inverse = np.eye(len(theta)) / max(float(np.linalg.norm(gradient)), 1e-300)
    return BroydenState(theta, cost, gradient, inverse)


def at_new_points(state: BroydenState, objective: Objective) -> BroydenState:
    """The same parameters and H under an objective that has changed."""
    cost, gradient = objective(state.theta)
    return replace(state, cost=cost, gradient=gradient)


def broyden_step(objective: Objective, state: BroydenState) -> BroydenState:
    """One step: a search along −H g and an update of H.

    Args:
        objective: Cost and gradient.
        state: Its `inverse` is taken over.

    Returns:
        The next state; the same one, its H made the identity anew, where the search found nothing lower.
    """
    direction = -(state.inverse @ state.gradient)
    if not direction @ state.gradient < 0:
        return _begun_anew(state)
    found = _search(objective, state, direction)
    if found is None:
        return _begun_anew(state)
    length, cost, gradient = found
    step = length * direction
    change = gradient - state.gradient
    inverse = state.inverse
    if change @ step > 1e-300:
        # H y = H g₊ + p, for p = −H g.
        product = inverse @ gradient + direction
        inverse = _updated(inverse, state.gradient, step, change, product, length)
    return BroydenState(state.theta + step, cost, gradient, inverse)


def _begun_anew(state: BroydenState) -> BroydenState:
    size = max(float(np.linalg.norm(state.gradient)), 1e-300)
    fresh = np.eye(len(state.theta)) / size
    return replace(state, inverse=fresh, stalled=state.stalled + 1)


def _updated(
    inverse: np.ndarray,
    gradient: np.ndarray,
    step: np.ndarray,
    change: np.ndarray,
    product: np.ndarray,
    length: float,
) -> np.ndarray:
    """H₊; all its terms lie in the span of s and Hy, so that it is one update of rank two."""
    n = len(step)
    curvature = float(change @ step)
    quadratic = float(change @ product)
    b = max(-length * float(step @ gradient) / curvature, 1e-300)
    h = quadratic / curvature
    a = max(h * b - 1.0, 1e-14)
    rho = min(1.0, h * (1.0 - np.sqrt(a / (a + 1.0))))
    theta = max((rho - 1.0) / a, min(1.0 / rho, (1.0 - b) / b))
    sigma = 1.0 + a * theta
    scale = abs(sigma) ** (-1.0 / (n - 1)) if n > 1 else 1.0
    tau = min(1.0, 1.0 / b)
    tau = tau * min(scale, 1.0 / theta) if theta > 0 else min(tau * scale, sigma)
    phi = (1.0 - theta) / sigma
    # v vᵀ = (yᵀHy) (s/yᵀs − Hy/yᵀHy)(…)ᵀ in the basis (s, Hy).
    mix = np.array(
        [
            [phi * quadratic / curvature**2 / tau + 1.0 / curvature, -phi / curvature / tau],
            [-phi / curvature / tau, (phi - 1.0) / quadratic / tau],
        ]
    )
    pair = np.column_stack([step, product])
    # In place: H is large, and each pass over it costs as much as a gradient.
    updated: np.ndarray = scipy.linalg.blas.dgemm(
        1.0, pair @ mix, pair, beta=1.0 / tau, c=inverse.T, trans_b=True, overwrite_c=True
    ).T
    return updated


def _search(
    objective: Objective, state: BroydenState, direction: np.ndarray
) -> tuple[float, float, np.ndarray] | None:
    """A step length that satisfies the strong Wolfe conditions, the cost and the gradient there."""
    seen: dict[bytes, tuple[float, np.ndarray]] = {}

    def both(theta: np.ndarray) -> tuple[float, np.ndarray]:
        key = theta.tobytes()
        if key not in seen:
            seen[key] = objective(theta)
        return seen[key]

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", scipy.optimize.OptimizeWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        found = scipy.optimize.line_search(
            lambda theta: both(theta)[0],
            lambda theta: both(theta)[1],
            state.theta,
            direction,
            state.gradient,
            state.cost,
            c1=_SUFFICIENT,
            c2=_CURVATURE,
            maxiter=_SEARCHES,
        )
    length = found[0]
    if length is None:
        lower = [(cost, key) for key, (cost, _) in seen.items() if cost < state.cost]
        if not lower:
            return None
        # Nothing satisfied both conditions: the lowest cost that was met is better than none.
        cost, key = min(lower)
        moved = np.frombuffer(key) - state.theta
        return float(moved @ direction / (direction @ direction)), cost, seen[key][1]
    cost, gradient = both(state.theta + length * direction)
    return float(length), cost, gradient
