"""What an equation is made of: active jets, order per output and direction, linear or not.

Three draws of random jets at a few probe points show which ∂R/∂J are not zero and whether they
change with the jets. It takes milliseconds and sees what the code does, not how it is written.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from isocline_pinn.trace.surrogate import Jet, ResidualFunction, evaluate, multi_indices
from isocline_pinn.trace.terms import Term, Transform, equation_term, named

_DRAWS = 3


@dataclass(frozen=True)
class TracedTerm:
    """What one residual function uses of u.

    Attributes:
        jets: active jets, sorted.
        linear: whether ∂R/∂J does not depend on the jets (nor on the unknown constants).
        residuals: how many residuals it returns.
    """

    jets: tuple[Jet, ...]
    linear: bool
    residuals: int


@dataclass(frozen=True)
class Structure:
    """The problem as the engine needs to know it.

    Attributes:
        dimension: inputs, time included.
        outputs: outputs of the network.
        equation: what the PDE uses.
        order: highest derivative of each output in each direction, shape (outputs, dimension).
        steady_coefficients: whether ∂R/∂J of a linear equation is the same at all times.
        time_axis: the index of time among the inputs, or None.
    """

    dimension: int
    outputs: int
    equation: TracedTerm
    order: np.ndarray
    time_axis: int | None


def trace_term(
    function: ResidualFunction,
    points: np.ndarray,
    outputs: int,
    *,
    unknowns: Sequence[Tensor] = (),
    seed: int = 0,
) -> TracedTerm:
    """Probe a residual function with random jets at the given points, shape (n, d)."""
    dimension = points.shape[1]
    order = 4 if dimension <= 3 else 2
    keys = [(c, a) for c in range(outputs) for a in multi_indices(dimension, order)]
    random = np.random.default_rng(seed)
    seen: list[list[dict[Jet, np.ndarray]]] = []
    for draw in range(_DRAWS):
        jets = {key: random.standard_normal(len(points)) for key in keys}
        # A constant that starts at zero would hide the terms that it multiplies.
        with _moved(unknowns, 1e-3 * draw):
            seen.append(evaluate(function, points, jets, outputs).sensitivities)
    active = {jet for draw in seen for row in draw for jet, value in row.items() if np.any(value)}
    linear = not unknowns and all(_same(seen[0], draw, active) for draw in seen[1:])
    return TracedTerm(tuple(sorted(active)), linear, len(seen[0]))


@contextlib.contextmanager
def _moved(unknowns: Sequence[Tensor], share: float) -> Iterator[None]:
    """The unknown constants a little larger for a while."""
    before = [unknown.detach().clone() for unknown in unknowns]
    with torch.no_grad():
        for unknown in unknowns:
            unknown += share * (1 + unknown.abs())
    try:
        yield
    finally:
        with torch.no_grad():
            for unknown, value in zip(unknowns, before, strict=True):
                unknown.copy_(value)


def _same(
    first: list[dict[Jet, np.ndarray]], second: list[dict[Jet, np.ndarray]], jets: set[Jet]
) -> bool:
    for row, other in zip(first, second, strict=True):
        for jet in jets:
            a, b = row.get(jet), other.get(jet)
            if a is None or b is None:
                continue
            if np.max(np.abs(a - b)) > 1e-9 * (1 + np.max(np.abs(a))):
                return False
    return True


def count_outputs(data: Any, points: np.ndarray, transform: Transform | None = None) -> int:
    """The smallest number of outputs with which the equation and the conditions can be evaluated.

    A DeepXDE `data` object does not say how many outputs its network has; code that asks for an
    output that is not there fails or returns no column.
    """
    for outputs in range(1, 13):
        keys = [(c, a) for c in range(outputs) for a in multi_indices(points.shape[1], 1)]
        jets = {key: np.ones(len(points)) for key in keys}
        named_component = max((_component(c) for c in data.bcs), default=0)
        if named_component >= outputs:
            continue
        if _runs(equation_term(data, transform), points, jets, outputs):
            return outputs
    return 1


def _component(condition: Any) -> int:
    component = getattr(condition, "component", 0)
    return max(component) if isinstance(component, (list, tuple)) else int(component)


def _runs(term: Term, points: np.ndarray, jets: dict[Jet, np.ndarray], outputs: int) -> bool:
    try:
        result = evaluate(term.at(points), points, jets, outputs, sensitivities=False)
    except (IndexError, ValueError, RuntimeError):
        return False
    return result.residuals.shape[1] == len(points)


def trace_problem(
    data: Any,
    points: np.ndarray,
    outputs: int,
    *,
    time_axis: int | None,
    transform: Transform | None = None,
    unknowns: Sequence[Tensor] = (),
    conditions: Callable[[Any], np.ndarray] | None = None,
) -> Structure:
    """Trace the equation of `data` at probe points inside the domain, shape (n, d).

    Conditions count for the order too when `conditions` gives the points of each one.
    """
    equation = trace_term(
        equation_term(data, transform).at(points), points, outputs, unknowns=unknowns
    )
    order = np.zeros((outputs, points.shape[1]), dtype=int)
    _raise_order(order, equation.jets)
    if conditions is not None:
        for condition, term in zip(data.bcs, named(data.bcs, transform), strict=True):
            where = conditions(condition)
            if len(where):
                _raise_order(order, trace_term(term.at(where), where, outputs).jets)
    return Structure(points.shape[1], outputs, equation, order, time_axis)


def _raise_order(order: np.ndarray, jets: Sequence[Jet]) -> None:
    for output, alpha in jets:
        order[output] = np.maximum(order[output], alpha)
