"""Looking at a solution before it is handed over: what it leaves, over the size of the terms themselves.

A training loss, or the difference of two levels, may be tiny where the solution is wrong. The residual at new
points over the size of the equation's own terms is not: on an L-shape without its corner it stays at 0.1
where a healthy solution goes from 2e-3 to 3e-5. A condition's residual over its terms is one where a
solution has left it out altogether, as the zero solution of x'' + 14 x' + 49 x = 0 leaves x'(0) = −3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isocline_pinn.domain import bounding_box
from isocline_pinn.local.problem import why_not
from isocline_pinn.local.solve import double_precision
from isocline_pinn.problem import Problem
from isocline_pinn.solution import Solution
from isocline_pinn.trace import Jet, Term, condition_term, equation_term, evaluate, trace_term
from isocline_pinn.trust.conditions import name_of
from isocline_pinn.trust.places import places_of

_POINTS = 60
_UNMET = 0.05  # median relative residual of an equation above which it is said
_LEFT_OUT = 0.5
_ROUNDING = 1e-6
_TRIVIAL = 1e-2
_DECADES = 3.0


@dataclass(frozen=True)
class Health:
    """What a solution leaves of a term.

    Attributes:
        name: "equation 1", or "condition 2 of 3 (IC)".
        relative: Median over new points of |residual| over the sum of its terms' absolute values; for a
            condition, the ratio of the two in the mean square.
    """

    name: str
    relative: float


def look_after(solution: Solution, starts: Sequence[float] = ()) -> list[str]:
    """Sentences about a solution that does not meet its equations or conditions, or found a far constant.

    Args:
        solution: As it is to be handed over.
        starts: Values from which the unknown constants were sought, in their order.
    """
    notes = []
    for name, estimate, start in zip(
        solution.unknowns, solution.unknowns.values(), starts, strict=False
    ):
        ratio = abs(estimate.value / start) if start else 1.0
        if ratio > 0 and abs(np.log10(ratio)) >= _DECADES:
            notes.append(
                f"{name} = {estimate.value:.4g} is {abs(np.log10(ratio)):.0f} decades from its start "
                f"{start:.4g}; check it, and if in doubt write it as 10**p and look for p"
            )
    unmet = [h for h in health(solution) if h.relative > _limit(h)]
    left_out = [h.name for h in unmet if h.name.startswith("condition")]
    if left_out and _is_trivial(solution):
        notes.append(
            "the solution is within 1 % of zero, which meets the equations but not "
            f"{' nor '.join(left_out)}: it is no solution"
        )
    elif unmet:
        said = ", ".join(f"{h.name} ({h.relative:.0%})" for h in unmet)
        notes.append(
            "residuals at new points are large beside the terms that they are made of, do not trust the "
            f"solution: {said}"
        )
    return notes


def health(solution: Solution) -> list[Health]:
    """Relative residuals of all terms at new points; empty for a problem that is not pointwise."""
    problem = solution.problem
    if why_not(problem.data) is not None or len(problem.coordinates) > 3:
        return []
    with double_precision():
        places = places_of(problem.data, seed=77)
        if places is None:
            return []
        found = []
        inside = places.inside[:_POINTS]
        for e, (left, size) in enumerate(
            _terms(solution, equation_term(problem.data), inside, inside), 1
        ):
            ratio = left / np.maximum(size, 1e-300)
            found.append(Health(f"equation {e}", float(np.median(ratio))))
        conditions = list(problem.data.bcs or [])
        for index, condition in enumerate(conditions):
            term = condition_term(condition, index + 1)
            if term.paired or hasattr(condition, "points"):
                continue
            points = np.asarray(condition.collocation_points(places.boundary), dtype=float)
            points = points[np.linspace(0, len(points) - 1, min(len(points), _POINTS)).astype(int)]
            condition.__dict__.setdefault("_points_seen", []).append(points)
            for left, size in _terms(solution, term, points, inside):
                ratio = float(np.linalg.norm(left)) / max(float(np.linalg.norm(size)), 1e-300)
                found.append(Health(name_of(condition, index, len(conditions)), ratio))
        return found


def _terms(
    solution: Solution, term: Term, points: np.ndarray, inside: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """|residual| and the sum of its terms' absolute values, an equation at a time, each shape (n,).

    A derivative counts with its size inside the domain where that is larger: what a wall at rest leaves is
    small beside the flow, not beside zero. And it counts with no less than a millionth of what the output's
    size over the domain's width makes of it: where u does not change along x, rounding is all of ∂u/∂x.
    """
    if not len(points):
        return []
    problem, outputs = solution.problem, len(solution.problem.outputs)
    unknowns = list(problem.unknowns.values())
    traced = trace_term(term.at(points), points, outputs, unknowns=unknowns)
    jets = {jet: _derivative(solution, problem, points, jet) for jet in traced.jets}
    usual = {jet: _usual(solution, problem, inside, jet) for jet in jets}
    result = evaluate(term.at(points), points, jets, outputs)
    found = []
    for residual, sensitivity in zip(result.residuals, result.sensitivities, strict=True):
        own = {jet: slope for jet, slope in sensitivity.items() if jet in jets}
        source = np.array(residual)
        for jet, slope in own.items():
            source -= slope * jets[jet]
        size = np.abs(source)
        for jet, slope in own.items():
            size = size + np.abs(slope) * np.maximum(np.abs(jets[jet]), usual[jet])
        found.append((np.abs(residual), size))
    return found


def _usual(solution: Solution, problem: Problem, inside: np.ndarray, jet: Jet) -> float:
    output, alpha = jet
    low, high = bounding_box(problem.data.geom)
    over_the_width = np.sqrt(np.mean(solution(inside)[:, output] ** 2)) / np.prod(
        (high - low) ** np.array(alpha, dtype=float)
    )
    found = np.sqrt(np.mean(_derivative(solution, problem, inside, jet) ** 2))
    return float(max(found, _ROUNDING * over_the_width))


def _derivative(solution: Solution, problem: Problem, points: np.ndarray, jet: Jet) -> np.ndarray:
    output, alpha = jet
    names = [q.name for q in problem.coordinates]
    orders = {name: order for name, order in zip(names, alpha, strict=True) if order}
    if not orders:
        return solution(points)[:, output]
    return solution.derivative(points, problem.outputs[output].name, **orders)


def _limit(found: Health) -> float:
    return _UNMET if found.name.startswith("equation") else _LEFT_OUT


def _is_trivial(solution: Solution) -> bool:
    """Whether the solution is zero beside what its conditions ask for."""
    data = solution.problem.data
    places = places_of(data, seed=78)
    if places is None:
        return False
    outputs = len(solution.problem.outputs)
    values = np.abs(solution(places.inside[:_POINTS])).max()
    asked = [float(values)]
    for index, condition in enumerate(data.bcs or []):
        term = condition_term(condition, index + 1)
        points = np.asarray(condition.collocation_points(places.boundary), dtype=float)
        if term.paired or not len(points):
            continue
        condition.__dict__.setdefault("_points_seen", []).append(points)
        nothing = evaluate(term.at(points), points, {}, outputs, sensitivities=False)
        asked.append(float(np.abs(nothing.residuals).max()))
    return bool(float(values) <= _TRIVIAL * max(asked))
