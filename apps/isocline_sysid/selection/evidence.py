"""Selection once more, with the covariance of the whole fit: which terms the trajectories support.

The weak form proposes. Errors in variables then knows each coefficient's true uncertainty, and a term stays
when the evidence (the Savage–Dickey ratio, with a prior as wide as the equation allows) is for it:

    w² / C > max(4, log(τ² / C) + 2 log L + degree),      τ = rms(dx_k/dt) / rms(θ_j),

with L candidate terms an equation. An excluded term is judged by its score test, without a refit. Terms leave
and enter one at a time until none wants to. Dickey (1971), Annals of Mathematical Statistics 42(1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from isocline_sysid.refine import Dynamics, Nodes, Refined, refine
from isocline_sysid.refine.errors_in_variables import linearise

ROUNDS = 30
LEAST = 4.0
"""Squared standard errors that a term must stand above zero whatever its prior."""
BARELY = 6.0
"""Evidence (twice a log ratio) below which a decision is a near thing."""


@dataclass(frozen=True)
class Supported:
    """Equations after selection.

    Attributes:
        dynamics: With the final supports.
        refined: Its fit.
        doubtful: (equation, term) of those that only just stayed or only just left.
    """

    dynamics: Dynamics
    refined: Refined
    doubtful: tuple[tuple[int, int], ...]


def select_by_evidence(
    start: Dynamics,
    nodes: Sequence[Nodes],
    w: Float[np.ndarray, " coefficient"],
    noise: Float[np.ndarray, " state"],
) -> Supported | None:
    """Remove what the data do not support and add what they ask for.

    Args:
        start: With the supports that the weak form proposes.
        nodes: The data.
        w: Where to start.
        noise: Deviation of the samples of each state.

    Returns:
        None when the fit of the proposed equations does not converge.

    Raises:
        numpy.linalg.LinAlgError: The states ran away at the proposed equations.
    """
    refined = refine(start, nodes, w, noise)
    if not refined.converged:
        return None
    current, seen = Supported(start, refined, ()), {start.supports.tobytes()}
    for _ in range(ROUNDS):
        margins = _margins(current, nodes)
        supports = current.dynamics.supports
        # Kept terms with evidence against them go first; only then may one enter.
        wrong = np.where(supports, -margins, margins)
        leaving = np.where(supports, wrong, -np.inf)
        place = int((leaving if leaving.max() > 0 else wrong).argmax())
        doubtful = tuple(
            (int(k), int(m)) for k, m in np.argwhere((np.abs(margins) < BARELY) & ~(wrong > 0))
        )
        current = replace(current, doubtful=doubtful)
        changed = supports.copy()
        changed.flat[place] = not changed.flat[place]
        if wrong.flat[place] <= 0 or changed.tobytes() in seen or not changed.any():
            return current
        seen.add(changed.tobytes())
        moved = _refit(current, changed, nodes, noise)
        if moved is None:
            return current
        current = moved
    return current


def _refit(
    current: Supported,
    supports: Bool[np.ndarray, "equation term"],
    nodes: Sequence[Nodes],
    noise: Float[np.ndarray, " state"],
) -> Supported | None:
    """The fit with one term more or less, from the trajectories found so far."""
    dynamics = replace(current.dynamics, supports=supports)
    table = np.zeros(supports.shape)
    table[current.dynamics.supports] = current.refined.w
    try:
        refined = refine(
            dynamics, _at(nodes, current.refined), table[supports], noise, levels=(0.1, 0.0)
        )
    except np.linalg.LinAlgError:
        return None
    return Supported(dynamics, refined, ()) if refined.converged else None


def _margins(current: Supported, nodes: Sequence[Nodes]) -> Float[np.ndarray, "equation term"]:
    """Evidence for each term, above zero when it should be in its equation."""
    dynamics, refined = current.dynamics, current.refined
    supports = dynamics.supports
    everything = replace(dynamics, supports=np.ones_like(supports))
    table = np.zeros(supports.shape)
    table[supports] = refined.w
    parts = [
        linearise(everything, n, x, table.ravel(), refined.noise, 0.0)
        for n, x in zip(nodes, refined.states, strict=True)
    ]
    information = np.sum([p.information for p in parts], axis=0)
    gradient = np.sum([p.gradient for p in parts], axis=0)
    inside = supports.ravel()
    kept = information[np.ix_(inside, inside)]
    scale = 1 / np.sqrt(np.maximum(np.diagonal(kept), 1e-300))
    covariance = np.linalg.pinv(kept * np.outer(scale, scale), 1e-12, hermitian=True)
    covariance *= np.outer(scale, scale)
    squares, variances = np.zeros(inside.size), np.ones(inside.size)
    variances[inside] = np.diagonal(covariance)
    squares[inside] = refined.w**2 / variances[inside]
    # The score test of an excluded term, with the kept ones free to follow.
    across = information[np.ix_(inside, ~inside)]
    own = np.diagonal(information)[~inside]
    free = own - np.einsum("ij,ij->j", across, covariance @ across)
    free = np.maximum(free, 1e-10 * own)
    score = gradient[~inside] - across.T @ (covariance @ gradient[inside])
    squares[~inside], variances[~inside] = score**2 / free, 1 / free
    widths = _prior_widths(everything, nodes, refined, table.ravel())
    degrees = np.tile(dynamics.library.exponents.sum(axis=1), len(supports))
    price = np.log(widths**2 / variances) + 2 * np.log(supports.shape[1]) + degrees
    return (squares - np.maximum(price, LEAST)).reshape(supports.shape)


def _prior_widths(
    everything: Dynamics, nodes: Sequence[Nodes], refined: Refined, w: np.ndarray
) -> Float[np.ndarray, " coefficient"]:
    """τ: the coefficient at which a term alone would be as large as the whole right-hand side."""
    found = [
        everything.evaluate(x, n.controls, w)[:2]
        for n, x in zip(nodes, refined.states, strict=True)
    ]
    speed = np.sqrt(np.mean(np.concatenate([f for f, _ in found]) ** 2, axis=0))
    size = np.sqrt(np.mean(np.concatenate([theta for _, theta in found]) ** 2, axis=0))
    # Coefficient j belongs to one equation only: its column is zero in the others.
    return np.repeat(speed, len(w) // len(speed)) / np.maximum(size.max(axis=0), 1e-300)


def _at(nodes: Sequence[Nodes], refined: Refined) -> list[Nodes]:
    return [replace(n, states=x) for n, x in zip(nodes, refined.states, strict=True)]
