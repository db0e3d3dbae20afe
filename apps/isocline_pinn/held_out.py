"""Residuals at points that no solution was fitted to: what two solutions are compared by."""

import copy
from typing import Any

import numpy as np
import torch

from isocline_pinn.problem import Problem
from isocline_pinn.solution import Solution
from isocline_pinn.trained.residuals import ResidualSystem
from isocline_pinn.trained.sampling import can_redraw, place_points
from isocline_pinn.whole.points import interior_points

_POINTS = 1000
_SEED = 20_011  # no other random points of a run are drawn from it
_FLOOR = 1e-14  # residuals below it are rounding and count as equal


def held_out_residuals(problem: Problem, net: torch.nn.Module) -> dict[str, float]:
    """Root mean square of each equation's residual at new points, and of each condition's at its own.

    Args:
        problem: Its data object is left as it is; where it cannot take new points, its own are used.
        net: A solution.

    Returns:
        By term, in the units of that equation or condition.
    """
    data: Any = problem.data
    if can_redraw(data):
        data = copy.copy(data)
        place_points(data, interior_points(data.geom, _POINTS, _SEED))
    terms = ResidualSystem(data, net).residuals()
    return {t.name: float(np.sqrt(np.mean(t.values.cpu().numpy() ** 2))) for t in terms}


def compare_residuals(problem: Problem, one: Solution, other: Solution) -> float:
    """How large the residuals of a solution are in those of another: geometric mean over the terms.

    It needs no scale of the equations, whose sizes cancel.
    """
    sizes = []
    for solution in (one, other):
        before = {name: t.detach().clone() for name, t in problem.unknowns.items()}
        with torch.no_grad():
            for name, estimate in solution.unknowns.items():
                if name in problem.unknowns:
                    problem.unknowns[name].fill_(estimate.value)
        sizes.append(held_out_residuals(problem, solution.net))
        with torch.no_grad():
            for name, value in before.items():
                problem.unknowns[name].copy_(value)
    ratios = [
        max(a, _FLOOR) / max(b, _FLOOR) for a, b in zip(*[s.values() for s in sizes], strict=True)
    ]
    return float(np.exp(np.mean(np.log(ratios))))
