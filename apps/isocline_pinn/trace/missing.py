"""Boundary parts where a problem has fewer conditions than its equation needs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from isocline_pinn.trace.characteristic import degree_across
from isocline_pinn.trace.surrogate import evaluate, multi_indices
from isocline_pinn.trace.terms import Term

if TYPE_CHECKING:
    from isocline_pinn.local.problem import LocalProblem

_SAMPLES = 12
_MANY = 3


@dataclass(frozen=True)
class Missing:
    """Too few conditions somewhere.

    Attributes:
        part: where, such as "x = 1" or "t = 0".
        output: the output that lacks a condition there.
        needed: conditions that the equation needs there, all outputs together.
        given: conditions that there are.
    """

    part: str
    output: int
    needed: int
    given: int


@dataclass(frozen=True)
class _Part:
    """A piece of the boundary: its name, points on it, and the normals there, shape (n, d)."""

    name: str
    points: np.ndarray
    normals: np.ndarray


@dataclass
class _Count:
    """Conditions on a part: how many a point has, and how many touch each output."""

    given: float
    touched: np.ndarray


def missing_conditions(problem: LocalProblem) -> list[Missing]:
    """Name each part of the boundary, and the output, that lacks a condition.

    The count is made with the symbol of the equation across each part (`degree_across`), so that a
    pressure, or a stress in a mixed form, asks for nothing. It is made to raise no false alarm: what
    one side has too many of (initial value problems in space, inflow) serves the other, a coefficient
    that vanishes on a part (r = 0, an output transform) needs nothing there, and with observations
    inside, with unknown fields or with conditions that are not DeepXDE's own it says nothing.

    Args:
        problem: from `isocline_pinn.local.problem.read_problem`.

    Returns:
        One entry for each part and output; empty where nothing is missing as far as can be told.
    """
    conditions = problem.conditions
    if not all(_is_known(condition) for condition, _ in conditions):
        return []
    if problem.unknowns or any(_observes(condition, problem) for condition, _ in conditions):
        return []
    found = list(_at_start(problem))
    for axis in range(problem.shape.space):
        if problem.shape.box and axis not in problem.periodic:
            found.extend(_across(problem, axis))
    if not problem.shape.box and problem.shape.space == 2:
        found.extend(_around(problem))
    return found


def _is_known(condition: Any) -> bool:
    names = {base.__name__ for base in type(condition).__mro__}
    return bool(names & {"BC", "IC", "PointSetBC"})


def _observes(condition: Any, problem: LocalProblem) -> bool:
    """Whether it holds many values at given points, or any points on a boundary part."""
    points = getattr(condition, "points", None)
    return points is not None and (len(points) > _MANY or problem.shape.space > 1)


def _names(problem: LocalProblem) -> list[str]:
    space = problem.shape.space - (problem.shape.time_axis == 0)
    letters = ["x", "y", "z"] if space <= 3 else [f"x{i + 1}" for i in range(space)]
    return [*letters[:space], *(["t"] if problem.shape.time_axis is not None else [])]


def _face(problem: LocalProblem, axis: int, value: float) -> _Part:
    points = problem.shape.probes(_SAMPLES, 17 + axis)
    points[:, axis] = value
    normals = np.zeros_like(points)
    normals[:, axis] = 1.0
    return _Part(f"{_names(problem)[axis]} = {value:g}", points, normals)


def _degree(problem: LocalProblem, part: _Part) -> int | None:
    structure = problem.structure
    return degree_across(
        problem.equation, structure.equation.jets, part.points, part.normals, structure.outputs
    )


def _inner(problem: LocalProblem, part: _Part) -> int | None:
    """The degree across the part's direction inside the domain."""
    points = problem.shape.probes(len(part.points), 5)
    return _degree(problem, _Part(part.name, points, part.normals[: len(points)]))


def _at_start(problem: LocalProblem) -> Iterator[Missing]:
    axis = problem.shape.time_axis
    if axis is None or axis == 0:
        return
    start = _face(problem, axis, float(problem.shape.lower[axis]))
    end = _face(problem, axis, float(problem.shape.upper[axis]))
    needed = _degree(problem, start)
    if needed is None or _count(problem, end).given:
        return
    count = _count(problem, start)
    if count.given < needed:
        yield from _named(problem, start.name, axis, needed, count)


