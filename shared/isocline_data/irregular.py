"""Irregular series as tensors: each variable's own times, values, and where it was observed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cftime
import numpy as np
import torch
import xarray as xr
from jaxtyping import Bool, Float
from torch import Tensor

from isocline_data.errors import DataError
from isocline_data.lock import FILE_LOCK
from isocline_data.names import require_series
from isocline_data.times import check_time_axis, is_time, seconds, show

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


def sporadic(
    dataset: xr.Dataset, variables: str | Sequence[str] | None = None, *, origin: Any = None
) -> Sporadic:
    """Times, values and masks of series of shape (time,); stamps at which nothing is observed go.

    Args:
        dataset: With one time axis in order, regular or not.
        variables: Which ones, in this order; all numeric ones of shape (time,) when None.
        origin: The stamp of time 0, for parts that share a clock: `Sporadic.origin` of another
            part, or a date as text; the first stamp with an observation when None. Plain numbers
            are times already and have no origin but 0.

    Raises:
        DataError: A variable is unknown, has no values or other dimensions, the time axis is out of
            order, or the origin is not a stamp of the axis' calendar.

    Example:
        >>> import pandas as pd
        >>> time = pd.to_datetime(["2001-01-01 00:00", "2001-01-02 12:00", "2001-01-05 00:00"])
        >>> ds = xr.Dataset({"u": ("time", [1.0, 2.0, float("nan")])}, {"time": time})
        >>> sporadic(ds).times.tolist()
        [0.0, 1.5]
    """
    dim = check_time_axis(dataset)
    chosen = require_series(dataset, dim, variables)
    with FILE_LOCK:  # a dataset that somebody else opened may read its file now
        values = np.stack(
            [np.asarray(dataset[name].values, dtype=np.float64) for name in chosen], axis=1
        )
    mask = np.isfinite(values)
    kept = mask.any(axis=1)
    stamps = np.asarray(dataset[dim].values)[kept]
    dated = is_time(dataset[dim])
    if not dated and origin is not None:
        raise DataError(
            f"an origin ({origin}) was given for the axis '{dim}', which holds plain numbers; leave "
            "it out, or subtract it from the axis"
        )
    start = _origin(stamps, origin) if dated else 0.0
    times = _days_since(start, stamps) if dated else stamps.astype(np.float64)
    return Sporadic(
        times=torch.from_numpy(np.ascontiguousarray(times)),
        values=torch.from_numpy(np.where(mask, values, 0.0)[kept]),
        mask=torch.from_numpy(mask[kept]),
        variables=tuple(chosen),
        origin=start,
        unit="days" if dated else str(dataset[dim].attrs.get("units", "1")),
    )


def _origin(stamps: np.ndarray, origin: Any) -> Any:
    """The stamp of time 0, in the type of the axis."""
    if origin is None:
        return stamps[0]
    try:
        if stamps.dtype.kind == "M":
            if isinstance(origin, cftime.datetime):
                raise TypeError("another calendar")
            return np.datetime64(origin).astype("datetime64[ns]")
        if isinstance(origin, str):
            calendar = stamps[0].calendar
            return xr.date_range(origin, periods=1, calendar=calendar, use_cftime=True)[0]
        origin - stamps[0]
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{origin!r} is not a date of the axis' calendar, which begins with {show(stamps[0])}"
        ) from error
    return origin


def _days_since(origin: Any, stamps: np.ndarray) -> Float[np.ndarray, " time"]:
    both = np.concatenate([np.array([origin], dtype=stamps.dtype), stamps])
    return seconds(both)[1:] / DAY
