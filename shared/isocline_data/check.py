"""Look at a file before any library does.

xarray answers a missing, an empty, a half-downloaded and a foreign file with one sentence, "did
not find a match in any of xarray's currently installed IO backends" (pydata/xarray#6335).  Here
each has its own.
"""

import difflib
from collections.abc import Callable
from enum import Enum
from pathlib import Path

from isocline_data.errors import DataError
from isocline_data.headers import (
    NETCDF3_VERSIONS,
    HeaderError,
    find_hdf5,
    hdf5_length,
    netcdf3_length,
)


class FileKind(Enum):
    """What a file holds, as its first bytes and its name say."""

    NETCDF = "netcdf"
    PARQUET = "parquet"
    COMSOL = "comsol"
    TABLE = "table"


NETCDF_SUFFIXES = (".nc", ".nc3", ".nc4", ".cdf", ".netcdf", ".h5", ".hdf5", ".he5")
TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".dat")
COMPRESSIONS = (".gz", ".bz2", ".xz", ".zip", ".zst")

_FOREIGN = {
    b"\x1f\x8b": "it is compressed with gzip; unpack it first",
    b"BZh": "it is compressed with bzip2; unpack it first",
    b"\xfd7zXZ": "it is compressed with xz; unpack it first",
    b"PK\x03\x04": "it is a zip archive; unpack it first",
    b"GRIB": "it is a GRIB file; convert it, for example with 'cdo -f nc copy'",
    b"MATLAB": "it is a MATLAB file; read it with scipy.io.loadmat and give the arrays names",
    b"PAR1": "it is a Parquet file; name it .parquet",
}


def check_file(path: Path) -> FileKind:
    """Say what kind of data file `path` is, and that it is whole.

    Raises:
        DataError: The file is missing, is a folder, cannot be read, is empty, is shorter than its
            header says, or is not a data file at all.
    """
    head = _first_bytes(path)
    suffix = _suffix(path)
    if head[:4] in NETCDF3_VERSIONS:
        _check_length(path, netcdf3_length)
        return FileKind.NETCDF
    if _is_hdf5(path):
        _check_length(path, hdf5_length)
        return FileKind.NETCDF
    if suffix in (".parquet", ".pq"):
        if head[:4] != b"PAR1":
            raise DataError(f"{path} is not a Parquet file: it begins with {_shown(head)}")
        return FileKind.PARQUET
    if suffix in TABLE_SUFFIXES:
        return FileKind.COMSOL if head.startswith(b"% Model:") else FileKind.TABLE
    raise DataError(f"{path} is not a NetCDF file: {_what_instead(head)}")


def missing_file(path: Path) -> DataError:
    """The error for a path that does not exist; names files of the folder that are spelt alike."""
    folder = path.parent
    if not folder.is_dir():
        return DataError(f"{path} does not exist: there is no folder {folder}")
    near = difflib.get_close_matches(path.name, [entry.name for entry in folder.iterdir()])
    hint = f"; did you mean {' or '.join(near)}?" if near else ": check the path"
    return DataError(f"{path} does not exist{hint}")


def _first_bytes(path: Path) -> bytes:
    if not path.exists():
        raise missing_file(path)
    if path.is_dir():
        raise DataError(
            f"{path} is a folder; give a file in it, or a pattern such as '{path}/*.nc'"
        )
    try:
        with path.open("rb") as file:
            head = file.read(512)
    except PermissionError as error:
        raise DataError(f"{path} cannot be read: you have no permission to open it") from error
    if not head:
        raise DataError(f"{path} is empty (0 bytes): the download or copy was probably cut off")
    return head


def _suffix(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if len(suffixes) > 1 and suffixes[-1] in COMPRESSIONS and suffixes[-2] in TABLE_SUFFIXES:
        return suffixes[-2]
    return suffixes[-1] if suffixes else ""


def _is_hdf5(path: Path) -> bool:
    with path.open("rb") as file:
        return find_hdf5(file) is not None


def _check_length(path: Path, expected_length: Callable[[Path], int | None]) -> None:
    size = path.stat().st_size
    try:
        expected = expected_length(path)
    except HeaderError as error:
        raise DataError(
            f"{path} cannot be read: {error} ({size} bytes); fetch or copy it again"
        ) from error
    if expected is not None and size < expected:
        raise DataError(
            f"{path} is shorter than its header says (expected {expected} bytes, have {size}): "
            "the download or copy was probably cut off; fetch it again"
        )


def _shown(head: bytes) -> str:
    return repr(head[:24].decode("utf-8", errors="replace"))


def _what_instead(head: bytes) -> str:
    for magic, sentence in _FOREIGN.items():
        if head.startswith(magic):
            return sentence
    start = head.lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return (
            "it is a web page, so the download probably led to an error or a login; fetch it again"
        )
    if _is_text(head):
        return f"it is text that begins with {_shown(head)}; if it is a table, name it .csv"
    return f"it begins with {_shown(head)}, where 'CDF' or '\\x89HDF' was expected"


def _is_text(head: bytes) -> bool:
    return all(byte >= 32 or byte in b"\t\r\n\f" for byte in head)
