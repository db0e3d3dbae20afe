"""Open a NetCDF file's library handle; the only place that names the libraries.

A handle never outlives the call that needs it: nothing is left open for a forked process to
inherit, or for the garbage collector to close from another thread.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from xarray.backends.common import BackendArray
from xarray.core import indexing

from isocline_data.errors import DataError
from isocline_data.lock import FILE_LOCK
from isocline_data.masking import Decoding

ENGINES = ("netcdf4", "h5netcdf")


@contextmanager
def open_file(path: Path, engine: str | None = None) -> Iterator[Any]:
    """The file open for reading, with `FILE_LOCK` held; numbers come as they are stored.

    Args:
        path: A file that `check_file` found to be NetCDF.
        engine: "netcdf4" (the default) or "h5netcdf"; both are used through the netCDF4 interface.

    Raises:
        DataError: The engine is unknown or not installed, or the library cannot open the file.
    """
    dataset = _library(engine or "netcdf4")
    with FILE_LOCK:
        try:
            handle = dataset(str(path), mode="r")
        except (OSError, RuntimeError, UnicodeDecodeError) as error:
            raise DataError(
                f"{path} has the first bytes of a NetCDF file but cannot be opened ({error}): it is "
                "probably damaged; fetch or copy it again"
            ) from error
        try:
            if hasattr(handle, "set_auto_maskandscale"):
                handle.set_auto_maskandscale(False)
                handle.set_auto_chartostring(False)
            yield handle
        except UnicodeDecodeError as error:
            raise DataError(
                f"{path} holds names that are not UTF-8 ({error}): it is damaged or was written with "
                "another encoding; fetch it again, or rename what has accents"
            ) from error
        finally:
            handle.close()


def _library(engine: str) -> Any:
    if engine == "netcdf4":
        import netCDF4

        return netCDF4.Dataset
    if engine == "h5netcdf":
        try:
            import h5py  # noqa: F401  h5netcdf imports without it and fails later
            from h5netcdf import legacyapi
        except ImportError as error:
            raise DataError(
                "engine 'h5netcdf' needs h5netcdf and h5py: run 'pip install h5netcdf h5py', or "
                "leave the engine out"
            ) from error
        return legacyapi.Dataset
    raise DataError(f"engine '{engine}' is unknown; choose one of {', '.join(ENGINES)}")


class FileArray(BackendArray):
    """One variable of a file, read slice by slice.

    It keeps a path, not a handle, so it can be pickled, sent to another process, and read from
    any number of threads.
    """

    def __init__(
        self,
        path: Path,
        engine: str | None,
        variable: str,
        shape: tuple[int, ...],
        decoding: Decoding,
    ) -> None:
        self.path, self.engine, self.variable = path, engine, variable
        self.shape, self.decoding = shape, decoding
        self.dtype = decoding.dtype

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._read
        )

    def _read(self, key: tuple[Any, ...]) -> np.ndarray:
        with open_file(self.path, self.engine) as file:
            stored = np.asarray(file[self.variable][key])
        values, _ = self.decoding.apply(stored)
        return values.astype(self.dtype, copy=False)
