"""Several files to one dataset, joined along time or side by side."""

from collections.abc import Sequence
from typing import Literal, TypeAlias

import numpy as np
import xarray as xr

from isocline_data.errors import DataError
from isocline_data.times import find_time, missing_stamps, show

Duplicates: TypeAlias = Literal["error", "first", "last", "keep"]
DUPLICATES = ("error", "first", "last", "keep")


def combine(
    datasets: Sequence[xr.Dataset],
    labels: Sequence[str],
    *,
    on_duplicates: Duplicates = "error",
    dim: str | None = None,
) -> xr.Dataset:
    """Join datasets that continue one another in time, or that hold different variables.

    Args:
        datasets: Parts with the same variables, in any order; or with no variable in common, on the
            same coordinates.
        labels: What each part is called in messages, such as its path.
        on_duplicates: What becomes of a stamp that two parts hold: an error that names it and both,
            the "first" or the "last" part's row (in the order given), or all rows ("keep").
        dim: The time dimension, where there is more than one.

    Returns:
        The whole, in order of time.  Stamps that are missing (NaT) come last, and are kept.

    Raises:
        DataError: Parts repeat a stamp; differ in variables, units, calendar or grid; or have no
            time dimension.
    """
    if len(datasets) == 1:
        return drop_duplicates(datasets[0], on_duplicates, dim)
    if _are_disjoint(datasets):
        return _side_by_side(datasets, labels)
    time = find_time(datasets[0], dim)
    _check_alike(datasets, labels, time)
    stamps = [np.asarray(part[time].values) for part in datasets]
    if on_duplicates == "error":
        _refuse_duplicates(stamps, labels, time)
    try:
        whole = xr.concat(
            list(datasets),
            dim=time,
            data_vars="minimal",
            coords="minimal",
            compat="override",
            join="exact",
            combine_attrs="override",
        )
    except ValueError as error:
        raise DataError(
            f"{labels[0]} and the files after it lie on different grids ({error}); interpolate them to "
            "one grid first"
        ) from error
    whole = drop_duplicates(whole, on_duplicates, time)
    return _in_order(whole, time)


def drop_duplicates(
    dataset: xr.Dataset, on_duplicates: Duplicates, dim: str | None = None
) -> xr.Dataset:
    """Keep the first or the last row of each repeated stamp; other choices change nothing.

    Rows without a stamp (NaT) are all kept: they are not known to be one moment.
    """
    if on_duplicates not in ("first", "last"):
        return dataset
    time = find_time(dataset, dim)
    stamps = np.asarray(dataset[time].values)
    rows = np.arange(stamps.size)
    whole = rows[~missing_stamps(stamps)]
    order = whole if on_duplicates == "first" else whole[::-1]
    _, positions = np.unique(stamps[order], return_index=True)
    kept = np.sort(np.concatenate([order[positions], rows[missing_stamps(stamps)]]))
    return dataset if kept.size == rows.size else dataset.isel({time: kept})


def _in_order(dataset: xr.Dataset, time: str) -> xr.Dataset:
    stamps = np.asarray(dataset[time].values)
    missing = missing_stamps(stamps)
    whole = np.flatnonzero(~missing)
    order = np.concatenate(
        [whole[np.argsort(stamps[whole], kind="stable")], np.flatnonzero(missing)]
    )
    return dataset if (np.diff(order) > 0).all() else dataset.isel({time: order})


def _are_disjoint(datasets: Sequence[xr.Dataset]) -> bool:
    names = [str(name) for part in datasets for name in part.data_vars]
    return len(names) == len(set(names))


def _side_by_side(datasets: Sequence[xr.Dataset], labels: Sequence[str]) -> xr.Dataset:
    try:
        return xr.merge(datasets, join="exact", compat="override", combine_attrs="override")
    except ValueError as error:
        raise DataError(
            f"{', '.join(labels)} hold different variables on different coordinates ({error}); open "
            "them one by one"
        ) from error


def _check_alike(datasets: Sequence[xr.Dataset], labels: Sequence[str], time: str) -> None:
    first, label = datasets[0], labels[0]
    for part, other in zip(datasets[1:], labels[1:], strict=True):
        if time not in part.dims:
            raise DataError(
                f"{other} has no dimension '{time}' along which {label} could be continued"
            )
        differ = sorted(map(str, set(first.data_vars) ^ set(part.data_vars)))
        if differ:
            have, lack = (label, other) if differ[0] in first else (other, label)
            raise DataError(
                f"{have} has the variable '{differ[0]}' and {lack} has not; join files with the same "
                "variables, or open them one by one"
            )
        for name in first.data_vars:
            units = [str(d[name].attrs.get("units", "")) for d in (first, part)]
            if units[0] != units[1]:
                raise DataError(
                    f"variable '{name}' has units '{units[0]}' in {label} and '{units[1]}' in {other}; "
                    "convert one of them first"
                )
        calendars = [_calendar(d, time) for d in (first, part)]
        if calendars[0] != calendars[1]:
            raise DataError(
                f"{label} has calendar '{calendars[0]}' and {other} has '{calendars[1]}'; convert one "
                "with ds.convert_calendar first"
            )


def _calendar(dataset: xr.Dataset, time: str) -> str:
    axis = dataset[time]
    if axis.dtype.kind == "M" or (axis.dtype.kind == "O" and axis.size):
        return str(axis.dt.calendar)
    return f"numbers ({axis.attrs.get('units', 'no units')})"


def _refuse_duplicates(stamps: Sequence[np.ndarray], labels: Sequence[str], time: str) -> None:
    every = np.concatenate(stamps)
    owner = np.repeat(np.arange(len(stamps)), [part.size for part in stamps])
    known = ~missing_stamps(every)
    every, owner = every[known], owner[known]
    values, counts = np.unique(every, return_counts=True)
    repeated = values[counts > 1]
    if not repeated.size:
        return
    owners = np.unique(owner[every == repeated[0]])
    where = " and ".join(labels[index] for index in owners)
    which = "both hold" if owners.size > 1 else "holds"
    more = f" (and {repeated.size - 1} more)" if repeated.size > 1 else ""
    twice = "" if owners.size > 1 else " more than once"
    raise DataError(
        f"{where} {which} {time} {show(repeated[0])}{more}{twice}; keep one of the rows with "
        "on_duplicates='last' or 'first'"
    )
