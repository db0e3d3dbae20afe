"""One NetCDF file to one decoded dataset."""

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from xarray.core import indexing

from isocline_data.characters import (
    join_characters,
    read_attributes,
    single_letters,
    string_dimensions,
)
from isocline_data.conventions import (
    decode_times,
    link_coordinates,
    rename_clashing_coordinates,
)
from isocline_data.errors import DataError, DataWarning
from isocline_data.files import FileArray, open_file
from isocline_data.groups import list_groups, variables_in_scope
from isocline_data.masking import CONSUMED, Decoding, masked_sentence, read_decoding

SMALL_FILE = 1_000_000_000
"""Files up to this size (bytes) are read into memory when opened, unless chunks are asked for."""

_SMALL_VARIABLE = 1_000_000
_RANGE = ("valid_range", "valid_min", "valid_max")


def read_netcdf(
    path: Path,
    *,
    group: str | None = None,
    engine: str | None = None,
    lazy: bool | None = None,
) -> xr.Dataset:
    """Read and decode a NetCDF file that `check_file` has passed.

    Args:
        path: The file.
        group: A group's path; None for the root.
        engine: The library that reads it, see `open_file`.
        lazy: Whether numbers are left in the file until used, one slice at a time (coordinates
            and small variables never are); None: only if the file is larger than `SMALL_FILE`.

    Returns:
        The dataset: missing values NaN, times decoded, text as strings.  A variable of which
        values were masked says how many and why in its attribute ``masked_on_reading`` (not when
        lazy).

    Raises:
        DataError: The group does not exist, or the data lies in groups and none is named.
    """
    lazy = path.stat().st_size > SMALL_FILE if lazy is None else lazy
    with open_file(path, engine) as file:
        scope = variables_in_scope(file, group, path)
        attrs = read_attributes(file, "the file")
        if group and group.strip("/"):
            inner = file[group.strip("/")]
            attrs |= read_attributes(inner, f"group '{group}'")
        elif groups := [name for name in list_groups(file) if name]:
            _warn_of_groups(path, groups)
        counting = string_dimensions(
            {name: (var.dimensions, np.dtype(_kind(var))) for name, (_, var) in scope.items()}
        )
        variables = {}
        for name, (where, var) in scope.items():
            own = read_attributes(var, f"variable '{name}'")
            try:
                variables[name] = _read(name, var, own, counting, lazy and (path, engine, where))
            except (OSError, RuntimeError, IndexError, UnicodeDecodeError) as error:
                raise DataError(
                    f"variable '{name}' of {path} cannot be read ({error}): the file is probably "
                    "damaged; fetch or copy it again"
                ) from error
    variables = rename_clashing_coordinates(variables)
    dataset = xr.Dataset(variables, attrs=attrs)
    return link_coordinates(decode_times(dataset))


def _warn_of_groups(path: Path, groups: list[str]) -> None:
    warnings.warn(
        f"{path} also has the groups {', '.join(groups)}; only its root was read, name a group to "
        "read that",
        DataWarning,
        stacklevel=4,
    )


def _kind(var: Any) -> Any:
    """The NumPy type of a library variable; text of any length is an object."""
    dtype = getattr(var.dtype, "numpy_dtype", var.dtype)
    return object if dtype is str or np.dtype(dtype).kind == "O" else dtype


def _read(
    name: str,
    var: Any,
    attrs: dict[str, Any],
    counting: set[str],
    lazy: Any,
) -> xr.Variable:
    dims, dtype = tuple(var.dimensions), np.dtype(_kind(var))
    if dtype.kind == "S":
        letters = np.asarray(var[...]).astype("S1", copy=False)
        kept = {key: value for key, value in attrs.items() if key not in {*CONSUMED, "_Encoding"}}
        if dims and dims[-1] in counting:
            return xr.Variable(dims[:-1], join_characters(name, letters, attrs), kept)
        return xr.Variable(dims, single_letters(letters), kept)
    if dtype.kind not in "iuf":
        return xr.Variable(dims, np.asarray(var[...], dtype=dtype), attrs)
    return _read_numbers(name, var, attrs, lazy)


def _read_numbers(name: str, var: Any, attrs: dict[str, Any], lazy: Any) -> xr.Variable:
    dims, dtype, shape = tuple(var.dimensions), np.dtype(_kind(var)), tuple(var.shape)
    decoding = read_decoding(name, dtype, attrs)
    kept = {key: value for key, value in attrs.items() if key not in CONSUMED}
    large = int(np.prod(shape)) * dtype.itemsize > _SMALL_VARIABLE
    if lazy and large and len(shape) > 1 and not getattr(var, "_isvlen", False):
        path, engine, where = lazy
        array = indexing.LazilyIndexedArray(FileArray(path, engine, where, shape, decoding))
        return xr.Variable(dims, array, kept)
    stored = np.asarray(var[...])
    if stored.dtype.kind == "O":  # a list of numbers in each cell
        return xr.Variable(dims, stored, attrs)
    values, counts = decoding.apply(stored)
    if _by_range(counts) and np.isnan(values).all():
        decoding = _without_range(name, decoding, attrs)
        values, counts = decoding.apply(stored)
    if counts:
        kept["masked_on_reading"] = masked_sentence(counts, values.size)
    return xr.Variable(dims, values, kept)


def _by_range(counts: dict[str, int]) -> bool:
    return any("valid m" in reason for reason in counts)


def _without_range(name: str, decoding: Decoding, attrs: dict[str, Any]) -> Decoding:
    """A range that excludes every value is left from before the units were converted."""
    given = {a: np.asarray(attrs[a]).tolist() for a in _RANGE if a in attrs}
    listed = ", ".join(f"{attribute} {value}" for attribute, value in given.items())
    warnings.warn(
        f"variable '{name}' has {listed}, which excludes every value (units "
        f"'{attrs.get('units', 'unknown')}'): the range was taken as out of date and ignored",
        DataWarning,
        stacklevel=5,
    )
    return replace(decoding, valid=(None, None))
