"""Measurements from a NetCDF file as conditions of a problem."""

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from isocline_pinn.domain import require_inside
from isocline_pinn.problem import Problem
from isocline_run import UserError

if TYPE_CHECKING:
    import xarray as xr


def read_observations(
    source: "str | Path | xr.Dataset", problem: Problem, *, data_dir: str | Path | None = None
) -> list[Any]:
    """A `dde.icbc.PointSetBC` for each output that a file observes.

    The file's variables are named as the problem's outputs, and for each coordinate of the problem there
    is a coordinate, or a variable along the same dimension, of its name: a grid, or a list of points.
    Missing values are left out. A variable `u_standard_error` (or `u_error`) tells the error of each value of
    u, which then counts by it.

    Args:
        source: Path, catalogue name or dataset.
        problem: Gives names and domain.
        data_dir: Folder searched first for files of the catalogue.

    Returns:
        The conditions.

    Raises:
        UserError: No output or not every coordinate is there, all values are missing, or points lie
            outside the domain.
        DataError: The file cannot be read.
    """
    import deepxde as dde

    from isocline_data import open_dataset

    dataset = open_dataset(source, data_dir=data_dir)
    names = [q.name for q in problem.coordinates]
    observed = [q.name for q in problem.outputs if q.name in dataset]
    there = ", ".join(str(name) for name in dataset.variables)
    if not observed:
        wanted = ", ".join(q.name for q in problem.outputs)
        raise UserError(
            f"the observations hold {there}; expected an output of {problem.name}: {wanted}"
        )
    missing = [name for name in names if name not in dataset.variables]
    if missing:
        raise UserError(
            f"the observations hold {there}; expected each coordinate of {problem.name}, "
            f"{', '.join(missing)} is missing"
        )
    conditions = []
    for component, quantity in enumerate(problem.outputs):
        if quantity.name in observed:
            points, values, errors = _points(dataset, quantity.name, names)
            what = f"the observations of {quantity.name}"
            require_inside(problem.data.geom, points, names, what)
            made = dde.icbc.PointSetBC(points, values[:, None], component=component)
            if errors is not None:
                made = weighted_by_errors(made, errors)
            conditions.append(made)
    return conditions


def add_conditions(data: Any, conditions: list[Any]) -> None:
    """Let a data object hold more conditions; its points are drawn anew.

    Args:
        data: A `dde.data.PDE`.
        conditions: To be added.
    """
    data.bcs = [*data.bcs, *conditions]
    data.resample_train_points()


def _points(
    dataset: "xr.Dataset", name: str, coordinates: list[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Points (n, d), values (n,) and their stated errors (n,) of a variable, those that are there."""
    import xarray as xr

    # Only values are wanted: coordinates that come along would have to agree with one another.
    stated = [n for n in (f"{name}_standard_error", f"{name}_error") if n in dataset][:1]
    bare = [dataset[n].reset_coords(drop=True) for n in [name, *coordinates, *stated]]
    stacked = xr.broadcast(*bare)
    values = np.asarray(stacked[0].values, dtype=float).reshape(-1)
    columns = [np.asarray(a.values, dtype=float).reshape(-1) for a in stacked[1:]]
    points = np.stack(columns[: len(coordinates)], axis=1)
    kept = np.isfinite(values) & np.isfinite(points).all(axis=1)
    if not kept.any():
        raise UserError(f"all values of {name} in the observations are missing; give at least one")
    if not stated:
        return points[kept], values[kept], None
    errors = columns[-1][kept]
    if not np.all(errors > 0):
        raise UserError(
            f"{int((~(errors > 0)).sum())} of {len(errors)} values of {stated[0]} are not above zero; give "
            "a standard error for each observation, or leave the variable out"
        )
    return points[kept], values[kept], errors


def weighted_by_errors(condition: Any, errors: np.ndarray) -> Any:
    """A set of observations whose residuals are divided by their standard errors.

    Args:
        condition: A `dde.icbc.PointSetBC`.
        errors: Shape (n,); only their ratios matter, as the size of the noise is estimated.

    Returns:
        A condition of the same points and values.
    """
    import torch

    kind = type(condition)
    relative = torch.as_tensor(errors / np.sqrt(np.mean(errors**2)))[:, None]

    def error(self: Any, *given: Any, **named: Any) -> Any:
        left = kind.error(self, *given, **named)
        return left / relative.to(left)

    weighted = copy.copy(condition)
    weighted.__class__ = type(kind.__name__, (kind,), {"error": error})
    return weighted
