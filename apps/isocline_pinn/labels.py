"""From a network's columns to a dataset with names, units and dimensions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from isocline_pinn.problem import Problem
from isocline_run import UserError

if TYPE_CHECKING:
    from isocline_pinn.solution import Solution


def grid_points(problem: Problem, grid: "xr.Dataset | Mapping[str, Any]") -> np.ndarray:
    """All points of a grid, the last of `problem.order` running fastest, shape (n, d).

    Raises:
        UserError: The grid lacks a coordinate.
    """
    missing = [q.name for q in problem.coordinates if q.name not in grid]
    if missing:
        raise UserError(
            f"the grid has {', '.join(map(str, grid))}; {', '.join(missing)} is missing, a coordinate of "
            f"{problem.name}"
        )
    axes = [np.asarray(grid[name], dtype=float).reshape(-1) for name in problem.order]
    mesh = dict(zip(problem.order, np.meshgrid(*axes, indexing="ij"), strict=True))
    return np.stack([mesh[q.name].reshape(-1) for q in problem.coordinates], axis=1)


def labelled_solution(
    solution: "Solution", grid: "xr.Dataset | Mapping[str, Any] | None"
) -> xr.Dataset:
    """See `Solution.to_dataset`."""
    problem, reference = solution.problem, None
    if grid is None:
        reference = solution.reference
        grid = solution.even_grid() if reference is None else reference
    points = grid_points(problem, grid)
    axes = {name: np.asarray(grid[name], dtype=float).reshape(-1) for name in problem.order}
    shape = tuple(len(axis) for axis in axes.values())
    inside = solution.inside(points)
    result = xr.Dataset(coords={name: (name, axis) for name, axis in axes.items()})
    for quantity in problem.coordinates:
        result[quantity.name].attrs = quantity.attributes
    for index, quantity in enumerate(problem.outputs):
        values = np.where(inside, solution(points)[:, index], np.nan)
        result[quantity.name] = (problem.order, values.reshape(shape), quantity.attributes)
    if reference is not None:
        _add_reference(result, problem, reference)
    if getattr(problem.data, "pde", None) is not None:
        _add_residuals(result, solution, points, inside)
    result.attrs = {"title": problem.title, "problem": problem.name}
    if problem.source:
        result.attrs["references"] = problem.source
    for name, estimate in solution.unknowns.items():
        result[name] = ((), estimate.value, {"long_name": f"estimate of {name}"})
        attributes = {"long_name": f"standard error of {name}"}
        result[f"{name}_standard_error"] = ((), estimate.standard_error, attributes)
    return result


def _add_reference(result: xr.Dataset, problem: Problem, reference: xr.Dataset) -> None:
    for quantity in problem.outputs:
        values = reference[quantity.name].transpose(*problem.order).values
        words = f"reference {quantity.long_name or quantity.name}"
        attributes = {"long_name": words, "units": quantity.units}
        result[f"{quantity.name}_reference"] = (problem.order, values, attributes)


def _add_residuals(
    result: xr.Dataset, solution: "Solution", points: np.ndarray, inside: np.ndarray
) -> None:
    problem = solution.problem
    residual = np.where(inside[:, None], solution.residual(points), np.nan)
    shape = tuple(result.sizes[name] for name in problem.order)
    for index in range(residual.shape[1]):
        name = "residual" if residual.shape[1] == 1 else f"residual_{index + 1}"
        words = "residual of the equation" + ("" if name == "residual" else f" {index + 1}")
        attributes = {"long_name": words}
        result[name] = (problem.order, residual[:, index].reshape(shape), attributes)
