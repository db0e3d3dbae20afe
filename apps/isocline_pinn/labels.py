"""From a network's columns to a dataset with names, units and dimensions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from isocline_pinn.derivative import read_derivative
from isocline_pinn.grids import even_grid, grid_points
from isocline_pinn.problem import Problem
from isocline_run import UserError

if TYPE_CHECKING:
    from isocline_pinn.solution import Solution


@dataclass(frozen=True)
class Places:
    """Where a solution is evaluated, and how the values are laid out.

    Attributes:
        points: Shape (n, d), columns in the order of `problem.coordinates`.
        dims: Names of the dimensions.
        shape: Their sizes; n is the product.
        coordinates: Values by name, each with its dimensions.
    """

    points: np.ndarray
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    coordinates: Mapping[str, tuple[tuple[str, ...], np.ndarray]]

    def field(
        self, values: np.ndarray, attributes: Mapping[str, str]
    ) -> tuple[tuple[str, ...], np.ndarray, dict[str, str]]:
        """Values at the points, shape (n,), as a variable of a dataset."""
        return self.dims, values.reshape(self.shape), dict(attributes)


def labelled_solution(
    solution: "Solution",
    grid: "xr.Dataset | Mapping[str, Any] | None",
    *,
    points: Any = None,
    derivatives: Iterable[str] = (),
    residual: bool = True,
) -> xr.Dataset:
    """See `Solution.to_dataset`."""
    problem, reference = solution.problem, None
    if grid is not None and points is not None:
        raise UserError("to_dataset was given a grid and points; give one of the two")
    if points is not None:
        places = _own_points(problem, points)
    else:
        if grid is None:
            reference = solution.reference
            grid = even_grid(problem) if reference is None else reference
        places = _on_grid(problem, grid)
    result = xr.Dataset(coords=dict(places.coordinates))
    for quantity in problem.coordinates:
        result[quantity.name].attrs = quantity.attributes
    _add_outputs(result, solution, places, derivatives, residual=residual)
    if reference is not None:
        _add_reference(result, problem, reference)
    result.attrs = _attributes(solution)
    for name, estimate in solution.unknowns.items():
        result[name] = ((), estimate.value, {"long_name": f"estimate of {name}"})
        attributes = {"long_name": f"standard error of {name}"}
        result[f"{name}_standard_error"] = ((), estimate.standard_error, attributes)
    return result


def is_pointwise(data: Any) -> bool:
    """Whether the equation of a data object is one at each point by itself."""
    kinds = {base.__name__ for base in type(data).__mro__}
    return getattr(data, "pde", None) is not None and not kinds & {"IDE", "FPDE", "TimeFPDE"}


def _on_grid(problem: Problem, grid: "xr.Dataset | Mapping[str, Any]") -> Places:
    points = grid_points(problem, grid)
    axes = {name: np.asarray(grid[name], dtype=float).reshape(-1) for name in problem.order}
    shape = tuple(len(axis) for axis in axes.values())
    return Places(points, problem.order, shape, {name: ((name,), a) for name, a in axes.items()})


def _own_points(problem: Problem, points: Any) -> Places:
    found = np.asarray(points, dtype=float)
    names = [q.name for q in problem.coordinates]
    if found.ndim != 2 or found.shape[1] != len(names):
        raise UserError(
            f"points have shape {found.shape}; give (n, {len(names)}), columns {', '.join(names)}"
        )
    along = {name: (("point",), found[:, j]) for j, name in enumerate(names)}
    return Places(found, ("point",), (len(found),), along)


def _add_outputs(
    result: xr.Dataset,
    solution: "Solution",
    places: Places,
    derivatives: Iterable[str],
    *,
    residual: bool,
) -> None:
    """Outputs, derivatives, residuals and estimated errors, NaN outside the domain."""
    problem, points = solution.problem, places.points
    inside = solution.inside(points)
    found = solution(points)
    for index, quantity in enumerate(problem.outputs):
        values = np.where(inside, found[:, index], np.nan)
        result[quantity.name] = places.field(values, quantity.attributes)
    for name in derivatives:
        wanted = read_derivative(problem, name)
        slope = solution.derivative(points, wanted.output, **wanted.orders)
        attributes = wanted.attributes(problem)
        result[name] = places.field(np.where(inside, slope, np.nan), attributes)
    if residual and is_pointwise(problem.data):
        left = np.where(inside[:, None], solution.residual(points), np.nan)
        for index in range(left.shape[1]):
            one = left.shape[1] == 1
            name = "residual" if one else f"residual_{index + 1}"
            words = "residual of the equation" + ("" if one else f" {index + 1}")
            result[name] = places.field(left[:, index], {"long_name": words})
    if solution.estimated_error is not None:
        errors = np.where(inside[:, None], solution.estimated_error(points), np.nan)
        for index, quantity in enumerate(problem.outputs):
            named = f"{quantity.long_name} {quantity.name}".strip()
            words = f"estimated absolute error of {named}"
            attributes = {"long_name": words, "units": quantity.units}
            result[f"{quantity.name}_error_estimate"] = places.field(errors[:, index], attributes)


def _add_reference(result: xr.Dataset, problem: Problem, reference: xr.Dataset) -> None:
    for quantity in problem.outputs:
        if quantity.name not in reference:
            continue
        values = reference[quantity.name].transpose(*problem.order).values
        words = f"reference {quantity.long_name or quantity.name}"
        attributes = {"long_name": words, "units": quantity.units}
        result[f"{quantity.name}_reference"] = (problem.order, values, attributes)


def _attributes(solution: "Solution") -> dict[str, Any]:
    problem = solution.problem
    found: dict[str, Any] = {
        "title": problem.title,
        "problem": problem.name,
        "method": solution.method,
    }
    if solution.notes:
        found["notes"] = " ".join(solution.notes)
    if solution.error_estimate is not None:
        found["estimated_relative_l2"] = solution.error_estimate
    if problem.source:
        found["references"] = problem.source
    return found
