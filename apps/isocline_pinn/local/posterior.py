"""How sure unknown constants are: the noise of the observations carried to the constants.

The equation and the exact conditions hold; only observations scatter. At the solution a change e of the
weighted residuals moves constants by G e, the θ-part of the Gauss–Newton step. With a noise variance s² for
each set of observations, estimated from its own residuals over their degrees of freedom, the covariance is
G diag(s²) Gᵀ whatever the weights were (the sandwich of Bates & Watts, Nonlinear Regression Analysis, 1988).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isocline_pinn.local.orthonormal import OrthonormalLeastSquares
from isocline_pinn.local.rows import Bundle

_EXACT = 120  # observations up to which each is moved by itself
_DRAWS = 40  # random moves of all of them otherwise: deviations to about 11 %


@dataclass(frozen=True)
class Posterior:
    """Of the unknown constants.

    Attributes:
        deviations: Standard deviations, shape (constants,); infinite where nothing is observed.
        freedom: Degrees of freedom of the noise.
        observations: How many there are.
        noise: Of the observations, in their own units, all sets together.
    """

    deviations: np.ndarray
    freedom: float
    observations: int
    noise: float


def posterior(bundles: Sequence[Bundle], factor: OrthonormalLeastSquares) -> Posterior:
    """The deviations of the constants.

    Args:
        bundles: The weighted rows at the solution; those of observations carry their set's number.
        factor: Their factorisation.
    """
    count = factor.constants
    groups = sorted({b.observed for b in bundles if b.observed is not None})
    sizes = {g: sum(len(b.residual) for b in bundles if b.observed == g) for g in groups}
    total = sum(sizes.values())
    if not total:
        return Posterior(np.full(count, np.inf), 0.0, 0, 0.0)
    moves = _units(bundles) if total <= _EXACT else _signs(bundles)
    weight = 1.0 if total <= _EXACT else 1.0 / len(moves)
    leverage = dict.fromkeys(groups, 0.0)
    gains = {g: np.zeros(count) for g in groups}
    for move in moves:
        for group in groups:
            if not any(
                np.any(m) for m, b in zip(move, bundles, strict=True) if b.observed == group
            ):
                continue
            own = [
                m if b.observed == group else np.zeros(len(m))
                for m, b in zip(move, bundles, strict=True)
            ]
            step, theta = factor.step(own)
            gains[group] += weight * theta**2
            leverage[group] -= weight * _along(bundles, own, step, theta)
    variance, freedom, noise = np.zeros(count), 0.0, 0.0
    for group in groups:
        free = max(sizes[group] - leverage[group], 1e-3 * sizes[group])
        square = sum(float((b.residual**2).sum()) for b in bundles if b.observed == group)
        variance += gains[group] * square / free
        noise += _unweighted(bundles, group) / free
        freedom += free
    return Posterior(np.sqrt(variance), freedom, total, float(np.sqrt(noise)))


def _unweighted(bundles: Sequence[Bundle], group: int) -> float:
    """Σ residual² of a set as its condition gave them."""
    return sum(float(((b.residual / b.weights) ** 2).sum()) for b in bundles if b.observed == group)


def _units(bundles: Sequence[Bundle]) -> list[list[np.ndarray]]:
    moves = []
    for index, bundle in enumerate(bundles):
        if bundle.observed is None:
            continue
        for row in range(len(bundle.residual)):
            move = [np.zeros(len(b.residual)) for b in bundles]
            move[index][row] = 1.0
            moves.append(move)
    return moves


def _signs(bundles: Sequence[Bundle]) -> list[list[np.ndarray]]:
    random = np.random.default_rng(0)
    return [
        [
            np.zeros(len(b.residual))
            if b.observed is None
            else random.choice([-1.0, 1.0], len(b.residual))
            for b in bundles
        ]
        for _ in range(_DRAWS)
    ]


def _along(
    bundles: Sequence[Bundle], move: Sequence[np.ndarray], step: np.ndarray, theta: np.ndarray
) -> float:
    """The move's own share of the change of rows that it causes (minus its leverage)."""
    found = 0.0
    for bundle, own in zip(bundles, move, strict=True):
        if not np.any(own):
            continue
        change = sum(matrix @ step[block] for block, matrix in bundle.sides)
        if bundle.constants is not None:
            change = change + bundle.constants @ theta
        found += float(own @ change)
    return found
