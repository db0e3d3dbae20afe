"""How closely observations are to be met while constants are sought.

With the weight of an exact condition, many features bend the equation to meet the noise of each observation,
and the constants with it: of Burgers' constants from 600 values with an error of 1 %, one is then wrong by
24 of its standard deviations. With a very small weight the error of the blocks, which is no noise, moves
the constants. Between the two they hardly depend on the weight; it is lowered, tenfold at a time, for as
long as it does not.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import torch

from isocline_pinn.local.discretisation import emphasis
from isocline_pinn.local.errors import OutOfTimeError
from isocline_pinn.local.orthonormal import OrthonormalLeastSquares
from isocline_pinn.local.posterior import Posterior, posterior
from isocline_pinn.local.problem import LocalProblem
from isocline_pinn.local.solution import Piece
from isocline_pinn.local.steady import Level, solve_level
from isocline_pinn.local.weighted import WeightedRows

_LEAST = 1e-5
# Shares of the observations' degrees of freedom below which a solution is taken to meet their noise, if a
# lower weight raises what is left by no more than these factors.
_MET = 0.1  # below this nothing is left by which to know the noise
_OVERFITTED, _MUCH = 0.5, 4.0
_SUSPECT, _LITTLE = 0.8, 1.2
_MOVED, _SURE = 0.5, 0.1  # of a standard deviation


@dataclass(frozen=True)
class Certainty:
    """Of the constants at a level.

    Attributes:
        values: The constants.
        settled: Whether they moved by less than a tenth of their deviations since the level before.
    """

    values: np.ndarray
    settled: bool


def let_scatter(
    problem: LocalProblem, level: Level, deadline: float | None, before: Certainty | None
) -> tuple[Level, Certainty]:
    """The same level with observations weighed as lowly as the constants allow.

    Args:
        problem: Its `observation_weight` and its unknowns are changed.
        level: A solution with the weight as it is.
        deadline: Of `time.monotonic`.
        before: The certainty of the level before.
    """
    if problem.observation_weight == 1.0:
        # As much as the equation: where one of fourth order scarcely holds, a constant of almost zero is a
        # solution too.
        problem.observation_weight = 1.0 / emphasis(int(problem.structure.order.max()))
        level = solve_level(
            problem, level.boxes, level.degree, guess=level.pieces, deadline=deadline
        )
    level, found = _lowered(problem, level, deadline)
    values = _values(problem)
    moved = np.inf if before is None else np.abs(values - before.values)
    noisy = found.observations and found.freedom > _OVERFITTED * found.observations
    settled = bool(noisy and np.all(moved <= _SURE * found.deviations))
    return level, Certainty(values, settled)


def _lowered(
    problem: LocalProblem, level: Level, deadline: float | None
) -> tuple[Level, Posterior]:
    found = deviations(problem, level.pieces.parts[0])
    while problem.observation_weight > _LEAST and found.observations:
        before, weight = _values(problem), problem.observation_weight
        begun = time.monotonic()
        problem.observation_weight = max(0.1 * weight, _LEAST)
        tried, refined = None, None
        try:
            tried = solve_level(
                problem, level.boxes, level.degree, guess=level.pieces, deadline=deadline
            )
            refined = deviations(problem, tried.pieces.parts[0])
        except (OutOfTimeError, np.linalg.LinAlgError):
            pass
        if (
            tried is None
            or refined is None
            or not (_overfitted(found, refined) or _same(problem, before, found))
        ):
            _restore(problem, before)
            problem.observation_weight = weight
            return level, found
        level, found = tried, refined
        if deadline is not None and time.monotonic() + 2 * (time.monotonic() - begun) > deadline:
            break
    return level, found


def deviations(problem: LocalProblem, piece: Piece, cost: float = 0.0) -> Posterior:
    """The standard deviations of the constants at a solution.

    Args:
        problem: With unknown constants.
        piece: The solution.
        cost: Of all weighted rows: all that scatters where there are no observations.
    """
    system = problem.discretise(piece.mesh, piece.polynomials.degree)
    bundles = WeightedRows(system).linearise(piece.coefficients)
    size = piece.coefficients.shape[1] * piece.coefficients.shape[2]
    factor = OrthonormalLeastSquares(
        bundles, piece.mesh.centre, size, constants=len(problem.unknowns)
    )
    found = posterior(bundles, factor)
    if found.observations:
        return found
    return replace(found, deviations=factor.constant_deviations(cost))


def _values(problem: LocalProblem) -> np.ndarray:
    return np.array([float(unknown.detach()) for unknown in problem.unknowns])


def _same(problem: LocalProblem, before: np.ndarray, found: Posterior) -> bool:
    return bool(np.all(np.abs(_values(problem) - before) <= _MOVED * found.deviations))


def _overfitted(found: Posterior, refined: Posterior) -> bool:
    """Whether a solution meets the noise, which one with a lower weight does not."""
    if found.freedom < _MET * found.observations:
        return True
    rise = refined.noise / max(found.noise, 1e-300)
    if found.freedom < _OVERFITTED * found.observations:
        return rise < _MUCH
    return found.freedom < _SUSPECT * found.observations and rise < _LITTLE


def _restore(problem: LocalProblem, values: np.ndarray) -> None:
    with torch.no_grad():
        for unknown, value in zip(problem.unknowns, values, strict=True):
            unknown.fill_(value)
