"""Windows of a regular series as a PyTorch dataset; files are opened in the worker that reads them."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr
from jaxtyping import Bool, Float
from torch import Tensor
from torch.utils.data import Dataset

from isocline_data.errors import DataError
from isocline_data.lock import FILE_LOCK
from isocline_data.names import require_series
from isocline_data.open import open_dataset
from isocline_data.sources import Source
from isocline_data.times import check_time_axis, measure_step, show

_EMPTY = 50
"""A grid with more than this many steps a stamp holds next to nothing: the series is not regular."""


_ROUNDING = 1e-3
"""By how much of a step an interval may miss a whole number of steps."""


class Window(NamedTuple):
    """A stretch of a series and what follows it; False in a mask marks a missing value, held as 0."""

    context: Float[Tensor, "context channel"]
    context_mask: Bool[Tensor, "context channel"]
    target: Float[Tensor, "horizon channel"]
    target_mask: Bool[Tensor, "horizon channel"]


class WindowDataset(Dataset[Window]):
    """Every window of a series, in time order; see `windows`.

    A file is kept as its path: a worker process that was spawned opens it itself on its first read
    and closes it again, one that was forked has the values already; no open HDF5 handle is ever
    inherited or sent.

    Attributes:
        variables: The channels' names.
        context: Steps that a model sees.
        horizon: Steps that follow.
        stride: Steps between the starts of two windows.
        steps: Steps of the whole series, those without a stamp included.
    """

    def __init__(
        self,
        source: Source | None,
        values: Float[np.ndarray, "step channel"],
        variables: Sequence[str],
        context: int,
        horizon: int,
        stride: int,
    ) -> None:
        """Keep the series; `windows` checks it first.

        Args:
            source: Where another process reads the same values; None if they travel themselves.
            values: The series on its regular grid, NaN where nothing was observed.
            variables: The channels' names.
            context: Steps that a model sees.
            horizon: Steps that follow.
            stride: Steps between the starts of two windows.
        """
        self.variables = tuple(variables)
        self.context = context
        self.horizon = horizon
        self.stride = stride
        self.steps = len(values)
        self._source = source
        self._starts = range(0, self.steps - context - horizon + 1, stride)
        self._values: np.ndarray | None = values

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, index: int) -> Window:
        start = self._starts[index]
        middle = start + self.context
        values = self._read()
        context = _part(values[start:middle])
        target = _part(values[middle : middle + self.horizon])
        return Window(*context, *target)

    def __getstate__(self) -> dict[str, object]:
        # Values that came from a file stay behind: the other process reads its own.
        state = self.__dict__.copy()
        if self._source is not None:
            state["_values"] = None
        return state

    def _read(self) -> np.ndarray:
        if self._values is None:
            assert self._source is not None
            values = _on_grid(open_dataset(self._source), self.variables)
            if len(values) != self.steps:
                raise DataError(
                    f"{self._source} has {len(values)} steps, where it had {self.steps} when its "
                    "windows were made; make them again"
                )
            self._values = values
        return self._values


def windows(
    source: Source | xr.Dataset,
    *,
    context: int,
    horizon: int,
    variables: str | Sequence[str] | None = None,
    stride: int = 1,
) -> WindowDataset:
    """All windows of `context` + `horizon` steps, `stride` apart, the last complete one included.

    A window may reach across missing values and across stamps that are not there: both are marked
    in its masks. Any number of worker processes may read them, however they are started.

    Args:
        source: What `open_dataset` takes: a path or a catalogue name is opened again in each worker,
            a dataset is read into memory here and sent to it. Variables of shape (time,).
        context: Steps that a model sees.
        horizon: Steps that follow.
        variables: Which ones, in this order; all numeric ones of shape (time,) when None.
        stride: Steps between the starts of two windows.

    Returns:
        A PyTorch dataset of `Window`, float64; see `WindowDataset` for its attributes.

    Raises:
        DataError: A length is not positive, the series is shorter than one window, a variable is
            unknown or has other dimensions, or the time axis is out of order or irregular.

    Example:
        >>> ds = windows("co2", context=104, horizon=52)
        >>> tuple(ds[0].context.shape)
        (104, 1)
    """
    for name, value in (("context", context), ("horizon", horizon), ("stride", stride)):
        if value < 1:
            raise DataError(f"{name} is {value}, where at least 1 step was expected")
    dataset = open_dataset(source)
    chosen = require_series(dataset, check_time_axis(dataset), variables)
    values = _on_grid(dataset, chosen)
    if len(values) < context + horizon:
        raise DataError(
            f"the series has {len(values)} steps, fewer than one window of {context} + {horizon}; "
            "shorten the context or the horizon"
        )
    kept = None if isinstance(source, xr.Dataset) else _resolved(source)
    return WindowDataset(kept, values, chosen, context, horizon, stride)


def _resolved(source: Source) -> Source:
    """The same source from any working folder."""
    if not isinstance(source, str | Path):
        return [str(_resolved(part)) for part in source]
    path = Path(source).expanduser()
    return str(path.resolve()) if path.exists() else source


def _on_grid(dataset: xr.Dataset, variables: Sequence[str]) -> Float[np.ndarray, "step channel"]:
    """The series with a row for every step of its time axis, NaN where there is no stamp."""
    dim = check_time_axis(dataset)
    with FILE_LOCK:  # a dataset that somebody else opened may read its file now
        series = np.stack(
            [np.asarray(dataset[name].values, dtype=np.float64) for name in variables], axis=1
        )
    rows = _rows(np.asarray(dataset[dim].values), dim)
    grid = np.full((int(rows[-1]) + 1, len(variables)), np.nan)
    grid[rows] = series
    return grid


def _rows(stamps: np.ndarray, dim: str) -> np.ndarray:
    """The step at which each stamp lies.

    Raises:
        DataError: A stamp lies between two steps, or nearly all steps have no stamp.
    """
    step = measure_step(stamps)
    if step.size is None:
        return np.arange(stamps.size)
    intervals = np.diff(step.positions) / step.size
    counts = np.round(intervals).astype(np.int64)
    rows = np.concatenate([[0], np.cumsum(counts)])
    # Stamps stored as floating numbers of days miss their step by rounding alone.
    off = np.flatnonzero(np.abs(intervals - counts) > _ROUNDING) + 1
    if off.size or not step.regular or rows[-1] + 1 > _EMPTY * stamps.size:
        row = int(off[0]) if off.size else int(np.argmax(np.diff(step.positions))) + 1
        raise DataError(
            f"the time axis '{dim}' is not regular: its step is {step.label}, but "
            f"{show(stamps[row - 1])} is followed by {show(stamps[row])}; use sporadic, which takes "
            "times as they are, or bring it to a regular step, for example with "
            f"ds.resample({dim}='1D').mean()"
        )
    return rows


def _part(values: np.ndarray) -> tuple[Tensor, Tensor]:
    mask = np.isfinite(values)
    return torch.from_numpy(np.where(mask, values, 0.0)), torch.from_numpy(mask)
