"""The weak form: test functions move the derivative off the noisy data.

Multiply dx/dt = Σ_m w_m θ_m(x) by φ with compact support and integrate by parts:

    −∫ φ' x dt = Σ_m w_m ∫ φ θ_m(x) dt,      φ(t) = (1 − s²)^8,  s = (t − c)/a.

The trapezoid rule is enough: φ vanishes to order eight at both ends, so the rule is spectrally accurate.
Messenger and Bortz (2021), Weak SINDy, SIAM Multiscale Modeling & Simulation 19(3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

POWER = 8


@dataclass(frozen=True)
class WeakForm:
    """Test functions as quadrature rows over the samples of all trajectories.

    Attributes:
        integral: (test, time): ∫ φ · dt as weights on samples.
        derivative: (test, time): −∫ φ' · dt as weights on samples.
        half_width: a, in the time unit of the samples.
    """

    integral: Float[np.ndarray, "test time"]
    derivative: Float[np.ndarray, "test time"]
    half_width: float


def weak_form(times: Sequence[Float[np.ndarray, " time"]], half_width: float) -> WeakForm:
    """Rows of test functions of one half width, a quarter of it apart, none across two trajectories.

    Args:
        times: Sample times of each trajectory, increasing.
        half_width: a, in the same unit.

    Returns:
        Rows for the samples of all trajectories one after the other.
    """
    total = sum(len(t) for t in times)
    integral, derivative = [], []
    start = 0
    for t in times:
        weights = _trapezoid(t)
        # A window across a gap sees nothing in its middle: the rule needs samples everywhere in it.
        largest_gap = half_width / 2
        half = min(half_width, (t[-1] - t[0]) / 2 * 0.999)
        count = max(int(np.floor((t[-1] - t[0] - 2 * half) / (half / 4))) + 1, 2)
        for centre in np.linspace(t[0] + half, t[-1] - half, count):
            s = (t - centre) / half
            inside = np.abs(s) < 1
            if inside.sum() < 5 or np.diff(t[inside]).max() > largest_gap:
                continue
            bump = np.where(inside, (1 - np.minimum(s**2, 1)) ** POWER, 0.0)
            slope = np.where(
                inside, -2 * POWER * s / half * (1 - np.minimum(s**2, 1)) ** (POWER - 1), 0.0
            )
            row = np.zeros((2, total))
            row[0, start : start + len(t)] = bump * weights
            row[1, start : start + len(t)] = -slope * weights
            integral.append(row[0])
            derivative.append(row[1])
        start += len(t)
    return WeakForm(np.array(integral), np.array(derivative), half_width)


def _trapezoid(t: Float[np.ndarray, " time"]) -> Float[np.ndarray, " time"]:
    steps = np.diff(t)
    weights = np.zeros(len(t))
    weights[:-1] += steps / 2
    weights[1:] += steps / 2
    return weights
