"""Writing a dataset: a NetCDF file that is whole or not there."""

import errno
import os
import secrets
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import xarray as xr

from isocline_data.errors import DataError
from isocline_data.lock import FILE_LOCK
from isocline_data.storable import encoding, storable

_LITTLE = 1_000_000
"""Bytes; a disk with less room than this is full."""


def to_netcdf(
    dataset: xr.Dataset | xr.DataArray,
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
        provenance: What made it, one global attribute a key; nested values are written as JSON, and
            `created` and `command` become a line of the attribute `history`.
        overwrite: Replace a file that is there.

    Returns:
        The path written.

    Raises:
        DataError: The file exists and `overwrite` is False, the disk is full, the folder cannot be
            written to, or a variable holds something that NetCDF cannot.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        raise DataError(f"{path} is a folder; give the name of a file in it")
    if path.exists() and not overwrite:
        raise DataError(f"{path} exists; pass overwrite=True to replace it, or choose another name")
    written = storable(dataset, provenance)
    part = path.with_name(f".{path.name}-{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FILE_LOCK:
            written.to_netcdf(part, engine="netcdf4", encoding=encoding(written))
        _reach_the_disk(part)
        part.replace(path)
        _reach_the_disk(path.parent)
    except (TypeError, ValueError, NotImplementedError) as error:
        raise DataError(f"{path} cannot be written as NetCDF: {error}") from error
    except (OSError, RuntimeError) as error:
        raise _failed(path, error) from error
    finally:
        if part.exists():
            _remove(part)
    return path


def _reach_the_disk(path: Path) -> None:
    """Return when a file's bytes, or a folder's names, are on the disk."""
    if path.is_dir() and os.name == "nt":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(part: Path) -> None:
    # After a failed write the library may keep the file open for ever: emptied, it holds no space.
    with suppress(OSError):
        os.truncate(part, 0)
    part.unlink()


def _failed(path: Path, error: OSError | RuntimeError) -> DataError:
    if _is_disk_full(path.parent, error):
        return DataError(
            f"no space left on the disk of {path.parent} while writing {path.name}; the old file, if "
            "there was one, is as it was; free some space and try again"
        )
    reason = error.strerror if isinstance(error, OSError) and error.strerror else error
    return DataError(f"{path} cannot be written ({reason}); check the folder")


def _is_disk_full(folder: Path, error: OSError | RuntimeError) -> bool:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    # The HDF5 library says only "NetCDF: HDF error" when a write finds no room.
    from_library = isinstance(error, RuntimeError) or (error.errno or -1) < 0
    return from_library and folder.is_dir() and shutil.disk_usage(folder).free < _LITTLE
