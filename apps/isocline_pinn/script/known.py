"""The exact solution that a script gives its data (`solution=`), as a reference to compare with."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from isocline_pinn.domain import bounding_box, inside
from isocline_pinn.problem import Problem

if TYPE_CHECKING:
    import xarray as xr

_POINTS = {1: 401, 2: 101, 3: 31}  # a direction


def known_solution(problem: Problem) -> "Callable[[], xr.Dataset] | None":
    """The script's own solution on an even grid.

    Args:
        problem: Its data may have been given `solution=`.

    Returns:
        None where it has none in at most three dimensions, or one that is zero or not finite: it stands for
        nothing then.
    """
    exact, dimension = getattr(problem.data, "soln", None), problem.data.geom.dim
    if exact is None or dimension not in _POINTS:
        return None
    low, high = bounding_box(problem.data.geom)
    axes = [np.linspace(a, b, _POINTS[dimension]) for a, b in zip(low, high, strict=True)]
    points = np.stack([part.ravel() for part in np.meshgrid(*axes, indexing="ij")], axis=1)
    within = inside(problem.data.geom, points)
    values = np.asarray(exact(points[within]), dtype=float).reshape(int(within.sum()), -1)
    if values.shape[1] != len(problem.outputs) or not np.isfinite(values).all() or not values.any():
        return None
    everywhere = np.full((len(points), values.shape[1]), np.nan)
    everywhere[within] = values

    def reference() -> "xr.Dataset":
        import xarray as xr

        names = [q.name for q in problem.coordinates]
        shape = [len(axis) for axis in axes]
        fields = {
            q.name: (names, everywhere[:, index].reshape(shape))
            for index, q in enumerate(problem.outputs)
        }
        dataset: xr.Dataset = xr.Dataset(fields, dict(zip(names, axes, strict=True)))
        return dataset.transpose(*problem.order)

    return reference
