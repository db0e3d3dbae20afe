"""From a DeepXDE `data` object to a solution with an error estimate: levels until the tolerance.

Each level is a whole solution; the next is finer by choice of `refine` (one region) or by a tighter
tolerance (marching). The difference of two levels tells the error of the first; the last level is
checked by one Gauss–Newton correction at two degrees more on the same blocks.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import deepxde as dde
import numpy as np
import torch
from torch import Tensor

from isocline_pinn.local.blocks import Mesh
from isocline_pinn.local.check import corrected
from isocline_pinn.local.errors import BudgetTooSmallError, OutOfTimeError, TooLargeError
from isocline_pinn.local.march_levels import march_levels
from isocline_pinn.local.memory import check_memory
from isocline_pinn.local.problem import FeatureTransform, Transform, read_problem
from isocline_pinn.local.result import Constant, LocalResult
from isocline_pinn.local.run_state import (
    Progress,
    SolveState,
    Within,
    extrapolated,
    relative_difference,
)
from isocline_pinn.local.scatter import deviations, let_scatter
from isocline_pinn.local.solution import Pieces
from isocline_pinn.local.steady import first_level, refine, solve_level


@contextlib.contextmanager
def double_precision() -> Iterator[None]:
    """DeepXDE and PyTorch in float64 while the engine calls the user's functions."""
    before = torch.get_default_dtype()
    was = dde.config.real.precision
    dde.config.real.set_float64()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
        if was == 32:
            dde.config.real.set_float32()


_ASTRAY = 1e-7


def solve_locally(
    data: Any,
    *,
    unknowns: Sequence[Tensor] = (),
    budget: float | None = None,
    tolerance: float = 1e-12,
    seed: int = 0,
    progress: Progress | None = None,
    outputs: int | None = None,
    output_transform: Transform | None = None,
    feature_transform: FeatureTransform | None = None,
    within: Callable[[Within], None] | None = None,
    start: Pieces | None = None,
) -> LocalResult:
    """Solve an unmodified DeepXDE problem by local networks.

    Args:
        data: a `dde.data.PDE` or `dde.data.TimePDE`.
        unknowns: `dde.Variable`s to be found with the solution; their values are set in place.
        budget: seconds; None solves until the tolerance is met.
        tolerance: of the estimated relative L2 error.
        seed: of the probe points.
        progress: called with each level's record.
        outputs: how many outputs the network has; found by trial when None.
        output_transform: u = T(x, v), as given to a network's `apply_output_transform`.
        feature_transform: z(x), as given to `apply_feature_transform`; its periodicity is kept.
        within: called as a level of a march proceeds.
        start: the last level that an earlier run finished; this one goes on from it.

    Returns:
        The best level with its error estimate.

    Raises:
        UnsuitableProblemError: the problem is not pointwise (see `why_not`).
        BadEquationError, BadConditionError: a term cannot be used as it is.
        BudgetTooSmallError: no level was finished in time.

    """
    with double_precision():
        started = time.monotonic()
        problem = read_problem(
            data,
            unknowns=unknowns,
            outputs=outputs,
            output_transform=output_transform,
            feature_transform=feature_transform,
            seed=seed,
        )
        deadline = None if budget is None else started + budget
        probes = problem.shape.probes(4000, seed + 11)
        run = SolveState(problem, started, deadline, tolerance, probes, progress, within)
        run.best = start
        mesh, _ = first_level(problem)
        problem.check_conditions(problem.shape.fit(mesh))
        if problem.marches():
            march_levels(run, start)
        else:
            _steady_levels(run)
        if not run.records:
            raise BudgetTooSmallError(_too_short(run, budget))
        checked = corrected(run)
        return _result(run, checked, output_transform)


def _steady_levels(run: SolveState) -> None:
    boxes, degree = first_level(run.problem)
    rises, idle, last = 0, 0, np.inf
    sure = None
    while True:
        begun = time.monotonic()
        try:
            level = solve_level(run.problem, boxes, degree, guess=run.best, deadline=run.deadline)
            if run.problem.observations() and run.records:
                # Observations have led to a first solution: from here on they scatter about it.
                level, sure = let_scatter(run.problem, level, run.deadline, sure)
        except (OutOfTimeError, np.linalg.LinAlgError):
            return
        if level.outcome.factor.ridge > _ASTRAY and run.records:
            return  # numbers that only a ridge has made definite say nothing: the level before stands
        run.outcome = level.outcome
        record = run.record(level.pieces, degree, time.monotonic() - begun)
        difference = np.inf if record.difference is None else record.difference
        if run.problem.unknowns and not level.outcome.settled:
            difference = np.inf
        rises = rises + 1 if difference > 0.7 * last and last < 1e-8 else 0
        # The difference is the error of the level before; this one's is smaller by what it gained.
        gain = min(1.0, difference / last) if np.isfinite(last) else 1.0
        if sure is not None and sure.settled:
            return
        if difference * gain < run.tolerance or difference < 3 * run.tolerance or rises >= 2:
            return
        # Refinement that gains nothing six times running has met noise in the data, or rounding.
        idle = idle + 1 if difference > 0.7 * last else 0
        if idle >= 6:
            return
        last = min(last, difference)
        following = refine(run.problem, level, run.tolerance)
        if following is None:
            return
        growth = _growth(level.boxes, following[0], degree, following[1], run)
        if record.seconds * growth > run.left() or _too_large(following, run):
            return
        boxes, degree = following


def _growth(before: Mesh, after: Mesh, low: int, high: int, run: SolveState) -> float:
    d = run.problem.shape.dimension
    unknowns = (high + d) ** d / (low + d) ** d
    exponent = 3.0 if d > 3 else 2.2
    return float((after.count / before.count) ** 1.5 * unknowns**exponent)


def _too_short(run: SolveState, budget: float | None) -> str:
    given = (
        "the time given" if budget is None else f"the {max(budget, 0.0):.2g} s that the budget left"
    )
    if run.needed is None:
        return f"no level was finished in {given}; give more time."
    return f"no level was finished in {given}: one would need about {run.needed:.2g} s."


def _too_large(following: tuple[Mesh, int], run: SolveState) -> bool:
    boxes, degree = following
    dimension, outputs = run.problem.shape.dimension, run.problem.structure.outputs
    try:
        check_memory(boxes.count, dimension, degree, outputs)
    except TooLargeError:
        return True
    return False


def _result(run: SolveState, checked: Pieces | None, transform: Transform | None) -> LocalResult:
    assert run.best is not None
    if checked is not None:
        estimate: float | None = relative_difference(run.best(run.probes), checked(run.probes))
    else:
        estimate = extrapolated(run.records)
    constants = []
    if run.problem.unknowns and run.outcome is not None:
        found = deviations(run.problem, run.best.parts[0], run.outcome.cost)
        constants = [
            Constant(float(u.detach()), float(s), found.freedom)
            for u, s in zip(run.problem.unknowns, found.deviations, strict=True)
        ]
    return LocalResult(
        pieces=run.best,
        checked=checked,
        error_estimate=estimate,
        levels=run.records,
        constants=constants,
        seconds=time.monotonic() - run.started,
        marched=run.best.time_axis is not None,
        transform=transform,
    )
