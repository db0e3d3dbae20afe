"""Writing a dataset: CF attributes, provenance, and a file that is whole or not there."""

import errno
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from isocline_data.errors import DataError
from isocline_data.lock import FILE_LOCK
from isocline_data.times import is_time

CONVENTIONS = "CF-1.11"


def to_netcdf(
    dataset: xr.Dataset,
    path: str | Path,
    *,
    provenance: Mapping[str, Any] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write a dataset as NetCDF-4, whole or not at all.

    The file is written beside its place under another name and renamed when it is complete, so
    whoever reads `path` sees the old file or the new one. Encodings that came with the data
    (packing, chunks of a larger parent) are dropped: they belong to the file that was read.

    Args:
        dataset: Any dataset; calendars of cftime, strings and booleans are kept.
        path: Where it goes; the folder is made when missing.
        provenance: What made it, one global attribute a key; nested values are written as JSON.
        overwrite: Replace a file that is there.

    Returns:
        The path written.

    Raises:
        DataError: The file exists and `overwrite` is False, the disk is full, or a variable holds
            something that NetCDF cannot.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise DataError(f"{path} exists; pass overwrite=True to replace it, or choose another name")
    path.parent.mkdir(parents=True, exist_ok=True)
    written = _with_attributes(dataset.drop_encoding(), provenance or {})
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-", suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        with FILE_LOCK:
            written.to_netcdf(part, engine="netcdf4", encoding=_encoding(written))
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        # mkstemp makes files for their owner alone; a result is as readable as any other file.
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except OSError as error:
        raise _write_error(path, error) from error
    except (TypeError, ValueError) as error:
        raise DataError(f"{path} cannot be written as NetCDF: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    return path


def _with_attributes(dataset: xr.Dataset, provenance: Mapping[str, Any]) -> xr.Dataset:
    """The dataset with attributes that NetCDF can hold, its own before ours."""
    attributes = {"Conventions": CONVENTIONS} | {
        str(name): _attribute(value) for name, value in (dataset.attrs | dict(provenance)).items()
    }
    result = dataset.copy()
    result.attrs = attributes
    for name in result.variables:
        variable = result[name]
        variable.attrs = {
            str(key): _attribute(value)
            for key, value in variable.attrs.items()
            if value is not None
        }
        if variable.dtype == bool:
            result[name] = variable.astype("int8").assign_attrs(
                variable.attrs
                | {"flag_values": np.array([0, 1], "int8"), "flag_meanings": "false true"}
            )
    return result


def _attribute(value: Any) -> Any:
    """A value as NetCDF holds it: text, a number, an array of numbers, or JSON of the rest."""
    if isinstance(value, str | int | float | np.number | np.ndarray) and not isinstance(
        value, bool
    ):
        return value
    if (
        isinstance(value, list | tuple)
        and value
        and all(isinstance(item, int | float) and not isinstance(item, bool) for item in value)
    ):
        return np.asarray(value)
    return json.dumps(value, default=str)


def _encoding(dataset: xr.Dataset) -> dict[str, dict[str, Any]]:
    """Fills only where something is missing; floating times where stamps need fractions."""
    encoding: dict[str, dict[str, Any]] = {}
    for name, variable in dataset.variables.items():
        if variable.dtype.kind == "f":
            missing = name not in dataset.dims and bool(np.isnan(variable.values).any())
            fill = np.array(np.nan, variable.dtype) if missing else None
            encoding[str(name)] = {"_FillValue": fill}
            if variable.size > 10_000:
                encoding[str(name)] |= {"zlib": True, "complevel": 4}
        elif is_time(variable):
            encoding[str(name)] = {"_FillValue": None} if name in dataset.dims else {}
    return encoding


def _umask() -> int:
    """The process's umask; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write_error(path: Path, error: OSError) -> DataError:
    if error.errno == errno.ENOSPC or "No space left" in str(error):
        return DataError(
            f"no space left on the disk of {path.parent} while writing {path.name}; the old file is "
            "as it was; free some space and try again"
        )
    return DataError(f"{path} cannot be written ({error.strerror or error}); check the folder")
