"""Errors in variables: the true states are unknowns too, and the equations hold between them.

    minimise  Σ (y_i − x_i)² / v_i    subject to    e_i(x_i, x_{i+1}, w) = 0,

with the Hermite–Simpson defect of each step (fourth order, any step length),

    e_i = x_{i+1} − x_i − h/6 (f_i + 4 f_m + f_{i+1}),   x_m = (x_i + x_{i+1})/2 + h/8 (f_i − f_{i+1}).

One Gauss–Newton step, with A = ∂e/∂x, G = ∂e/∂w, Ω = A V Aᵀ (block tridiagonal) and c = e + A(y − x):

    F = Gᵀ Ω⁻¹ G,   δw = −F⁻¹ Gᵀ Ω⁻¹ c,   δx = (y − x) − V Aᵀ Ω⁻¹ (c + G δw);   cov(w) = σ² F⁻¹.

At the true support the estimate reaches the Cramér–Rao bound. Betts (2010), Practical Methods for Optimal
Control, §4.6 (the defect); Tjoa and Biegler (1991), Ind. Eng. Chem. Res. 30 (constrained estimation).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy.linalg
from jaxtyping import Bool, Float

from isocline_sysid.refine.dynamics import Dynamics

UNSEEN = 1e5
"""Variance of a state that was not observed, as a multiple of that of a sample: nearly free, yet the defects'
covariance can still be factorised."""
LONGEST_STEP = 0.5
ITERATIONS = 40
FLOOR = 1e-5
"""Samples are never trusted to better than this share of a state's deviation: the defects' own error acts as
noise on clean data."""
STIFF = 2.0
"""Largest rate times step at which the defects still hold the states together."""


@dataclass(frozen=True)
class Nodes:
    """One trajectory in scaled variables.

    Attributes:
        times: (n,).
        states: (n, d), a first guess, near the samples where there are some.
        controls: (n, c).
        samples: (n, d), NaN where nothing was observed.
    """

    times: Float[np.ndarray, " node"]
    states: Float[np.ndarray, "node state"]
    controls: Float[np.ndarray, "node control"]
    samples: Float[np.ndarray, "node state"]


@dataclass(frozen=True)
class Refined:
    """The constrained fit.

    Attributes:
        w: Coefficients, equation by equation.
        covariance: Of w.
        states: The trajectories that obey the equations, one an input.
        noise: (d,) deviation of samples about them.
        converged: Whether the last step was small against the standard errors.
        criterion: n log σ̂² summed over states + p log n (Schwarz 1978).
    """

    w: Float[np.ndarray, " coefficient"]
    covariance: Float[np.ndarray, "coefficient coefficient"]
    states: tuple[Float[np.ndarray, "node state"], ...]
    noise: Float[np.ndarray, " state"]
    converged: bool
    criterion: float


def refine(
    dynamics: Dynamics,
    nodes: Sequence[Nodes],
    w: Float[np.ndarray, " coefficient"],
    noise: Float[np.ndarray, " state"],
    levels: Sequence[float] = (1.0, 0.1, 0.0),
) -> Refined:
    """Fit coefficients and states together.

    Args:
        dynamics: Which coefficients there are.
        nodes: The data.
        w: Where to start.
        noise: Deviation of the samples of each state; its ratio between states weighs them, its size
            is estimated anew.
        levels: How much the equations may be violated, in noise deviations a unit of time, one
            after the other; the last is 0.

    Returns:
        The fit; `converged` is False where the steps did not become small.

    Raises:
        numpy.linalg.LinAlgError: The states ran away, or the defects cannot be factorised.
    """
    w, states, converged = w.copy(), [n.states.copy() for n in nodes], False
    information = np.eye(len(w))
    for level in levels:
        for _ in range(ITERATIONS):
            parts = [
                linearise(dynamics, n, x, w, noise, level)
                for n, x in zip(nodes, states, strict=True)
            ]
            information = np.sum([p.information for p in parts], axis=0)
            gradient = np.sum([p.gradient for p in parts], axis=0)
            if not (np.isfinite(information).all() and np.isfinite(gradient).all()):
                return Refined(
                    w, np.full_like(information, np.nan), tuple(states), noise, False, np.inf
                )
            step = -_solve(information, gradient)
            moves = [p.move(step) for p in parts]
            length = max(float(np.sqrt(np.mean(m**2))) for m in moves)
            damping = min(1.0, LONGEST_STEP / max(length, 1e-300))
            w = w + damping * step
            states = [x + damping * m for x, m in zip(states, moves, strict=True)]
            size = float(np.sqrt(step @ information @ step / len(step)))
            converged = damping == 1.0 and size < (0.3 if level > 0 else 1e-4)
            if converged:
                break
    converged = converged and all(
        _resolved(dynamics, n, x, w) for n, x in zip(nodes, states, strict=True)
    )
    return _result(nodes, states, w, information, noise, converged)


def _resolved(dynamics: Dynamics, nodes: Nodes, x: np.ndarray, w: np.ndarray) -> bool:
    """Whether steps are short against the fitted system's own times.

    A stiff enough field satisfies the defects whatever the states are: such a fit means nothing.
    """
    _, _, jacobian = dynamics.evaluate(x, nodes.controls, w)
    rates = np.linalg.norm(jacobian[:-1], axis=(1, 2))
    return bool(np.isfinite(rates).all() and (rates * np.diff(nodes.times)).max() < STIFF)


@dataclass(frozen=True)
class Part:
    """One trajectory's share of a Gauss–Newton step."""

    information: np.ndarray
    gradient: np.ndarray
    factor: np.ndarray
    c: np.ndarray
    g: np.ndarray
    left: np.ndarray
    right: np.ndarray
    distance: np.ndarray
    variance: np.ndarray

    def move(self, step: np.ndarray) -> np.ndarray:
        """δx for a change of the coefficients."""
        multipliers = scipy.linalg.cho_solve_banded((self.factor, True), self.c + self.g @ step)
        multipliers = multipliers.reshape(self.left.shape[:2])
        transposed = np.zeros_like(self.distance)
        transposed[:-1] += np.einsum("iks,ik->is", self.left, multipliers)
        transposed[1:] += np.einsum("iks,ik->is", self.right, multipliers)
        return self.distance - self.variance * transposed