def _across(problem: LocalProblem, axis: int) -> Iterator[Missing]:
    """The two faces of a box across one direction."""
    ends = (float(problem.shape.lower[axis]), float(problem.shape.upper[axis]))
    faces = [_face(problem, axis, value) for value in ends]
    degree = _inner(problem, faces[0])
    if degree is None:
        return
    counts = [_count(problem, face) for face in faces]
    periodic = [
        _touches(term, problem, condition.collocation_points(faces[0].points))
        for condition, term in problem.conditions
        if getattr(condition, "component_x", None) == axis
    ]
    for face, count in zip(faces, counts, strict=True):
        own = _degree(problem, face)
        count.given += degree - (own if own is not None else 0)
        count.given += len(periodic) / 2
        for touched in periodic:
            count.touched += touched
    points = sum(_in_points(condition) for condition, _ in problem.conditions)
    total = sum(count.given for count in counts) + points
    if total >= degree:
        return
    if degree % 2:
        both = _Count(total, counts[0].touched + counts[1].touched)
        yield from _named(problem, f"{faces[0].name} or {ends[1]:g}", axis, degree, both)
        return
    for face, count in zip(faces, counts, strict=True):
        if count.given < degree // 2:
            yield from _named(problem, face.name, axis, degree // 2, count)


def _in_points(condition: Any) -> int:
    return len(getattr(condition, "points", ()))


def _around(problem: LocalProblem) -> Iterator[Missing]:
    """The edges and curves of a shape that is not a box."""
    lacking: list[tuple[_Part, int, _Count]] = []
    for part in problem.shape.parts():
        piece = _Part(*part)
        degree = _degree(problem, piece)
        if degree is None:
            return
        count = _count(problem, piece)
        if count.given > degree // 2:
            # Too many here may serve where there are too few: nothing can be said.
            return
        if count.given < degree // 2 - 0.5:
            lacking.append((piece, degree // 2, count))
    for piece, needed, count in lacking:
        yield from _named(problem, piece.name, None, needed, count)


def _count(problem: LocalProblem, part: _Part) -> _Count:
    """Conditions on a part, in the mean over its points; periodic ones apart."""
    structure = problem.structure
    total, touched = 0.0, np.zeros(structure.outputs)
    for condition, term in problem.conditions:
        if hasattr(condition, "component_x") or hasattr(condition, "points"):
            continue
        chosen = np.asarray(condition.collocation_points(part.points), dtype=float)
        if not len(chosen):
            continue
        own = _touches(term, problem, chosen)
        share = len(chosen) / len(part.points)
        total += share * (np.sum(own) > 0) * max(1, _rows(term, problem, chosen))
        touched += share * own
    return _Count(total, touched)


def _evaluated(term: Term, problem: LocalProblem, points: np.ndarray) -> Any:
    outputs, dimension = problem.structure.outputs, points.shape[1]
    order = 4 if dimension <= 2 else 2
    random = np.random.default_rng(3)
    jets = {
        (c, a): random.standard_normal(len(points))
        for c in range(outputs)
        for a in multi_indices(dimension, order)
    }
    return evaluate(term.at(points), points, jets, outputs)


def _touches(term: Term, problem: LocalProblem, points: np.ndarray) -> np.ndarray:
    """Which outputs a condition depends on, as zeros and ones."""
    held = np.ascontiguousarray(points, dtype=float)
    found = np.zeros(problem.structure.outputs)
    if len(held):
        for row in _evaluated(term, problem, held).sensitivities:
            for (output, _), value in row.items():
                if np.any(value):
                    found[output] = 1.0
    return found


def _rows(term: Term, problem: LocalProblem, points: np.ndarray) -> int:
    held = np.ascontiguousarray(points, dtype=float)
    return len(_evaluated(term, problem, held).residuals)


def _named(
    problem: LocalProblem, part: str, axis: int | None, needed: int, count: _Count
) -> Iterator[Missing]:
    """An entry for each output with fewer conditions than half of its order asks for."""
    order = problem.structure.order
    across = order.max(axis=1) if axis is None else order[:, axis]
    wanted = across if axis == problem.shape.time_axis and axis is not None else across / 2
    lack: Sequence[int] = [c for c in range(len(order)) if count.touched[c] < np.ceil(wanted[c])]
    elsewhere = [c for c in lack if across[c] == across.max()] or [int(np.argmax(across))]
    for output in elsewhere:
        yield Missing(part, output, needed, int(count.given))
