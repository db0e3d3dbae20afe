"""Stiff linear equations in time, M du/dt + K u = f(t), by an L-stable method of order four.

Five equal implicit stages, γ = 1/4, the last of which is the step itself: SDIRK of Hairer & Wanner, Solving
Ordinary Differential Equations II, 1996, table IV.6.5. One factorisation serves all steps of one length.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

_GAMMA = 0.25
_A = np.array(
    [
        [1 / 4, 0, 0, 0, 0],
        [1 / 2, 1 / 4, 0, 0, 0],
        [17 / 50, -1 / 25, 1 / 4, 0, 0],
        [371 / 1360, -137 / 2720, 15 / 544, 1 / 4, 0],
        [25 / 24, -49 / 48, 125 / 16, -85 / 12, 1 / 4],
    ]
)
_C = _A.sum(axis=1)


def march(
    mass: Any,
    stiffness: Any,
    load: Callable[[float], np.ndarray],
    start: np.ndarray,
    times: np.ndarray,
    steps_between: int,
    first_halvings: int = 0,
) -> Iterator[np.ndarray]:
    """The states at times, the first of which is the start.

    Args:
        mass: M, sparse or dense, shape (n, n).
        stiffness: K.
        load: f, from a time to shape (n,).
        start: u at times[0].
        times: Evenly spaced.
        steps_between: Steps from one time to the next.
        first_halvings: How often the first step is halved towards a start that does not fit the
            boundary conditions: steps of 2^(−k), …, 1/4, 1/2 of it take its place, with an extra one first.
    """
    mass, stiffness = csc_matrix(mass), csc_matrix(stiffness)
    u = np.asarray(start, dtype=float)
    yield u
    span = float(times[1] - times[0])
    step, time = span / steps_between, float(times[0])
    lengths = [step * 0.5**first_halvings]
    lengths += [step * 0.5**k for k in range(first_halvings, 0, -1)]
    if first_halvings:
        for length in lengths:
            u = _step(stiffness, load, u, time, length, _factor(mass, stiffness, length))
            time += length
    factor = _factor(mass, stiffness, step)
    for number in range(len(times) - 1):
        begun = 1 if number == 0 and first_halvings else 0
        for k in range(begun, steps_between):
            u = _step(stiffness, load, u, float(times[0]) + number * span + k * step, step, factor)
        yield u


def _factor(mass: Any, stiffness: Any, length: float) -> Any:
    return splu((mass + _GAMMA * length * stiffness).tocsc())


def _step(
    stiffness: Any,
    load: Callable[[float], np.ndarray],
    u: np.ndarray,
    time: float,
    length: float,
    factor: Any,
) -> np.ndarray:
    """One step: stage i has M kᵢ = f(t + cᵢh) − K (u + h Σⱼ aᵢⱼ kⱼ)."""
    slopes: list[np.ndarray] = []
    for i in range(5):
        known = u + length * sum((_A[i, j] * slopes[j] for j in range(i)), np.zeros_like(u))
        slopes.append(factor.solve(load(time + _C[i] * length) - stiffness @ known))
    return u + length * sum((_A[4, j] * slopes[j] for j in range(5)), np.zeros_like(u))