def linearise(
    dynamics: Dynamics, nodes: Nodes, x: np.ndarray, w: np.ndarray, noise: np.ndarray, level: float
) -> Part:
    """The defects of one trajectory to first order about states x and coefficients w.

    Raises:
        numpy.linalg.LinAlgError: The states ran away, or the defects cannot be factorised.
    """
    # A field that explodes on these states is met by the check, not by warnings on the way to it.
    with np.errstate(over="ignore", invalid="ignore"):
        defect, left, right, g = _defects(dynamics, nodes, x, w)
    if not all(np.isfinite(part).all() for part in (defect, left, right, g)):
        raise np.linalg.LinAlgError("the states ran away")
    seen = np.isfinite(nodes.samples)
    variance = np.where(seen, noise**2, UNSEEN * noise**2)
    distance = np.where(seen, nodes.samples - x, 0.0)
    steps, d = defect.shape
    c = defect + np.einsum("iks,is->ik", left, distance[:-1])
    c = (c + np.einsum("iks,is->ik", right, distance[1:])).ravel()
    diagonal = np.einsum("iks,is,ils->ikl", left, variance[:-1], left)
    diagonal += np.einsum("iks,is,ils->ikl", right, variance[1:], right)
    # The annealed defects may be off by `level` noise deviations a unit of time.
    allowance = (level * noise) ** 2 * np.diff(nodes.times)[:, None]
    diagonal[:, range(d), range(d)] += allowance
    below = np.einsum("iks,is,ils->ikl", left[1:], variance[1:-1], right[:-1])
    # A jitter of rounding size keeps the factorisation alive where steps are tiny.
    diagonal[:, range(d), range(d)] *= 1 + 1e-13
    factor = scipy.linalg.cholesky_banded(_banded(diagonal, below), lower=True)
    g = g.reshape(steps * d, -1)
    solved = scipy.linalg.cho_solve_banded((factor, True), np.column_stack([g, c]))
    return Part(
        g.T @ solved[:, :-1], g.T @ solved[:, -1], factor, c, g, left, right, distance, variance
    )


