"""What a model learns from: values with gaps on a time axis, and the labels they came with."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr
from jaxtyping import Float

from isocline_data import require_variables
from isocline_data.times import find_time, show
from isocline_forecast.time_axis import TimeAxis, read_time_axis
from isocline_run import UserError


@dataclass(frozen=True)
class History:
    """Series on one time axis.

    Attributes:
        axis: The stamps.
        values: (time, series); NaN where missing.
        template: One time slice of the variables, whose labels the forecasts take; the series are
            its variables' cells in order.
    """

    axis: TimeAxis
    values: Float[np.ndarray, "time series"]
    template: xr.Dataset

    @property
    def observed(self) -> np.ndarray:
        """Where there is a value."""
        return ~np.isnan(self.values)

    @property
    def names(self) -> list[str]:
        """A name for each series."""
        found: list[str] = []
        for name, variable in self.template.data_vars.items():
            cells = variable.size
            found += [str(name)] if cells == 1 else [f"{name}[{i}]" for i in range(cells)]
        return found

    def upto(self, count: int) -> "History":
        """The first `count` rows."""
        return replace(self, axis=self.axis.upto(count), values=self.values[:count])

    def last(self, count: int) -> "History":
        """The last `count` rows."""
        rows = slice(max(len(self.values) - count, 0), None)
        return replace(self, axis=self.axis.part(rows), values=self.values[rows])

    def with_values(self, values: Float[np.ndarray, "time series"]) -> "History":
        """The same axis and labels with other values."""
        return replace(self, values=values)

    def last_observed(self, origins: np.ndarray) -> np.ndarray:
        """The last row with a value at or before each origin, (origin, series); -1 where none."""
        rows = np.where(self.observed, np.arange(len(self.values))[:, None], -1)
        return np.asarray(np.maximum.accumulate(rows, axis=0)[origins])

    def label(
        self, values: Float[np.ndarray, "... series"], dims: Sequence[str]
    ) -> dict[str, xr.DataArray]:
        """Arrays of the variables' names and shapes, from values whose last axis is the series."""
        found, start = {}, 0
        for name, variable in self.template.data_vars.items():
            part = values[..., start : start + variable.size]
            shaped = part.reshape(*values.shape[:-1], *variable.shape)
            array = xr.DataArray(
                shaped, dims=(*dims, *map(str, variable.dims)), attrs=variable.attrs
            )
            found[str(name)] = array.assign_coords(
                {c: variable.coords[c] for c in variable.coords if variable.coords[c].ndim <= 1}
            )
            start += variable.size
        return found


def read_history(
    data: xr.Dataset | xr.DataArray,
    target: str | Sequence[str] | None = None,
    dim: str | None = None,
) -> History:
    """The target variables of a dataset as a history.

    Args:
        data: With a time dimension; other dimensions make several series.
        target: One variable or several; may be left out where there is only one.
        dim: The time dimension, where it is not found by itself.

    Raises:
        DataError: A variable is unknown, not a number or all missing, or the time axis is at fault.
        UserError: No target is named and there are several; a value is infinite; a series is empty.
    """
    if isinstance(data, xr.DataArray):
        target = target or str(data.name or "value")
        data = data.rename(target if isinstance(target, str) else target[0]).to_dataset()
    axis_name = find_time(data, dim)
    names = require_variables(data, _targets(data, target, axis_name))
    lacking = [name for name in names if axis_name not in data[name].dims]
    if lacking:
        raise UserError(
            f"variable '{lacking[0]}' does not vary along the time dimension '{axis_name}'; choose "
            "one that does"
        )
    axis = read_time_axis(data, axis_name)
    chosen = data[names].transpose(axis_name, ...)
    parts = [
        np.asarray(chosen[name].values, dtype=float).reshape(axis.stamps.size, -1) for name in names
    ]
    values = np.concatenate(parts, axis=1)
    history = History(axis, values, chosen.isel({axis_name: 0}, drop=True))
    _check_values(history)
    return history


def _targets(
    data: xr.Dataset, target: str | Sequence[str] | None, axis_name: str
) -> str | Sequence[str]:
    if target is not None and len(target):
        return target
    numeric = [
        str(name)
        for name, variable in data.data_vars.items()
        if axis_name in variable.dims and np.issubdtype(variable.dtype, np.number)
    ]
    if len(numeric) == 1:
        return numeric
    known = ", ".join(numeric) if numeric else "none that is a number"
    raise UserError(f"name the target: the variables along '{axis_name}' are {known}")


def _check_values(history: History) -> None:
    infinite = np.isinf(history.values)
    if infinite.any():
        row, series = map(int, np.argwhere(infinite)[0])
        count = int(infinite.sum())
        raise UserError(
            f"'{history.names[series]}' holds {count} infinite value{'s' * (count > 1)}, first at "
            f"{show(history.axis.stamps[row])}; mark them as missing (NaN)"
        )
    empty = ~history.observed.any(axis=0)
    if empty.any():
        names = [history.names[i] for i in np.flatnonzero(empty)[:3]]
        raise UserError(
            f"{int(empty.sum())} of {empty.size} series have no values ({', '.join(names)}); drop "
            "them before the forecast"
        )
