"""A solution: called at points, on a grid as a labelled dataset, with its residual and its unknowns."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from isocline_pinn.config import PinnSettings
from isocline_pinn.derivative import partial_derivative
from isocline_pinn.domain import inside
from isocline_pinn.grids import grid_points
from isocline_pinn.problem import Problem
from isocline_run import UserError

if TYPE_CHECKING:
    import xarray as xr

_CHUNK = 50_000  # points evaluated at a time
_FEATURES = 200  # of a network for which so many points fit


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
class Level:
    """One level of refinement of a solution by local networks.

    Attributes:
        number: From one.
        degree: Of the features.
        blocks: How many there are.
        unknowns: Coefficients.
        seconds: Since the solve began.
        error_estimate: Estimated relative L2 error: the difference from the next level, or the check.
        net: The level's solution.
    """

    number: int
    degree: int
    blocks: int
    unknowns: int
    seconds: float
    error_estimate: float | None
    net: torch.nn.Module = field(repr=False, compare=False)


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
        levels: Of refinement, the last one this solution; none for a trained network.
        unknowns: Constants found, by name.
        iterations: Steps done.
        folder: The run folder; None when nothing was written.

    Example:
        >>> from isocline_pinn import solve
        >>> solution = solve("heat")
        >>> solution([[0.5, 0.0]]).shape
        (1, 1)
        >>> solution.derivative([[0.5, 0.0]], "u", x=2).shape
        (1,)
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
    levels: tuple[Level, ...] = ()

    def __call__(self, points: Any) -> np.ndarray:
        """The outputs at points.

        Args:
            points: Shape (n, d), columns in the order of `problem.coordinates`.

        Returns:
            Shape (n, m), columns in the order of `problem.outputs`.

        Raises:
            UserError: The points have another number of columns.
        """
        places = self._checked_points(points)
        with torch.no_grad():
            parts = [self.net(part) for part in self._chunks(places, _CHUNK)]
        result: np.ndarray = torch.cat(parts).cpu().numpy().astype(float)
        return result

    def derivative(self, points: Any, output: str, /, **orders: int) -> np.ndarray:
        """A partial derivative of an output at points, by automatic differentiation of the network.

        Args:
            points: Shape (n, d), columns in the order of `problem.coordinates`.
            output: Name of the output.
            orders: By coordinate: `x=2, t=1` is ∂³u/∂x²∂t.

        Returns:
            Shape (n,).

        Raises:
            UserError: No output or coordinate has that name, an order is no whole number from zero on,
                or the points have another number of columns.
        """
        places = self._checked_points(points)
        outputs = [q.name for q in self.problem.outputs]
        names = [q.name for q in self.problem.coordinates]
        if output not in outputs:
            raise UserError(
                f"{self.problem.name} has no output {output!r}; its outputs are {', '.join(outputs)}"
            )
        for name, order in orders.items():
            if name not in names:
                raise UserError(
                    f"{self.problem.name} has no coordinate {name!r}; its coordinates are "
                    f"{', '.join(names)}"
                )
            if not isinstance(order, int) or order < 0:
                raise UserError(f"the order of {name} is {order!r}; give 0, 1, 2, …")
        directions = [names.index(name) for name, order in orders.items() for _ in range(order)]
        found = [
            partial_derivative(self.net, part, outputs.index(output), directions)
            for part in self._chunks(places, _CHUNK // 5)
        ]
        return np.concatenate(found)

    def residual(self, points: Any) -> np.ndarray:
        """What the equations leave at points, shape (n, number of equations).

        Args:
            points: Shape (n, d).
        """
        import deepxde as dde

        data = self.problem.data
        found = []
        for x in self._chunks(self._checked_points(points), _CHUNK // 5):
            x.requires_grad_()
            dde.gradients.clear()
            arguments = [x, self.net(x)]
            if data.auxiliary_var_fn is not None:
                known = data.auxiliary_var_fn(x.detach().cpu().numpy())
                arguments.append(torch.as_tensor(known, dtype=x.dtype, device=x.device))
            left = data.pde(*arguments)
            left = left if isinstance(left, list | tuple) else [left]
            columns = [r.detach().reshape(len(x), -1) for r in left]
            found.append(torch.cat(columns, dim=1).cpu().numpy().astype(float))
            dde.gradients.clear()
        return np.concatenate(found)

    def to_dataset(
        self,
        grid: "xr.Dataset | Mapping[str, Any] | None" = None,
        *,
        points: Any = None,
        derivatives: Iterable[str] = (),
        residual: bool = True,
    ) -> "xr.Dataset":
        """The solution on a grid or at points, with its residual and its estimated error.

        Args:
            grid: Coordinates by name; the reference's grid, or an even one over the domain, when None.
            points: Instead of a grid, shape (n, d), columns in the order of `problem.coordinates`; the
                dataset then has the dimension "point", with the coordinates along it.
            derivatives: Derivatives to add, named as in "u_xx" or "u_xt".
            residual: Whether to evaluate the equation, which takes longer than all else.

        Returns:
            A dataset of the outputs, the derivatives, `residual` (or `residual_1`, …) where the problem has
            a pointwise equation, `u_error_estimate` where the error could be estimated, and, on its own
            grid, the reference as `u_reference`; NaN outside the domain. Method, notes and the estimated
            relative error are attributes.

        Raises:
            UserError: The grid lacks a coordinate, both a grid and points are given, or a derivative names
                no output or coordinate.
        """
        from isocline_pinn.labels import labelled_solution

        return labelled_solution(
            self, grid, points=points, derivatives=derivatives, residual=residual
        )

    def save(self, folder: "str | Path", *, force: bool = False) -> Path:
        """Write the solution to a folder, for `load_solution`.

        Args:
            folder: Made if it is not there; receives `model.safetensors` and `solution.json`.
            force: Replace a solution that is there.

        Returns:
            The folder.

        Raises:
            UserError: A solution is there already, or the folder cannot be written.
        """
        from isocline_pinn.saving import save_solution

        return save_solution(self, Path(folder), force=force)

    def relative_l2(self) -> float:
        """‖u − reference‖ / ‖reference‖ over all outputs, on the reference's grid.

        Raises:
            UserError: The problem has no reference.
        """
        if self.reference is None:
            raise UserError(f"{self.problem.name} has no reference to compare with")
        return self._relative_l2

    @cached_property
    def _relative_l2(self) -> float:
        assert self.reference is not None
        return relative_l2(self, self.reference)

    def at_level(self, level: Level) -> "Solution":
        """This solution as it was at one of its levels."""
        return replace(
            self, net=level.net, error_estimate=level.error_estimate, estimated_error=None
        )

    @cached_property
    def reference(self) -> "xr.Dataset | None":
        """The reference solution; None when there is none."""
        return None if self.problem.reference is None else self.problem.reference()

    def _checked_points(self, points: Any) -> np.ndarray:
        places = np.asarray(points, dtype=float)
        names = [q.name for q in self.problem.coordinates]
        if places.ndim != 2 or places.shape[1] != len(names):
            raise UserError(
                f"points have shape {places.shape}; give (n, {len(names)}), columns {', '.join(names)}"
            )
        return places

    def _chunks(self, places: np.ndarray, size: int) -> Iterator[Tensor]:
        """The points in parts, as tensors of the network's precision and device."""
        parameter = next(self.net.parameters())
        # Networks of many features need much room for a point.
        size = max(1, min(size, size * _FEATURES // getattr(self.net, "features", _FEATURES)))
        for part in np.array_split(places, max(1, -(-len(places) // size))):
            yield torch.as_tensor(part, dtype=parameter.dtype, device=parameter.device)

    def inside(self, points: np.ndarray) -> np.ndarray:
        """Which points lie in the domain, its boundary included, shape (n,)."""
        return inside(self.problem.data.geom, points)


def relative_l2(solution: "Solution", reference: "xr.Dataset", stride: int = 1) -> float:
    """The error over all outputs relative to the reference, both in the 2-norm over its grid.

    Args:
        solution: To be judged.
        reference: On a grid; outputs that it lacks are left out, and NaN.
        stride: Take only one point of so many.

    Raises:
        UserError: The reference has none of the outputs.
    """
    problem = solution.problem
    known = [j for j, q in enumerate(problem.outputs) if q.name in reference]
    if not known:
        raise UserError(
            f"the reference of {problem.name} holds {', '.join(map(str, reference.data_vars))} and none of "
            f"its outputs {', '.join(q.name for q in problem.outputs)}"
        )
    points = grid_points(problem, reference)[::stride]
    names = [problem.outputs[j].name for j in known]
    ordered = [reference[name].transpose(*problem.order).values.reshape(-1) for name in names]
    right = np.stack(ordered, axis=1)[::stride]
    found = solution(points)[:, known]
    finite = np.isfinite(right)
    difference, size = (found - right)[finite], right[finite]
    return float(np.linalg.norm(difference) / np.linalg.norm(size))
