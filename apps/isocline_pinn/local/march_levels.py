"""Levels of a march in time: degree and tolerance, planned by the work that they will take.

The first level is coarse and tells how much work the problem is. Of the next two on the ladder the
one is taken that the error calls for and the time allows, from the solution at hand; a level that
turns out too long for the time is given up early.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from isocline_pinn.local.errors import LocalNetworkError, OutOfTimeError, TooLargeError
from isocline_pinn.local.march import March
from isocline_pinn.local.run_state import SolveState, Within
from isocline_pinn.local.solution import Pieces

_CHECK = 0.6
_TELLING = 0.3


@dataclass(frozen=True)
class Rung:
    """One level of the ladder: a degree and a tolerance of the tails."""

    degree: int
    tolerance: float


_LADDER = tuple(
    Rung(*r) for r in ((10, 1e-4), (14, 1e-6), (16, 1e-8), (18, 1e-10), (20, 1e-12), (20, 1e-13))
)
# Ten degrees cannot carry a third derivative: such a level is wrong and only costs time.
_LADDER_HIGH_ORDER = tuple(
    Rung(*r) for r in ((14, 1e-5), (16, 1e-7), (18, 1e-9), (20, 1e-10), (20, 1e-11), (20, 1e-12))
)
_LADDER_3D = tuple(
    Rung(*r)
    for r in ((6, 1e-2), (6, 1e-3), (8, 1e-4), (8, 1e-5), (10, 1e-6), (10, 1e-7), (12, 1e-9))
)


def ladder(dimension: int, order: int) -> tuple[Rung, ...]:
    """The levels for a problem of a dimension (time included) and a highest derivative."""
    if dimension > 2:
        return _LADDER_3D
    return _LADDER if order <= 2 else _LADDER_HIGH_ORDER


def work(first: Rung, second: Rung, dimension: int) -> float:
    """How many times the work of the first level the second will take.

    A block's tail falls like its width to the power of the degree, so blocks are as wide as
    tolerance^(1/degree); a block's own work grows like its unknowns to a power of 1.7 (measured).
    """
    narrower = first.tolerance ** (1 / first.degree) / second.tolerance ** (1 / second.degree)
    unknowns = math.comb(second.degree + dimension, dimension) / math.comb(
        first.degree + dimension, dimension
    )
    return float(max(1.0, narrower) ** dimension * unknowns**1.7)


def march_levels(state: SolveState, start: Pieces | None = None) -> None:
    """Levels until the tolerance is met or the time is used.

    Args:
        state: filled in.
        start: the last finished level of an earlier run.
    """
    problem = state.problem
    dimension = problem.shape.dimension
    rungs = ladder(dimension, int(problem.structure.order.max()))
    position = _after(start, rungs)
    guess, correction = start, 1.5
    last: tuple[Rung, float] | None = None
    top = len(rungs) - 1
    while position <= top:
        rung = rungs[position]
        begun = time.monotonic()
        try:
            pieces = _level(state, rung, guess, None if last is None else last[1])
        except (OutOfTimeError, TooLargeError, np.linalg.LinAlgError) as error:
            if isinstance(error, TooLargeError) and state.best is None:
                raise
            if last is None:
                return
            # Given up in time for a cheaper one, if there is one between.
            top = position - 1
            position = _choose(state, rungs[: top + 1], last, correction)
            continue
        except LocalNetworkError:
            if state.best is None and position == top:
                raise
            position += 1
            continue
        seconds = time.monotonic() - begun
        if last is not None:
            actual = seconds / (last[1] * work(last[0], rung, dimension))
            # A first level that resolved little tells too little work: half of the surprise stays.
            correction = float(np.clip(1.2 * np.sqrt(actual), 0.6, 2.0))
        last, guess = (rung, seconds), pieces
        record = state.record(pieces, rung.degree, seconds)
        if record.difference is not None and _enough(state, record.difference, rung):
            return
        position = _choose(state, rungs[: top + 1], last, correction)


def _after(start: Pieces | None, rungs: tuple[Rung, ...]) -> int:
    """The level after the one that an earlier run finished."""
    if start is None:
        return 0
    done = start.parts[0].polynomials.degree
    return min(len(rungs) - 1, sum(rung.degree <= done for rung in rungs))


def _choose(
    state: SolveState, rungs: tuple[Rung, ...], last: tuple[Rung, float], correction: float
) -> int:
    """The next position on the ladder; its length where none can be afforded or is needed."""
    here = rungs.index(last[0]) if last[0] in rungs else len(rungs)
    dimension = state.problem.shape.dimension
    difference = state.records[-1].difference
    for position in (here + 2, here + 1):
        if position >= len(rungs):
            continue
        needed = position == here + 1 or (
            difference is None or difference > 0.01 * rungs[here + 1].tolerance
        )
        seconds = last[1] * work(last[0], rungs[position], dimension) * correction
        share = 0.4 if position == here + 2 else 0.9
        if needed and seconds < share * (state.left() - _CHECK * last[1]):
            return position
    return len(rungs)


def _enough(state: SolveState, difference: float, rung: Rung) -> bool:
    """Whether the error is below the tolerance.

    The difference is the error of the level before; this one's is smaller by what it tightened, as
    far as that is seen: by no more than a factor 1000.
    """
    return difference < state.tolerance or (
        difference * 1e-3 < state.tolerance and 100 * rung.tolerance < state.tolerance
    )


def _level(state: SolveState, rung: Rung, guess: Pieces | None, before: float | None) -> Pieces:
    begun = time.monotonic()
    shares = None if guess is None else _progress_of(guess)
    problem = state.problem
    axis = problem.shape.time_axis
    assert axis is not None
    low, high = float(problem.shape.lower[axis]), float(problem.shape.upper[axis])

    # The level before must still be checked, should this one not be finished.
    available = state.left() - (0.0 if before is None else _CHECK * before)
    deadline = None if state.deadline is None else begun + available

    def tick(share: float) -> None:
        spent = time.monotonic() - begun
        done = share if shares is None else float(np.interp(low + share * (high - low), *shares))
        rest = spent * (1 - done) / max(done, 1e-9)
        if state.best is None:
            state.needed = spent + rest
        if state.within is not None:
            error = state.records[-1].difference if state.records else None
            state.within(
                Within(
                    len(state.records) + 1,
                    rung.degree,
                    share,
                    error,
                    None if before is None else rest,
                )
            )
        # Early slabs may be short beyond what the level before tells.
        telling = done > _TELLING or spent > 0.5 * available
        if before is not None and telling and spent + rest > 1.6 * available:
            raise OutOfTimeError("the level would outlast the budget")

    return March(problem, rung.degree, rung.tolerance, deadline, tick, guess).run()


def _progress_of(pieces: Pieces) -> tuple[np.ndarray, np.ndarray]:
    """Times, and the share of the work that an earlier march had done by then."""
    axis = pieces.time_axis
    assert axis is not None
    times = [float(pieces.parts[0].mesh.lower[0, axis])]
    times += [float(part.mesh.upper[0, axis]) for part in pieces.parts]
    done = np.cumsum([0.0, *(part.mesh.count for part in pieces.parts)])
    return np.array(times), done / done[-1]
