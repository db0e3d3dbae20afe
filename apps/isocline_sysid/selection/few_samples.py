"""Selection where samples are few: candidates are ranked by the whole fitted trajectory.

A weak form needs many samples a window; with a few dozen of a positive quantity its ranking is poor.
Here each equation has Kolmogorov's form dx_k/dt = x_k g_k(x) (every term holds its own state, so that a
state that is positive stays so), the weak form only proposes, and the trajectory in logarithms decides.
Kolmogorov (1936), Giornale dell'Istituto Italiano degli Attuari 7.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from isocline_sysid.library import PolynomialLibrary
from isocline_sysid.refine import Dynamics, Nodes, Refined, refine

MOST_TERMS = 3
PROPOSED = 5
SAME = 2.0
"""Differences of the criterion below 2 are not worth more than a bare mention (Kass and Raftery 1995)."""
VERY_STRONG = 10.0
"""A difference above 10 is very strong evidence (ibid.): motion must be worth that against rest."""
START_NOISE = 0.2


@dataclass(frozen=True)
class Chosen:
    """The support with its fit, and what else was close.

    Attributes:
        dynamics: With the chosen supports.
        refined: Its fit.
        rivals: (number of terms, criterion above the least, supports) of the others that converged.
    """

    dynamics: Dynamics
    refined: Refined
    rivals: tuple[tuple[int, float, Bool[np.ndarray, "equation term"]], ...]


def select_by_trajectory(
    library: PolynomialLibrary, nodes: Sequence[Nodes], dimension: int
) -> Chosen | None:
    """The simplest model that is not worse than the best by more than the criterion can tell.

    Args:
        library: Terms over states and controls.
        nodes: The data, as logarithms.
        dimension: Number of states.

    Returns:
        None when no candidate's fit converges and follows the samples better than states that stand
        still at their means.
    """
    proposals = [_proposed(library, nodes, k) for k in range(dimension)]
    met: list[tuple[float, Dynamics, Refined]] = []
    noise = np.full(dimension, START_NOISE)
    still = _criterion_of_rest(nodes) - VERY_STRONG
    for combination in itertools.product(*proposals):
        supports = np.stack([support for support, _ in combination])
        dynamics = Dynamics(library, supports, relative=True)
        start = np.concatenate([w[support] for support, w in combination])
        try:
            refined = refine(dynamics, nodes, start, noise)
        except np.linalg.LinAlgError:
            continue  # such a candidate runs away on these data: it is no candidate
        if refined.converged and refined.criterion < still:
            met.append((refined.criterion, dynamics, refined))
    if not met:
        return None
    least = min(criterion for criterion, _, _ in met)
    near = [m for m in met if m[0] <= least + SAME]
    chosen = min(near, key=lambda m: (m[1].size, m[0]))
    rivals = sorted((m for m in met if m is not chosen), key=lambda m: m[0])
    return Chosen(
        chosen[1], chosen[2], tuple((m[1].size, m[0] - least, m[1].supports) for m in rivals)
    )


def _criterion_of_rest(nodes: Sequence[Nodes]) -> float:
    """The criterion of a model without terms: each state rests at the mean of its trajectory."""
    counts = np.sum([np.isfinite(n.samples).sum(axis=0) for n in nodes], axis=0)
    squares = np.sum(
        [np.nansum((n.samples - np.nanmean(n.samples, axis=0)) ** 2, axis=0) for n in nodes], axis=0
    )
    return float((counts * np.log(squares / counts)).sum())


def _proposed(
    library: PolynomialLibrary, nodes: Sequence[Nodes], equation: int
) -> list[tuple[Bool[np.ndarray, " term"], Float[np.ndarray, " term"]]]:
    """The supports of at most three terms that fit the smoothed growth rates best."""
    rates, features = [], []
    for node in nodes:
        z = np.concatenate([np.exp(node.states), node.controls], axis=1)
        rates.append(np.gradient(node.states[:, equation], node.times))
        features.append(library.values(z) / z[:, equation, None])
    rate, feature = np.concatenate(rates), np.concatenate(features)
    own = np.flatnonzero(library.exponents[:, equation] > 0)
    ranked = []
    for count in range(1, MOST_TERMS + 1):
        for chosen in itertools.combinations(own, count):
            w, *_ = np.linalg.lstsq(feature[:, chosen], rate, rcond=None)
            error = float(np.mean((feature[:, chosen] @ w - rate) ** 2))
            support, coefficients = (
                np.zeros(len(library.exponents), bool),
                np.zeros(len(library.exponents)),
            )
            support[list(chosen)], coefficients[list(chosen)] = True, w
            samples = sum(int(np.isfinite(n.samples[:, equation]).sum()) for n in nodes)
            ranked.append(
                (samples * np.log(error) + count * np.log(samples), support, coefficients)
            )
    ranked.sort(key=lambda item: item[0])
    return [(support, w) for _, support, w in ranked[:PROPOSED]]
