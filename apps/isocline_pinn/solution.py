"""A solution: called at points, on a grid as a labelled dataset, with its residual and its unknowns."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from isocline_pinn.config import PinnSettings
from isocline_pinn.domain import bounding_box, inside
from isocline_pinn.problem import Problem
from isocline_run import UserError

if TYPE_CHECKING:
    import xarray as xr

_GRID = {1: 201, 2: 101, 3: 31}  # points a direction where the problem has no grid of its own
_CHUNK = 50_000  # points evaluated at a time


@dataclass(frozen=True)
class Estimate:
    """A constant that was found.

    Attributes:
        value: The estimate.
        standard_error: From the curvature of the residuals at the solution.
        truth: The right value, where it is known.
    """

    value: float
    standard_error: float
    truth: float | None = None


@dataclass(frozen=True)
class Solution:
    """What `solve` returns.

    Attributes:
        problem: The problem.
        net: The trained network.
        settings: Of the run.
        history: Rows of iteration, seconds, loss and error.
        error_estimate: Estimated relative L2 error; None where nothing could tell.
        method: The family that solved it: "local", "whole" or "trained".
        notes: Sentences for the user: what was done and why, what to mind.
        estimated_error: From points, shape (n, d), to the estimated absolute error of each output there,
            shape (n, m); None where nothing could tell.
        unknowns: Constants found, by name.
        iterations: Steps done.
        folder: The run folder; None when nothing was written.

    Example:
        >>> from isocline_pinn import solve
        >>> solution = solve("heat", iterations=2, budget=None)
        >>> solution([[0.5, 0.0]]).shape
        (1, 1)
    """

    problem: Problem
    net: torch.nn.Module
    settings: PinnSettings
    history: tuple[dict[str, float], ...] = ()
    unknowns: Mapping[str, Estimate] = field(default_factory=dict)
    iterations: int = 0
    folder: Path | None = None
    error_estimate: float | None = None
    method: str = "trained"
    notes: tuple[str, ...] = ()
    estimated_error: Callable[[np.ndarray], np.ndarray] | None = field(
        default=None, repr=False, compare=False
    )

    def __call__(self, points: Any) -> np.ndarray:
        """The outputs at points.

        Args:
            points: Shape (n, d), columns in the order of `problem.coordinates`.

        Returns:
            Shape (n, m), columns in the order of `problem.outputs`.

        Raises:
            UserError: The points have another number of columns.
        """
        places = np.asarray(points, dtype=float)
        names = [q.name for q in self.problem.coordinates]
        if places.ndim != 2 or places.shape[1] != len(names):
            raise UserError(
                f"points have shape {places.shape}; give (n, {len(names)}), columns {', '.join(names)}"
            )
        parameter = next(self.net.parameters())
        with torch.no_grad():
            parts = [
                self.net(torch.as_tensor(part, dtype=parameter.dtype, device=parameter.device))
                for part in np.array_split(places, max(1, -(-len(places) // _CHUNK)))
            ]
        result: np.ndarray = torch.cat(parts).cpu().numpy().astype(float)
        return result

    def residual(self, points: Any) -> np.ndarray:
        """What the equations leave at points, shape (n, number of equations).

        Args:
            points: Shape (n, d).
        """
        import deepxde as dde

        data, parameter = self.problem.data, next(self.net.parameters())
        places = np.asarray(points, dtype=float)
        found = []
        for part in np.array_split(places, max(1, -(-len(places) // 10_000))):
            x = torch.as_tensor(part, dtype=parameter.dtype, device=parameter.device)
            x.requires_grad_()
            dde.gradients.clear()
            arguments = [x, self.net(x)]
            if data.auxiliary_var_fn is not None:
                arguments.append(torch.as_tensor(data.auxiliary_var_fn(part), dtype=x.dtype))
            left = data.pde(*arguments)
            left = left if isinstance(left, list | tuple) else [left]
            columns = [r.detach().reshape(len(part), -1) for r in left]
            found.append(torch.cat(columns, dim=1).cpu().numpy().astype(float))
            dde.gradients.clear()
        return np.concatenate(found)

    def to_dataset(self, grid: "xr.Dataset | Mapping[str, Any] | None" = None) -> "xr.Dataset":
        """The solution on a grid, with its residual and, where there is one, the reference.

        Args:
            grid: Coordinates by name; the reference's grid, or an even one over the domain, when None.

        Returns:
            A dataset of the outputs, `residual` (or `residual_1`, …) and, on its own grid, the reference
            as `u_reference`; NaN outside the domain.

        Raises:
            UserError: The grid lacks a coordinate.
        """
        from isocline_pinn.labels import labelled_solution

        return labelled_solution(self, grid)

    def relative_l2(self) -> float:
        """‖u − reference‖ / ‖reference‖ over all outputs, on the reference's grid.

        Raises:
            UserError: The problem has no reference.
        """
        if self.reference is None:
            raise UserError(f"{self.problem.name} has no reference to compare with")
        return relative_l2(self, self.reference)

    @cached_property
    def reference(self) -> "xr.Dataset | None":
        """The reference solution; None when there is none."""
        return None if self.problem.reference is None else self.problem.reference()

    def even_grid(self) -> dict[str, np.ndarray]:
        """Evenly spaced coordinates over the domain's bounding box.

        Raises:
            UserError: The domain has more than three dimensions.
        """
        dimensions = len(self.problem.coordinates)
        if dimensions not in _GRID:
            raise UserError(
                f"{self.problem.name} has {dimensions} dimensions; give to_dataset a grid with a few "
                "points in each"
            )
        low, high = bounding_box(self.problem.data.geom)
        return {
            q.name: np.linspace(a, b, _GRID[dimensions])
            for q, a, b in zip(self.problem.coordinates, low, high, strict=True)
        }

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Which points lie in the domain, its boundary included, shape (n,)."""
        return inside(self.problem.data.geom, points)


def relative_l2(solution: "Solution", reference: "xr.Dataset") -> float:
    """The error over all outputs relative to the reference, both in the 2-norm over its grid."""
    from isocline_pinn.labels import grid_points

    points = grid_points(solution.problem, reference)
    found, exact = solution(points), []
    for quantity in solution.problem.outputs:
        ordered = reference[quantity.name].transpose(*solution.problem.order)
        exact.append(ordered.values.reshape(-1))
    right = np.stack(exact, axis=1)
    known = np.isfinite(right)
    difference, size = (found - right)[known], right[known]
    return float(np.linalg.norm(difference) / np.linalg.norm(size))
