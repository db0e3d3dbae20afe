"""A dataset in the form that NetCDF holds: CF attributes, plain types, and no borrowed encodings."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import cftime
import numpy as np
import pandas as pd
import xarray as xr

from isocline_data.errors import DataError
from isocline_data.times import is_time

CONVENTIONS = "CF-1.11"

_LARGE = 10_000
_SMALLEST, _LARGEST = -(2**63), 2**64 - 1


def storable(
    dataset: xr.Dataset | xr.DataArray, provenance: Mapping[str, Any] | None = None
) -> xr.Dataset:
    """The dataset as NetCDF can hold it, without the encodings of the file it was read from.

    Booleans become flags of 0 and 1, times get their CF names, and attributes that are neither text
    nor numbers become JSON. Values are not computed: dask arrays stay dask arrays.

    Args:
        dataset: Any dataset.
        provenance: What made it, one global attribute a key.

    Raises:
        DataError: A variable holds something that NetCDF cannot.
    """
    if isinstance(dataset, xr.DataArray):
        dataset = dataset.to_dataset(name=dataset.name or "values")
    dataset = dataset.drop_encoding()
    return xr.Dataset(
        {name: _variable(dataset, name) for name in dataset.data_vars},
        {name: _variable(dataset, name) for name in dataset.coords},
        _global_attributes(dataset.attrs, dict(provenance or {})),
    )


def encoding(dataset: xr.Dataset) -> dict[str, dict[str, Any]]:
    """How each variable is stored: a fill only where something is missing; large ones compressed."""
    chosen: dict[str, dict[str, Any]] = {}
    for name, variable in dataset.variables.items():
        own: dict[str, Any] = {}
        if variable.dtype.kind == "f" and "_FillValue" not in variable.attrs:
            missing = name not in dataset.dims and _may_miss(variable)
            own["_FillValue"] = np.array(np.nan, variable.dtype) if missing else None
        elif name in dataset.dims and is_time(variable):
            own["_FillValue"] = None
        if variable.dtype.kind in "fiu" and variable.size > _LARGE:
            own |= {"zlib": True, "complevel": 4}
        chosen[str(name)] = own
    return chosen


def _variable(dataset: xr.Dataset, name: Any) -> xr.Variable:
    variable = dataset[name].variable.to_base_variable()
    if isinstance(dataset.indexes.get(name), pd.MultiIndex):
        raise DataError(
            f"'{name}' is an index of several levels, which NetCDF does not hold; undo it first with "
            f"ds.reset_index('{name}')"
        )
    variable = _plain(str(name), variable)
    attributes = {str(k): attribute(v) for k, v in variable.attrs.items() if v is not None}
    if is_time(variable) or variable.dtype.kind == "m":
        # The units and the calendar of stored times are chosen when they are written.
        for key in ("units", "calendar", "dtype"):
            attributes.pop(key, None)
    if name in dataset.dims and is_time(variable):
        attributes = {"standard_name": "time", "axis": "T"} | attributes
    if variable.dtype == bool:
        attributes |= {"flag_values": np.array([0, 1], "int8"), "flag_meanings": "false true"}
        variable = variable.astype("int8")
    variable = variable.copy(deep=False)  # numbers that were left in their file stay there
    variable.attrs = attributes
    return variable


def _plain(name: str, variable: xr.Variable) -> xr.Variable:
    """In a NumPy type that NetCDF has."""
    if not isinstance(
        variable.dtype, np.dtype
    ):  # pandas' own: categories, nullable integers, zones
        values = np.asarray(_without_pandas(variable))
        variable = xr.Variable(variable.dims, values, variable.attrs)
    if variable.dtype.kind == "c":
        raise DataError(
            f"variable '{name}' holds complex numbers, which NetCDF does not; write its real and its "
            "imaginary part as two variables"
        )
    if variable.dtype == np.float16:
        return variable.astype(np.float32)
    if variable.dtype.kind == "O" and not is_time(variable):
        return xr.Variable(variable.dims, _objects(name, variable.values), variable.attrs)
    return variable


def _without_pandas(variable: xr.Variable) -> Any:
    series = pd.Series(variable.to_index() if variable.ndim else [variable.values.item()])
    if isinstance(series.dtype, pd.DatetimeTZDtype):
        return series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy()
    return series.astype(object).where(series.notna(), None).to_numpy()


def _objects(name: str, values: np.ndarray) -> np.ndarray:
    """Python objects as numbers (None is missing) or as text (None is empty)."""
    items = [item for item in values.flat if not _is_missing(item)]
    if all(isinstance(item, str | bytes) for item in items):
        return values if items else np.full(values.shape, np.nan)
    if all(isinstance(item, bool | np.bool_) for item in items) and len(items) == values.size:
        return values.astype(bool).astype("int8")
    if all(isinstance(item, int | float | np.number) for item in items):
        filled = [np.nan if _is_missing(item) else item for item in values.flat]
        return np.array(filled, dtype=np.float64).reshape(values.shape)
    kinds = sorted({type(item).__name__ for item in items})
    raise DataError(
        f"variable '{name}' holds Python objects ({', '.join(kinds)}), which NetCDF does not; turn "
        "them into numbers, dates or text of one kind"
    )


def _is_missing(item: Any) -> bool:
    return item is None or item is pd.NA or (isinstance(item, float) and np.isnan(item))


def _may_miss(variable: xr.Variable) -> bool:
    """Whether a value may be missing; what is not in memory is not read to find out."""
    if variable.chunks is not None or not variable._in_memory:
        return True
    return bool(np.isnan(variable.values).any())


def _global_attributes(own: Mapping[Any, Any], provenance: dict[str, Any]) -> dict[str, Any]:
    attributes = {str(name): attribute(value) for name, value in {**own, **provenance}.items()}
    if provenance:
        attributes["history"] = _history(str(own.get("history", "")), provenance)
    return attributes | {"Conventions": CONVENTIONS}


def _history(earlier: str, provenance: Mapping[str, Any]) -> str:
    """CF's audit trail, one line a program, the last one first."""
    when = provenance.get("created") or datetime.now(UTC).isoformat(timespec="seconds")
    line = f"{when}: {provenance.get('command') or 'written by isocline'}"
    return "\n".join(part for part in (line, earlier) if part)


def attribute(value: Any) -> Any:
    """A value as NetCDF holds it: text, a number, an array of numbers, or JSON of the rest.

    >>> attribute({"torch": "2.13.0"})
    '{"torch": "2.13.0"}'
    """
    value = _simple(value)
    if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value if not isinstance(value, int) or _SMALLEST <= value <= _LARGEST else str(value)
    if isinstance(value, list) and value and all(_is_number(item) for item in value):
        array = np.asarray(value)
        if array.dtype.kind in "iuf":
            return array
    return json.dumps(value, default=_simple, ensure_ascii=False)


def _is_number(item: Any) -> bool:
    return isinstance(item, int | float | np.number) and not isinstance(item, bool)


def _simple(value: Any) -> Any:
    """A value in the types of JSON, as far as it goes."""
    if isinstance(value, np.datetime64):
        return str(value)
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return _simple(value.item())
    if isinstance(value, date | datetime | cftime.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, tuple):
        return list(value)
    if value is None or isinstance(value, str | bool | int | float | list | dict):
        return value
    return str(value)
