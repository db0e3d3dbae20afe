"""Looking at a problem before any family solves it.

The functions of a problem are called at a few hundred points on the Taylor surrogate, which needs no
network: what would go wrong without a word gets its sentence whichever family comes next.
"""

from typing import Any

import numpy as np

from isocline_pinn.domain import require_inside
from isocline_pinn.local.errors import BadConditionError
from isocline_pinn.local.periodic import mend_partners
from isocline_pinn.local.problem import read_problem
from isocline_pinn.local.solve import double_precision
from isocline_pinn.problem import Problem
from isocline_pinn.problem_file import EVALUATION_ERRORS, sentence_about
from isocline_pinn.trace import equation_term
from isocline_pinn.trace.missing import missing_conditions
from isocline_pinn.trust.conditions import check_condition, name_of
from isocline_pinn.trust.finite import random_outputs, require_finite, require_one_row_a_point
from isocline_pinn.trust.meeting import disagreements
from isocline_pinn.trust.places import Places, places_of
from isocline_pinn.trust.reference import doubt_about_reference
from isocline_run import UserError


def look_before(problem: Problem) -> list[str]:
    """Check the equations and conditions of a problem.

    Values of conditions of shape (n,) are read as (n, 1), which is the only thing they can mean.

    Args:
        problem: Unmodified but for such values.

    Returns:
        Sentences about what is harmless but should be known.

    Raises:
        UserError: An equation's residual or a condition's values have the wrong shape, or are NaN at some
            points; a condition has no points, does not depend on the solution, or contradicts another; an
            observation lies outside the domain; a function of the problem raises.
    """
    with double_precision():
        places = places_of(problem.data)
        if places is None:
            return []
        try:
            return _look(problem, places)
        except EVALUATION_ERRORS as error:
            raise UserError(sentence_about(error, problem.path)) from error


def _look(problem: Problem, places: Places) -> list[str]:
    data = problem.data
    names = [q.name for q in problem.coordinates]
    conditions = list(data.bcs or [])
    _check_equation(problem, places, names)
    for index, condition in enumerate(conditions):
        if hasattr(condition, "points"):
            what = f"the points of {name_of(condition, index, len(conditions))}"
            require_inside(data.geom, np.asarray(condition.points, float), names, what)
        try:
            mend_partners(condition, places.boundary, name_of(condition, index, len(conditions)))
        except BadConditionError as error:
            raise UserError(str(error)) from error
        check_condition(
            condition,
            index,
            len(conditions),
            places,
            names,
            len(problem.outputs),
            unknowns=list(problem.unknowns.values()),
            transform=getattr(problem.net, "_output_transform", None),
        )
    outputs = [q.name for q in problem.outputs]
    return [
        *disagreements(conditions, places, names, outputs),
        *_missing(problem, outputs),
        *doubt_about_reference(problem),
    ]


def _missing(problem: Problem, outputs: list[str]) -> list[str]:
    """A sentence for each part of the boundary that lacks a condition."""
    read = read_problem(
        problem.data,
        unknowns=list(problem.unknowns.values()),
        outputs=len(outputs),
        output_transform=getattr(problem.net, "_output_transform", None),
    )
    return [
        f"the problem is under-determined: {outputs[m.output]} has too few conditions at {m.part} "
        f"({m.given} of {m.needed} that the equations need); many solutions meet it, and this is one"
        for m in missing_conditions(read)
    ]


def _check_equation(problem: Problem, places: Places, names: list[str]) -> None:
    term = equation_term(problem.data, getattr(problem.net, "_output_transform", None))
    found: dict[str, list[np.ndarray]] = {}
    for x, u in random_outputs(places.inside, len(problem.outputs)):
        result: Any = term.function(places.inside, x, u)
        parts = list(result) if isinstance(result, list | tuple) else [result]
        for number, part in enumerate(parts, 1):
            name = f"equation {number}"
            value = require_one_row_a_point(name, part, places.inside)
            found.setdefault(name, []).append(value.detach().numpy())
    for name, residuals in found.items():
        require_finite(name, residuals, places.inside, names)
