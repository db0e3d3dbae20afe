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
from isocline_data.names import require_series
from isocline_data.open import open_dataset
from isocline_data.times import check_time_axis


class Window(NamedTuple):
    """A stretch of a series and what follows it; False in a mask marks a missing value, held as 0."""

    context: Float[Tensor, "context channel"]
    context_mask: Bool[Tensor, "context channel"]
    target: Float[Tensor, "horizon channel"]
    target_mask: Bool[Tensor, "horizon channel"]


class WindowDataset(Dataset[Window]):
    """Every window of a series, in time order; see `windows`.

    A path is kept as a path: each worker process opens the file itself on its first read, so no
    open HDF5 handle is ever forked or sent.
    """

    def __init__(
        self,
        source: str | Path | xr.Dataset,
        variables: Sequence[str],
        length: int,
        context: int,
        horizon: int,
        stride: int,
    ) -> None:
        self.variables = tuple(variables)
        self.context = context
        self.horizon = horizon
        self.stride = stride
        self._source = source
        self._starts = range(0, length - context - horizon + 1, stride)
        self._values: np.ndarray | None = None

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
        # Values that were read from a file stay behind: the other process reads its own.
        state = self.__dict__.copy()
        state["_values"] = None
        return state

    def _read(self) -> np.ndarray:
        if self._values is None:
            dataset = (
                self._source if isinstance(self._source, xr.Dataset) else open_dataset(self._source)
            )
            self._values = _values(dataset, self.variables)
        return self._values


def windows(
    source: str | Path | xr.Dataset,
    *,
    context: int,
    horizon: int,
    variables: Sequence[str] | None = None,
    stride: int = 1,
) -> WindowDataset:
    """All windows of `context` + `horizon` steps, `stride` apart, the last complete one included.

    Args:
        source: A path (opened in each worker) or a dataset in memory; variables of shape (time,).
        context: Steps that a model sees.
        horizon: Steps that follow.
        variables: Which ones, in this order; all numeric ones of shape (time,) when None.
        stride: Steps between the starts of two windows.

    Raises:
        DataError: A length is not positive, the series is shorter than one window, a variable is
            unknown or has other dimensions, or the time axis is out of order.
    """
    for name, value in (("context", context), ("horizon", horizon), ("stride", stride)):
        if value < 1:
            raise DataError(f"{name} is {value}, where at least 1 step was expected")
    kept = str(Path(source).resolve()) if isinstance(source, Path) else source
    dataset = source if isinstance(source, xr.Dataset) else open_dataset(source)
    dim = check_time_axis(dataset)
    chosen = require_series(dataset, dim, variables)
    length = dataset.sizes[dim]
    if length < context + horizon:
        raise DataError(
            f"the series has {length} steps, fewer than one window of {context} + {horizon}; "
            "shorten the context or the horizon"
        )
    return WindowDataset(kept, chosen, length, context, horizon, stride)


def _values(dataset: xr.Dataset, variables: Sequence[str]) -> np.ndarray:
    """(time, channel), float64."""
    return np.stack(
        [np.asarray(dataset[name].values, dtype=np.float64) for name in variables], axis=1
    )


def _part(values: np.ndarray) -> tuple[Tensor, Tensor]:
    mask = np.isfinite(values)
    return torch.from_numpy(np.where(mask, values, 0.0)), torch.from_numpy(mask)
