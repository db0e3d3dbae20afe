"""From a DeepXDE `data` object to a solution with an error estimate: levels until the tolerance.

Each level is a whole solution; the next is finer by choice of `refine` (one region) or by a tighter
tolerance (marching). The difference of two levels tells the error of the first; the last level is
checked by one Gauss–Newton correction at two degrees more on the same blocks.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import deepxde as dde
import numpy as np
import torch
from torch import Tensor

from isocline_pinn.local.blocks import Mesh
from isocline_pinn.local.errors import BudgetTooSmallError, LocalNetworkError, OutOfTimeError
from isocline_pinn.local.march import March
from isocline_pinn.local.newton import NewtonOutcome, gauss_newton
from isocline_pinn.local.problem import FeatureTransform, LocalProblem, Transform, read_problem
from isocline_pinn.local.result import Constant, LevelRecord, LocalResult
from isocline_pinn.local.solution import Piece, Pieces
from isocline_pinn.local.steady import first_level, refine, solve_level

Progress = Callable[[LevelRecord], None]

_MARCHES = ((8, 1e-4), (12, 1e-7), (16, 1e-10), (18, 3e-12))
# Eight degrees cannot carry a third derivative: such a level is wrong and only costs time.
_MARCHES_HIGH_ORDER = ((12, 1e-4), (14, 1e-6), (16, 1e-8), (18, 1e-10))
_MARCHES_3D = ((6, 1e-2), (6, 1e-3), (8, 1e-4), (8, 1e-5), (10, 1e-6), (10, 1e-7), (12, 1e-9))


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


@dataclass
class _Run:
    """What a solve has reached so far."""

    problem: LocalProblem
    started: float
    deadline: float | None
    tolerance: float
    probes: np.ndarray
    progress: Progress | None
    records: list[LevelRecord]
    best: Pieces | None = None
    outcome: NewtonOutcome | None = None

    def left(self) -> float:
        return np.inf if self.deadline is None else self.deadline - time.monotonic()

    def record(self, pieces: Pieces, degree: int, seconds: float) -> LevelRecord:
        """Note a level and its difference from the one before."""
        values = pieces(self.probes)
        difference = None
        if self.best is not None:
            difference = relative_difference(self.best(self.probes), values)
        level = LevelRecord(
            number=len(self.records) + 1,
            degree=degree,
            blocks=pieces.blocks,
            unknowns=pieces.unknowns,
            difference=difference,
            seconds=seconds,
            elapsed=time.monotonic() - self.started,
            pieces=pieces,
        )
        self.records.append(level)
        self.best = pieces
        if self.progress is not None:
            self.progress(level)
        return level


def relative_difference(first: np.ndarray, second: np.ndarray) -> float:
    """The largest relative L2 difference over the outputs, each over its own size."""
    size = np.linalg.norm(second, axis=0)
    size = np.maximum(size, 1e-3 * size.max() + 1e-300)
    return float((np.linalg.norm(first - second, axis=0) / size).max())


def extrapolated(records: Sequence[LevelRecord]) -> float | None:
    """The last level's error from the differences alone, as if the last gain were repeated.

    A difference is the error of the level before; the last level's own is taken to be smaller by
    the ratio of the last two differences (by no more than a factor 30).
    """
    differences = [r.difference for r in records if r.difference is not None]
    if len(differences) < 2:
        return differences[-1] if differences else None
    return differences[-1] * float(np.clip(differences[-1] / differences[-2], 1 / 30, 1.0))


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
        run = _Run(problem, started, deadline, tolerance, probes, progress, [])
        mesh, _ = first_level(problem)
        problem.check_conditions(problem.shape.fit(mesh))
        marches = problem.marches()
        (_march_levels if marches else _steady_levels)(run)
        if run.best is None:
            raise BudgetTooSmallError(
                f"no level was finished in the budget of {budget:.3g} s; give more time."
            )
        checked = _check(run)
        return _result(run, checked, output_transform)


def _steady_levels(run: _Run) -> None:
    boxes, degree = first_level(run.problem)
    rises, idle, last = 0, 0, np.inf
    while True:
        begun = time.monotonic()
        try:
            level = solve_level(
                run.problem,
                boxes,
                degree,
                guess=run.best,
                deadline=run.deadline,
                number=len(run.records),
            )
        except (OutOfTimeError, np.linalg.LinAlgError):
            return
        run.outcome = level.outcome
        record = run.record(level.pieces, degree, time.monotonic() - begun)
        difference = np.inf if record.difference is None else record.difference
        rises = rises + 1 if difference > 0.7 * last and last < 1e-8 else 0
        # The difference is the error of the level before; this one's is smaller by what it gained.
        gain = min(1.0, difference / last) if np.isfinite(last) else 1.0
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


def _growth(before: Mesh, after: Mesh, low: int, high: int, run: _Run) -> float:
    d = run.problem.shape.dimension
    unknowns = (high + d) ** d / (low + d) ** d
    exponent = 3.0 if d > 3 else 2.2
    return float((after.count / before.count) ** 1.5 * unknowns**exponent)


def _too_large(following: tuple[Mesh, int], run: _Run) -> bool:
    """More than about 2 GB of orthonormal rows."""
    from isocline_pinn.local.features import Polynomials

    boxes, degree = following
    count = Polynomials(run.problem.shape.dimension, degree).count * run.problem.structure.outputs
    return 8.0 * boxes.count * 3.5 * count**2 > 2e9


def _march_levels(run: _Run) -> None:
    levels = _MARCHES if run.problem.shape.dimension <= 2 else _MARCHES_3D
    if run.problem.structure.order.max() > 2 and levels is _MARCHES:
        levels = _MARCHES_HIGH_ORDER
    last = 0.0
    for number, (degree, tolerance) in enumerate(levels):
        if number and last * 2.5 > run.left():
            return
        begun = time.monotonic()
        try:
            pieces = March(run.problem, degree, tolerance, run.deadline).run()
        except (OutOfTimeError, np.linalg.LinAlgError):
            return
        except LocalNetworkError:
            if run.best is None and number + 1 == len(levels):
                raise
            continue
        last = time.monotonic() - begun
        record = run.record(pieces, degree, last)
        if record.difference is not None and record.difference < run.tolerance:
            return
        if record.difference is not None and _enough(record.difference, number, levels, run):
            return


def _enough(difference: float, number: int, levels: Sequence[tuple[int, float]], run: _Run) -> bool:
    """Whether this level is good enough, if it gained what its tolerance was tightened by."""
    gained = levels[number][1] / levels[number - 1][1]
    return difference * min(1.0, 10 * gained) < run.tolerance


def _check(run: _Run) -> Pieces | None:
    """The last level corrected at two degrees more; None when the time does not allow it."""
    assert run.best is not None
    if run.problem.unknowns or run.records[-1].seconds * 1.5 > max(run.left(), 0.0):
        return None
    corrected = Pieces([], run.best.time_axis)
    try:
        for part in run.best.parts:
            before = corrected.parts[-1].jets if corrected.parts else None
            degree = part.polynomials.degree + (2 if run.problem.shape.dimension <= 3 else 1)
            system = run.problem.discretise(
                part.mesh, degree, before=before, first=not corrected.parts
            )
            outcome = gauss_newton(system, part.raised(degree), iterations=1, deadline=run.deadline)
            corrected.parts.append(Piece(part.mesh, system.polynomials, outcome.coefficients))
    except (OutOfTimeError, np.linalg.LinAlgError):
        return None
    return corrected


def _result(run: _Run, checked: Pieces | None, transform: Transform | None) -> LocalResult:
    assert run.best is not None
    if checked is not None:
        estimate: float | None = relative_difference(run.best(run.probes), checked(run.probes))
    else:
        estimate = extrapolated(run.records)
    constants = []
    if run.problem.unknowns and run.outcome is not None:
        deviations = run.outcome.factor.constant_deviations(run.outcome.cost)
        constants = [
            Constant(float(u.detach()), float(s))
            for u, s in zip(run.problem.unknowns, deviations, strict=True)
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