def _defects(
    dynamics: Dynamics, nodes: Nodes, x: np.ndarray, w: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """e, ∂e/∂x_i, ∂e/∂x_{i+1}, ∂e/∂w of every step."""
    h = np.diff(nodes.times)[:, None]
    hh = h[:, :, None]
    f, features, jacobian = dynamics.evaluate(x, nodes.controls, w)
    identity = np.eye(x.shape[1])
    middle = (x[:-1] + x[1:]) / 2 + h / 8 * (f[:-1] - f[1:])
    between = (nodes.controls[:-1] + nodes.controls[1:]) / 2
    fm, features_m, jacobian_m = dynamics.evaluate(middle, between, w)
    defect = x[1:] - x[:-1] - h / 6 * (f[:-1] + 4 * fm + f[1:])
    to_left = identity / 2 + hh / 8 * jacobian[:-1]
    to_right = identity / 2 - hh / 8 * jacobian[1:]
    left = -identity - hh / 6 * (jacobian[:-1] + 4 * jacobian_m @ to_left)
    right = identity - hh / 6 * (jacobian[1:] + 4 * jacobian_m @ to_right)
    moved = hh / 8 * (features[:-1] - features[1:])
    g = -hh / 6 * (features[:-1] + 4 * (features_m + jacobian_m @ moved) + features[1:])
    return defect, left, right, g


def _banded(diagonal: np.ndarray, below: np.ndarray) -> np.ndarray:
    """A symmetric block-tridiagonal matrix in LAPACK's lower banded storage."""
    steps, d, _ = diagonal.shape
    band = np.zeros((2 * d, steps * d))
    for column in range(d):
        for row in range(column, d):
            band[row - column, column::d] = diagonal[:, row, column]
        for row in range(d):
            band[d + row - column, column : (steps - 1) * d : d] = below[:, row, column]
    return band


def _solve(information: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """F⁻¹ g with F scaled to unit diagonal; collinear terms get the shortest solution."""
    scale = 1 / np.sqrt(np.maximum(np.diagonal(information), 1e-300))
    scaled = information * np.outer(scale, scale)
    values, vectors = np.linalg.eigh(scaled)
    kept = values > 1e-12 * values[-1]
    return scale * (vectors[:, kept] @ ((vectors[:, kept].T @ (scale * gradient)) / values[kept]))


def _result(
    nodes: Sequence[Nodes],
    states: Sequence[np.ndarray],
    w: np.ndarray,
    information: np.ndarray,
    noise: np.ndarray,
    converged: bool,
) -> Refined:
    residuals = np.concatenate([n.samples - x for n, x in zip(nodes, states, strict=True)])
    seen: Bool[np.ndarray, "node state"] = np.isfinite(residuals)
    counts = seen.sum(axis=0)
    squares = np.where(seen, residuals**2 + FLOOR**2, 0.0)
    found = np.sqrt(squares.sum(axis=0) / counts)
    chi_squared = float((squares / noise**2).sum())
    # Coefficients and initial states are fitted: that many degrees of freedom are used up.
    freedom = max(int(counts.sum()) - len(w) - len(nodes) * residuals.shape[1], 1)
    inverse = np.stack([_solve(information, unit) for unit in np.eye(len(w))], axis=1)
    criterion = float((counts * np.log(np.maximum(found, 1e-12) ** 2)).sum())
    criterion += len(w) * float(np.log(counts.sum()))
    return Refined(w, inverse * chi_squared / freedom, tuple(states), found, converged, criterion)
