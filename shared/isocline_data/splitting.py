"""Splitting in time order, by fraction or by date."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import xarray as xr

from isocline_data.errors import DataError
from isocline_data.times import check_time_axis, show


@dataclass(frozen=True)
class Split:
    """Three parts of a dataset, one after the other in time; a fraction of 0 makes an empty part.

    Attributes:
        train: What a model is fitted to.
        validation: What chooses between models.
        test: What is looked at once, at the end.
    """

    train: xr.Dataset
    validation: xr.Dataset
    test: xr.Dataset


def split(
    dataset: xr.Dataset,
    fractions: Sequence[float] = (0.7, 0.1, 0.2),
    *,
    dates: Sequence[Any] | None = None,
    dim: str | None = None,
) -> Split:
    """Cut a dataset in time order; nothing is shuffled, nothing is in two parts.

    Args:
        dataset: With a time axis in order.
        fractions: Of the number of stamps: train, validation, test; they add up to 1.
        dates: Two dates instead: the first stamp of validation and the first of test.
        dim: The time dimension, where there are several.

    Raises:
        DataError: The fractions do not add up to 1, the dates are not in order, not dates or leave
            nothing to train on or to test on, or the time axis is not in order.

    Example:
        >>> parts = split(xr.Dataset(coords={"time": range(10)}))
        >>> [part.sizes["time"] for part in (parts.train, parts.validation, parts.test)]
        [7, 1, 2]
    """
    dim = check_time_axis(dataset, dim)
    size = dataset.sizes[dim]
    first, second = (
        _by_date(dataset, dim, dates) if dates is not None else _by_fraction(size, fractions)
    )
    parts = (slice(0, first), slice(first, second), slice(second, size))
    return Split(*(dataset.isel({dim: part}) for part in parts))


def _by_fraction(size: int, fractions: Sequence[float]) -> tuple[int, int]:
    # Written so that a fraction that is not a number fails too.
    if not (len(fractions) == 3 and min(fractions) >= 0 and abs(sum(fractions) - 1) <= 1e-9):
        given = ", ".join(f"{fraction:g}" for fraction in fractions)
        raise DataError(
            f"the fractions {given} do not split a series; give three that add up to 1, for example "
            "(0.7, 0.1, 0.2)"
        )
    return round(size * fractions[0]), round(size * (fractions[0] + fractions[1]))


def _by_date(dataset: xr.Dataset, dim: str, dates: Sequence[Any]) -> tuple[int, int]:
    if len(dates) != 2:
        raise DataError(
            f"{len(dates)} dates were given to split at; give two: where validation starts and "
            "where the test part starts"
        )
    if dim not in dataset.indexes:
        raise DataError(
            f"the dimension '{dim}' has no times to split at; give fractions instead of dates"
        )
    index = dataset.indexes[dim]
    ends = (show(stamp) for stamp in dataset[dim].values[[0, -1]])
    span = f"the axis '{dim}', which runs from {' to '.join(ends)}"
    first, second = (_place(index, date, span) for date in dates)
    if first > second:
        raise DataError(
            f"the dates {dates[0]} and {dates[1]} are not in order; give the earlier first"
        )
    if first == 0:
        raise DataError(
            f"nothing is left to train on before {dates[0]} on {span}; give a later date"
        )
    if second == index.size:
        raise DataError(
            f"nothing is left to test on from {dates[1]} on {span}; give an earlier date"
        )
    return first, second


def _place(index: pd.Index, date: Any, span: str) -> int:
    """The first stamp that is not before a date."""
    if type(date) is datetime.date:  # pandas takes stamps, not days
        date = date.isoformat()
    try:
        if isinstance(date, str) and index.dtype.kind in "iuf":
            raise TypeError("text among numbers")
        # A slice takes whatever the index takes: "2001", "2001-05-03", a stamp of its calendar.
        return int(index.slice_indexer(date, None).start or 0)
    except (TypeError, ValueError, KeyError) as error:
        raise DataError(f"{date!r} is not a date of {span}") from error
