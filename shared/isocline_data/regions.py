"""Boxes of longitude and latitude, and the two ways to count longitudes."""

from typing import Literal, TypeAlias

import numpy as np
import xarray as xr

from isocline_data.errors import DataError

Longitudes: TypeAlias = Literal["-180..180", "0..360"]

_TURN = 360.0
_CLOSE = 1e-4  # degrees: float32 longitudes are this exact
_UNITS = {
    "longitude": ("degrees_east", "degree_east", "degrees_e", "degree_e", "degreee", "degreese"),
    "latitude": ("degrees_north", "degree_north", "degrees_n", "degree_n", "degreen", "degreesn"),
}
_NAMES = {"longitude": ("lon", "longitude", "x_lon"), "latitude": ("lat", "latitude", "y_lat")}


def select_box(
    dataset: xr.Dataset,
    *,
    longitude: tuple[float, float] | None = None,
    latitude: tuple[float, float] | None = None,
) -> xr.Dataset:
    """The part of a dataset within a box, across any seam of its longitudes.

    Args:
        dataset: With one-dimensional coordinates of longitude and latitude (found by units,
            standard name or name).
        longitude: West and east edge (degrees), both included, in either way of counting.  From
            west eastwards: (-60, 60) is the third around Greenwich and (60, -60) the rest.
        latitude: South and north edge (degrees), both included, in either order.

    Returns:
        The columns from west to east, with longitudes counted on from the west edge, and the rows
        in the order of the dataset.

    Raises:
        DataError: There is no such coordinate, it is not one-dimensional, or the box holds no point.
    """
    if latitude is not None:
        name = find_horizontal(dataset, "latitude")
        values = np.asarray(dataset[name].values, dtype=float)
        inside = (values >= min(latitude) - _CLOSE) & (values <= max(latitude) + _CLOSE)
        _refuse_empty(name, values, inside, (min(latitude), max(latitude)))
        dataset = dataset.isel({dataset[name].dims[0]: np.flatnonzero(inside)})
    if longitude is not None:
        name = find_horizontal(dataset, "longitude")
        columns, values = _columns(name, dataset[name].values, longitude)
        dataset = _renumber(dataset.isel({dataset[name].dims[0]: columns}), name, values)
    return dataset


def count_longitudes(dataset: xr.Dataset, longitudes: Longitudes) -> xr.Dataset:
    """Count longitudes from -180 up to 180, or from 0 up to 360, and order the columns so.

    Raises:
        DataError: There is no one-dimensional longitude, or `longitudes` is neither of the two.
    """
    starts = {"-180..180": -180.0, "0..360": 0.0}
    if longitudes not in starts:
        raise DataError(f"longitudes='{longitudes}' is unknown; choose '-180..180' or '0..360'")
    name = find_horizontal(dataset, "longitude")
    old = np.asarray(dataset[name].values)
    start = starts[longitudes]
    new = old - _TURN * np.floor((old - start) / _TURN)
    order = np.argsort(new, kind="stable")
    if (new == old).all() and (np.diff(order) > 0).all():
        return dataset
    return _renumber(dataset.isel({dataset[name].dims[0]: order}), name, new[order])


def find_horizontal(dataset: xr.Dataset, axis: Literal["longitude", "latitude"]) -> str:
    """The name of the one-dimensional coordinate of longitude or latitude.

    Raises:
        DataError: There is none, or it has two dimensions (a curvilinear grid).
    """
    found = [
        str(name)
        for name, variable in dataset.variables.items()
        if variable.attrs.get("standard_name") == axis
        or str(variable.attrs.get("units", "")).lower() in _UNITS[axis]
        or str(name).lower() in _NAMES[axis]
    ]
    lines = [name for name in found if dataset[name].ndim == 1 and name in dataset.dims]
    if lines:
        return lines[0]
    if found:
        dims = ", ".join(map(str, dataset[found[0]].dims)) or "none"
        raise DataError(
            f"the {axis} '{found[0]}' has the dimensions ({dims}), where one of its own was expected; "
            "select the box by index, or interpolate to a regular grid first"
        )
    known = ", ".join(map(str, dataset.coords)) or "none"
    raise DataError(
        f"there is no {axis} among the coordinates ({known}); give it units degrees_{_side(axis)}"
    )


def _side(axis: str) -> str:
    return "east" if axis == "longitude" else "north"


def _columns(
    name: str, stored: np.ndarray, box: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the columns from west to east, and their longitudes counted from the west edge."""
    west, east = map(float, box)
    values = np.asarray(stored, dtype=float)
    width = east - west if 0 <= east - west <= _TURN else (east - west) % _TURN
    offset = (values - west + _CLOSE) % _TURN - _CLOSE
    inside = offset <= width + _CLOSE
    _refuse_empty(name, values, inside, (west, east))
    columns = np.flatnonzero(inside)
    columns = columns[np.argsort(offset[columns], kind="stable")]
    ordered = offset[columns]
    if np.ptp(values) >= _TURN - _CLOSE:  # the seam is stored twice, at both ends: one place
        columns = columns[np.concatenate([[True], np.diff(ordered) > _CLOSE])]
    turns = np.round((west + offset[columns] - values[columns]) / _TURN)
    return columns, (stored[columns] + stored.dtype.type(_TURN) * turns.astype(stored.dtype))


def _renumber(dataset: xr.Dataset, name: str, values: np.ndarray) -> xr.Dataset:
    attrs = {
        key: value
        for key, value in dataset[name].attrs.items()
        if key not in ("valid_min", "valid_max", "valid_range", "actual_range")
    }
    return dataset.assign_coords({name: (dataset[name].dims, values, attrs)})


def _refuse_empty(
    name: str, values: np.ndarray, inside: np.ndarray, box: tuple[float, float]
) -> None:
    if not inside.any():
        raise DataError(
            f"no '{name}' lies between {box[0]:g} and {box[1]:g}: the dataset covers "
            f"{np.nanmin(values):g} to {np.nanmax(values):g}"
        )
