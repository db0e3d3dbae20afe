"""A problem of the catalogue, and how far a prediction is from what is known about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from isocline_bench.peers.deepxde_training import Precision, Predictor
from isocline_run import UserError

if TYPE_CHECKING:
    import xarray as xr

    from isocline_pinn import Problem

_LOOKS = 20_000  # points of the reference at which the error is looked at on the way


@dataclass(frozen=True)
class Case:
    """A problem with its reference, which is computed once.

    Attributes:
        name: Of the problem.
        load: Makes it anew in a precision.
    """

    name: str
    load: "Callable[[Precision], Problem]"

    @cached_property
    def problem(self) -> "Problem":
        """The problem in double precision; for its names and what is known about it."""
        return self.load("float64")

    @cached_property
    def reference(self) -> "xr.Dataset | None":
        """The reference solution; None when there is none."""
        return None if self.problem.reference is None else self.problem.reference()

    @property
    def inverse(self) -> bool:
        """Whether constants with a known truth are sought."""
        return bool(self.problem.truth)

    def constants_error(self, found: Mapping[str, float]) -> float:
        """The largest relative error of the constants.

        Args:
            found: Value of each constant.
        """
        truth = self.problem.truth
        return max(
            abs(found[name] - right) / (abs(right) if right else 1.0)
            for name, right in truth.items()
        )

    def field_error(self, predict: Predictor, *, roughly: bool = False) -> float:
        """‖prediction − reference‖ / ‖reference‖ over the outputs that the reference has.

        Args:
            predict: Points (n, d) to outputs (n, m).
            roughly: On a sample of a large grid.

        Raises:
            UserError: The problem has no reference.
        """
        points, right, columns = self._compared
        stride = max(1, len(points) // _LOOKS) if roughly else 1
        found = predict(points[::stride])[:, columns]
        return _relative(found, right[::stride])

    def dataset_error(self, found: "xr.Dataset") -> float:
        """The error of a classical solution: of its constants where they are sought, else of its fields.

        Args:
            found: On the reference's grid; constants are variables without a dimension.

        Raises:
            UserError: The problem has no reference, the solution is on another grid, or it lacks a
                constant.
        """
        if self.inverse:
            missing = [name for name in self.problem.truth if name not in found]
            if missing:
                raise UserError(
                    f"the classical solution of {self.name} lacks {', '.join(missing)}; add the constants "
                    "to its dataset"
                )
            return self.constants_error({name: float(found[name]) for name in self.problem.truth})
        _, right, columns = self._compared
        values = self._columns(found, columns)
        if values.shape != right.shape:
            raise UserError(
                f"the classical solution of {self.name} has {values.shape[0]} values an output, its "
                f"reference {right.shape[0]}; give both on one grid"
            )
        return _relative(values, right)

    @cached_property
    def _compared(self) -> tuple[np.ndarray, np.ndarray, list[int]]:
        """Points of the reference's grid, its values there, and the outputs that it has."""
        from isocline_pinn.grids import grid_points

        if self.reference is None:
            raise UserError(f"{self.name} has no reference to compare with")
        columns = [j for j, q in enumerate(self.problem.outputs) if q.name in self.reference]
        points = grid_points(self.problem, self.reference)
        return points, self._columns(self.reference, columns), columns

    def _columns(self, dataset: "xr.Dataset", columns: list[int]) -> np.ndarray:
        names = [self.problem.outputs[j].name for j in columns]
        ordered = [dataset[n].transpose(*self.problem.order).values.reshape(-1) for n in names]
        return np.stack(ordered, axis=1)


def values_of(unknowns: Mapping[str, Any]) -> dict[str, float]:
    """Constants as numbers, those of several values numbered from one."""
    found: dict[str, float] = {}
    for name, tensor in unknowns.items():
        values = tensor.detach().reshape(-1).tolist()
        for index, value in enumerate(values):
            found[name if len(values) == 1 else f"{name}{index + 1}"] = float(value)
    return found


def _relative(found: np.ndarray, right: np.ndarray) -> float:
    known = np.isfinite(right)
    difference, size = (found - right)[known], right[known]
    return float(np.linalg.norm(difference) / np.linalg.norm(size))
