"""Irregular series as tensors: each variable's own times, values, and where it was observed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from jaxtyping import Bool, Float
from torch import Tensor

from isocline_data.names import require_series
from isocline_data.times import check_time_axis, is_time, seconds

DAY = 86_400.0


@dataclass(frozen=True)
class Sporadic:
    """Observations as they are, on the union of their times; nothing is filled in.

    Attributes:
        times: Days since `origin` (or the axis' own numbers), strictly increasing.
        values: Observed values; 0 where the mask is False.
        mask: Where a value was observed.
        variables: The channels' names.
        origin: The stamp of time 0.
        unit: "days", or the units of a numeric axis.
    """

    times: Float[Tensor, " time"]
    values: Float[Tensor, "time channel"]
    mask: Bool[Tensor, "time channel"]
    variables: tuple[str, ...]
    origin: Any
    unit: str


def sporadic(dataset: xr.Dataset, variables: str | Sequence[str] | None = None) -> Sporadic:
    """Times, values and masks of series of shape (time,); stamps at which nothing is observed go.

    Args:
        dataset: With one time axis in order, regular or not.
        variables: Which ones, in this order; all numeric ones of shape (time,) when None.

    Raises:
        DataError: A variable is unknown, has no values or other dimensions, or the time axis is
            out of order.
    """
    dim = check_time_axis(dataset)
    chosen = require_series(dataset, dim, variables)
    values = np.stack(
        [np.asarray(dataset[name].values, dtype=np.float64) for name in chosen], axis=1
    )
    mask = np.isfinite(values)
    kept = mask.any(axis=1)
    stamps = np.asarray(dataset[dim].values)[kept]
    dated = is_time(dataset[dim])
    times = (seconds(stamps) - seconds(stamps)[0]) / DAY if dated else stamps.astype(np.float64)
    return Sporadic(
        times=torch.from_numpy(np.ascontiguousarray(times)),
        values=torch.from_numpy(np.where(mask, values, 0.0)[kept]),
        mask=torch.from_numpy(mask[kept]),
        variables=tuple(chosen),
        origin=stamps[0] if dated else 0.0,
        unit="days" if dated else str(dataset[dim].attrs.get("units", "1")),
    )
