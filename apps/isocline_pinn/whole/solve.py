"""Levels of degree: one network over the whole domain, finer until two levels agree."""

import time
from collections.abc import Callable, Sequence

import numpy as np
import torch

from isocline_pinn.problem import Problem
from isocline_pinn.whole.errors import WholeNetworkError
from isocline_pinn.whole.level import Level, Solver
from isocline_pinn.whole.points import accepts_points, interior_points
from isocline_pinn.whole.result import WholeLevel, WholeResult, values_of
from isocline_pinn.whole.scheme import SchemeCheck, check_scheme, has_scheme

_DEGREES = {
    1: (6, 10, 16, 24, 34, 46, 60),
    2: (5, 8, 11, 14, 17, 20, 24, 28),
    3: (3, 5, 7, 9, 11, 13),
    4: (2, 3, 4, 5, 6, 7),
}
_HIGH = (2, 3, 4, 5)  # degrees above four dimensions
_PROBES = 2000
_WORSE = 30.0  # a difference so many times the smallest one ends the levels
_GROWTH = 2.2  # cost against number of coefficients, as a power, for the time of the next level
_SMALL = (
    100  # coefficients up to which the problem's own evaluation costs more than the least squares
)
_FOR_CHECK = 0.45  # of the budget, kept for other resolutions of a problem's own sums


def solve_whole(
    problem: Problem,
    *,
    budget: float | None = None,
    tolerance: float = 1e-10,
    seed: int = 0,
    loss_weights: Sequence[float] | None = None,
    progress: Callable[[WholeLevel], None] | None = None,
) -> WholeResult:
    """Solve any problem by one network of polynomials over its whole domain.

    The problem's own `losses_train` is asked for the residuals, so that integrals, fractional
    derivatives and whatever else couples points are served as they are; only smoothness is needed.

    Args:
        problem: Its data, output transform and unknowns.
        budget: Seconds; levels go on to the highest degree when None.
        tolerance: Relative difference of two levels at which to stop.
        seed: Of the points.
        loss_weights: The user's weights of equations, then conditions; used with unknowns, where
            equations and observations may disagree.
        progress: Told each level.

    Returns:
        The solution; its unknowns are left in `problem.unknowns` too.

    Raises:
        WholeNetworkError: The problem has too few points for a single level, or its residuals are not
            numbers.
        UserError: An equation or condition raises.
    """
    started = time.monotonic()
    deadline = None if budget is None else started + budget
    solver = Solver(problem, seed, loss_weights)
    probes = interior_points(problem.data.geom, _PROBES, 10_007)
    share = (1.0 - _FOR_CHECK) if has_scheme(problem.data) else 1.0
    records: list[WholeLevel] = []
    levels: list[Level] = []
    best, smallest = 0, np.inf
    for degree in _DEGREES.get(len(problem.coordinates), _HIGH):
        coefficients = solver.features(degree) * len(problem.outputs)
        if records and not _affordable(records, coefficients, budget, share):
            break
        level = solver.level(degree, levels[-1] if levels else None, deadline)
        if level is None:
            break
        levels.append(level)
        difference = _distance(levels, probes)
        elapsed = time.monotonic() - started
        size = level.fit.coefficients.size
        records.append(
            WholeLevel(
                len(levels), degree, size, level.fit.rows, difference, elapsed, level.network
            )
        )
        if progress is not None:
            progress(records[-1])
        if difference is not None and difference < smallest:
            best, smallest = len(levels) - 1, difference
        if difference is not None and (difference <= tolerance or difference > _WORSE * smallest):
            break
    if not levels:
        raise WholeNetworkError(
            f"{problem.name} gives too few residuals even for polynomials of degree "
            f"{_DEGREES.get(len(problem.coordinates), _HIGH)[0]}; raise num_domain or the resolution"
        )
    best = _checkable(problem, levels, best)
    check = None
    if not _late(deadline, records):
        check = check_scheme(solver, levels[best], probes, deadline)
    return _result(problem, levels, records, best, check)


def _affordable(
    records: list[WholeLevel], coefficients: int, budget: float | None, share: float
) -> bool:
    if budget is None:
        return True
    last = records[-1]
    taken = last.elapsed - (records[-2].elapsed if len(records) > 1 else 0.0)
    power = _GROWTH if last.unknowns > _SMALL else 1.0
    # Without a second level nothing is known of the first one's error.
    part = share if len(records) > 1 else 1.0
    return bool(last.elapsed + taken * (coefficients / last.unknowns) ** power < part * budget)


def _checkable(problem: Problem, levels: list[Level], best: int) -> int:
    """The finest level that a quarter of a fixed mesh's points can still tell, where it is fixed.

    What the mesh itself is off is far more than what finer levels gain.
    """
    if accepts_points(problem.data) or not has_scheme(problem.data):
        return best
    fits = [i for i, lv in enumerate(levels[: best + 1]) if lv.fit.rows > 5.2 * lv.basis.count]
    return fits[-1] if fits else best


def _late(deadline: float | None, records: list[WholeLevel]) -> bool:
    """Whether another resolution, half as dear as the last level, would end after the deadline."""
    taken = records[-1].elapsed - (records[-2].elapsed if len(records) > 1 else 0.0)
    return deadline is not None and time.monotonic() + taken / 2 > deadline


def _distance(levels: list[Level], probes: np.ndarray) -> float | None:
    if len(levels) == 1:
        return None
    coarse, fine = (values_of(level.network, probes) for level in levels[-2:])
    return float(np.linalg.norm(fine - coarse)) / max(float(np.linalg.norm(fine)), 1e-300)


def _result(
    problem: Problem,
    levels: list[Level],
    records: list[WholeLevel],
    best: int,
    check: SchemeCheck | None,
) -> WholeResult:
    chosen = levels[best]
    later = records[best + 1].difference if best + 1 < len(records) else None
    estimate = records[best].difference if later is None else later
    other = levels[best - 1] if best else None
    if check is not None:
        limit_is_better = check.limit is not None and check.limit_error < check.error
        off = check.limit_error if limit_is_better else check.error
        if check.limit is not None and limit_is_better:
            chosen = check.limit
        if estimate is not None and off > estimate:
            estimate, other = off, check.near
    with torch.no_grad():
        for unknown, constant in zip(problem.unknowns.values(), chosen.constants, strict=True):
            unknown.fill_(constant.value)
    return WholeResult(
        chosen.network,
        None if other is None else other.network,
        estimate,
        records,
        chosen.constants,
        chosen.fit.residuals,
        _notes(problem, records[best], check),
    )


def _notes(problem: Problem, level: WholeLevel, check: SchemeCheck | None) -> tuple[str, ...]:
    first = (
        f"One network of {level.unknowns} polynomial features of degree {level.degree} over the whole "
        f"domain, fitted by least squares to {level.rows} residuals."
    )
    if not has_scheme(problem.data):
        return (first,)
    data, kind = problem.data, type(problem.data).__name__
    if hasattr(data, "quad_deg"):
        what = f"{kind}'s own quadrature of degree {data.quad_deg}"
        change = "raise quad_deg"
    else:
        what = f"{kind}'s own sum at resolution {data.disc.resolution}"
        change = "raise the resolution"
    if check is None:
        return (first, f"The error of {what} was not looked at; {change} and compare.")
    if check.limit is not None and check.limit_error < check.error:
        second = (
            f"{what[0].upper()}{what[1:]} is {check.error:.1e} off; the result is extrapolated from "
            "three resolutions by Richardson's formula."
        )
        return (first, second)
    return (
        first,
        f"{what[0].upper()}{what[1:]} is about {check.error:.1e} off; {change} for less.",
    )
