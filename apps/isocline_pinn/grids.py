"""Grids over a problem's domain, and their points as rows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from isocline_pinn.domain import bounding_box
from isocline_pinn.problem import Problem
from isocline_run import UserError

if TYPE_CHECKING:
    import xarray as xr

_GRID = {1: 201, 2: 101, 3: 31}  # points a direction, by the number of dimensions
_ACROSS, _ALONG = 61, 21  # points a direction of a plane, and in time


def even_grid(problem: Problem) -> dict[str, np.ndarray]:
    """Evenly spaced coordinates over the domain's bounding box.

    Raises:
        UserError: The domain has more than three dimensions.
    """
    dimensions = len(problem.coordinates)
    if dimensions not in _GRID:
        raise UserError(
            f"{problem.name} has {dimensions} dimensions; give to_dataset a grid with a few points in each"
        )
    low, high = bounding_box(problem.data.geom)
    return {
        q.name: np.linspace(a, b, _GRID[dimensions])
        for q, a, b in zip(problem.coordinates, low, high, strict=True)
    }


def middle_grid(problem: Problem) -> dict[str, np.ndarray]:
    """A grid over the last two directions of space and over time, all else held at its middle."""
    low, high = bounding_box(problem.data.geom)
    shown = [name for name in problem.order if name != "t"][-2:]
    sizes = dict.fromkeys(shown, _ACROSS) | {"t": _ALONG}
    found = {}
    for quantity, a, b in zip(problem.coordinates, low, high, strict=True):
        size = sizes.get(quantity.name)
        found[quantity.name] = np.array([(a + b) / 2]) if size is None else np.linspace(a, b, size)
    return found


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
