"""Splitting in time order, by fraction or by date."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xarray as xr

from isocline_data.errors import DataError
from isocline_data.times import check_time_axis, show


@dataclass(frozen=True)
class Split:
    """Three parts of a dataset, one after the other in time; a part may be empty.

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
        DataError: The fractions do not add up to 1, the dates are not in order or not dates, or
            the time axis is not in order.
    """
    dim = check_time_axis(dataset, dim)
    size = dataset.sizes[dim]
    first, second = (
        _by_date(dataset, dim, dates) if dates is not None else _by_fraction(size, fractions)
    )
    parts = (slice(0, first), slice(first, second), slice(second, size))
    return Split(*(dataset.isel({dim: part}) for part in parts))


def _by_fraction(size: int, fractions: Sequence[float]) -> tuple[int, int]:
    if len(fractions) != 3 or min(fractions) < 0 or abs(sum(fractions) - 1) > 1e-9:
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
    index = dataset.indexes[dim]
    places = []
    for date in dates:
        try:
            # A slice takes whatever the index takes: "2001", "2001-05-03", a stamp of its calendar.
            places.append(index.slice_indexer(date, None).start or 0)
        except (TypeError, ValueError, KeyError) as error:
            raise DataError(
                f"{date!r} is not a date of the axis '{dim}', which runs from {show(index[0])} to "
                f"{show(index[-1])}"
            ) from error
    if places[0] > places[1]:
        raise DataError(
            f"the dates {dates[0]} and {dates[1]} are not in order; give the earlier first"
        )
    return int(np.asarray(places[0])), int(np.asarray(places[1]))
