"""`open_dataset`: the front door of the data layer."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from isocline_data.check import FileKind, check_file
from isocline_data.combine import DUPLICATES, Duplicates, combine
from isocline_data.comsol import read_comsol
from isocline_data.errors import DataError
from isocline_data.names import unknown_name
from isocline_data.netcdf import read_netcdf
from isocline_data.regions import Longitudes, count_longitudes
from isocline_data.sources import Source, find_files
from isocline_data.tables import read_table


def open_dataset(
    source: Source | xr.Dataset,
    *,
    group: str | None = None,
    engine: str | None = None,
    chunks: Mapping[str, int] | int | str | None = None,
    data_dir: str | Path | None = None,
    time: str | None = None,
    time_zone: str | None = None,
    on_duplicates: Duplicates = "error",
    longitudes: Longitudes | None = None,
) -> xr.Dataset:
    """Open data of any kind as one checked, labelled dataset.

    Args:
        source: A path, a pattern (``"runs/*.nc"``), a URL (fetched once, its hash kept), a name in the
            catalogue, or a list of these; or a dataset, to which the last four options apply.
            Files may be NetCDF (classic, 64-bit, CDF5, NetCDF-4, HDF5), CSV and other text tables,
            Parquet, and COMSOL text tables.
        group: The group of a NetCDF-4 file; it also sees the coordinates of the groups around it.
        engine: The NetCDF library, "netcdf4" (the default) or "h5netcdf".
        chunks: Chunk sizes for dask arrays (extra ``dask``); None reads files up to 1 GB into
            memory and leaves the numbers of larger ones in the file until used.
        data_dir: Folder searched first for files of the catalogue.
        time: The column (tables) or variable (NetCDF) that holds the times, where it is not found
            by itself; in NetCDF it becomes the index of its dimension.
        time_zone: Zone of the local times in a table, such as "Europe/Berlin"; they become UTC.
        on_duplicates: Where several files hold one time stamp: "error" names it and the files;
            "first" or "last" keeps that file's row (and, in a single file, that row); "keep" keeps
            all.
        longitudes: Count longitudes "-180..180" or "0..360"; None leaves them as they are.

    Returns:
        The dataset.  Missing codes, cells never written and values outside the valid range are NaN;
        what was masked is counted in each variable's attribute ``masked_on_reading``.  Times are
        ``datetime64``, or cftime objects in other calendars.  The order of rows in a file is kept,
        with its faults: `describe` counts them and `check_time_axis` refuses them.

    Raises:
        DataError: Says in one sentence what is wrong with the source and what to do.

    Example:
        >>> ds = open_dataset("co2")
        >>> dict(ds["co2"].sizes)
        {'time': 2284}
    """
    if on_duplicates not in DUPLICATES:
        raise DataError(
            f"on_duplicates='{on_duplicates}' is unknown; choose one of {', '.join(DUPLICATES)}"
        )
    if isinstance(source, xr.Dataset):
        parts, labels = [source], ["the dataset"]
        if time is not None:
            parts = [_with_time(source, time, "the dataset")]
    else:
        files = find_files(source, data_dir)
        labels = [str(file) for file in files]
        parts = [
            _open_file(file, group, engine, chunks, time=time, time_zone=time_zone)
            for file in files
        ]
    dataset = combine(parts, labels, on_duplicates=on_duplicates)
    return dataset if longitudes is None else count_longitudes(dataset, longitudes)


def _open_file(
    path: Path,
    group: str | None,
    engine: str | None,
    chunks: Any,
    *,
    time: str | None,
    time_zone: str | None,
) -> xr.Dataset:
    kind = check_file(path)
    if kind is FileKind.NETCDF:
        dataset = read_netcdf(
            path, group=group, engine=engine, lazy=None if chunks is None else True
        )
        dataset = dataset if time is None else _with_time(dataset, time, str(path))
    else:
        if group is not None:
            raise DataError(f"{path} is a table and has no group '{group}'; leave the group out")
        if kind is FileKind.COMSOL:
            dataset = read_comsol(path)
        else:
            dataset = read_table(path, kind, time=time, time_zone=time_zone)
    dataset.encoding["source"] = str(path)
    return dataset if chunks is None else _chunked(dataset, chunks)


def _chunked(dataset: xr.Dataset, chunks: Any) -> xr.Dataset:
    try:
        return dataset.chunk(chunks)
    except ImportError as error:
        raise DataError(
            "chunks need dask: run \"pip install 'isocline[dask]'\", or leave chunks out"
        ) from error


def _with_time(dataset: xr.Dataset, name: str, where: str) -> xr.Dataset:
    """Make a one-dimensional variable the index of its dimension; text is read as dates."""
    if name not in dataset.variables:
        raise unknown_name("variable", name, map(str, dataset.variables), where)
    variable = dataset[name]
    if variable.ndim != 1:
        raise DataError(
            f"'{name}' in {where} has the dimensions ({', '.join(map(str, variable.dims))}), where a "
            "time axis has one; choose another variable"
        )
    if variable.dtype.kind in "UO" and isinstance(np.asarray(variable.values).flat[0], str):
        dataset = dataset.assign_coords({name: (variable.dims, _dates(variable, where), {})})
    dim = variable.dims[0]
    return dataset.set_coords(name) if dim == name else dataset.swap_dims({dim: name})


def _dates(variable: xr.DataArray, where: str) -> np.ndarray:
    import pandas as pd

    from isocline_data.tables import parse_stamps

    stamps = parse_stamps(pd.Series(variable.values), str(variable.name), where)
    index = pd.DatetimeIndex(stamps)
    if index.tz is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    return np.asarray(index.values.astype("datetime64[ns]"))
