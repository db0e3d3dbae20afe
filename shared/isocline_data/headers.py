"""How long a NetCDF file should be, read from its first bytes alone.

netCDF-C reads the missing end of a cut-off netCDF-3 file as zeros without a word, so the length
is compared with the header before the library sees the file.

Sources: the NetCDF classic format specification (Unidata, `file_format_specifications`) and the
HDF5 file format specification version 3, section II.A (superblock).
"""

import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"
NETCDF3_VERSIONS = {b"CDF\x01": 1, b"CDF\x02": 2, b"CDF\x05": 5}

T = TypeVar("T")

_DIMENSIONS, _VARIABLES, _ATTRIBUTES = 10, 11, 12
_TYPE_BYTES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}
_STREAMING = (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)


class HeaderError(ValueError):
    """The header itself ends early or holds what no writer puts there."""


def netcdf3_length(path: Path) -> int | None:
    """Bytes that a classic, 64-bit-offset or CDF5 file needs to hold all its data.

    Returns:
        The length, or None when the number of records was left open by a streaming writer.

    Raises:
        HeaderError: The header is cut off or damaged.
    """
    with path.open("rb") as file:
        header = _Header(file, NETCDF3_VERSIONS[file.read(4)])
        records = header.count()
        lengths = header.items(_DIMENSIONS, header.dimension)
        header.attributes()
        variables = header.items(_VARIABLES, lambda: header.variable(lengths))
        end = file.tell()
    record = [variable for variable in variables if variable.of_records]
    if record and records in _STREAMING:
        return None
    # Each record holds a slab of every record variable, padded to 4 bytes unless it is alone.
    padded = (
        sum(-(-v.size // 4) * 4 for v in record) if len(record) > 1 else sum(v.size for v in record)
    )
    for variable in variables:
        if not variable.of_records:
            end = max(end, variable.begin + variable.size)
        elif records:
            end = max(end, variable.begin + (records - 1) * padded + variable.size)
    return end


def hdf5_length(path: Path) -> int | None:
    """The end-of-file address in the superblock of an HDF5 file, in bytes.

    Returns:
        The length, or None when the superblock has a version this function does not know.

    Raises:
        HeaderError: The superblock is cut off.
    """
    with path.open("rb") as file:
        start = find_hdf5(file)
        if start is None:
            raise HeaderError("no HDF5 signature")
        file.seek(start)
        block = file.read(128)
    if len(block) < 48:
        raise HeaderError("the HDF5 superblock is cut off")
    version = block[8]
    if version in (0, 1):
        width, first = block[13], 24 + 4 * version
    elif version in (2, 3):
        width, first = block[9], 12
    else:
        return None
    # Base address, free-space or extension address, end-of-file address.
    at = first + 2 * width
    return int.from_bytes(block[at : at + width], "little")


def find_hdf5(file: BinaryIO) -> int | None:
    """Where the HDF5 signature is: at 0, 512, 1024, 2048, … after a user block; None if nowhere."""
    at = 0
    while True:
        file.seek(at)
        found = file.read(8)
        if found == HDF5_SIGNATURE:
            return at
        if len(found) < 8:
            return None
        at = max(512, 2 * at)


class _Variable:
    def __init__(self, begin: int, size: int, of_records: bool) -> None:
        self.begin, self.size, self.of_records = begin, size, of_records


class _Header:
    """The header's grammar; numbers are 4 bytes wide, offsets 8 from version 2, counts 8 in 5."""

    def __init__(self, file: BinaryIO, version: int) -> None:
        self.file, self.version = file, version

    def take(self, size: int) -> bytes:
        data = self.file.read(size)
        if len(data) < size:
            raise HeaderError("the header is cut off")
        return data

    def number(self, form: str = ">I") -> int:
        return int(struct.unpack(form, self.take(struct.calcsize(form)))[0])

    def count(self) -> int:
        return self.number(">Q" if self.version == 5 else ">I")

    def skip_padded(self, size: int) -> None:
        size = -(-size // 4) * 4
        if size > 1 << 31:
            raise HeaderError("the header is damaged")
        self.take(size)

    def skip_name(self) -> None:
        self.skip_padded(self.count())

    def items(self, tag: int, read: Callable[[], T]) -> list[T]:
        found, number = self.number(), self.count()
        if found not in (0, tag) or (found == 0 and number):
            raise HeaderError("the header is damaged")
        return [read() for _ in range(number)]

    def dimension(self) -> int:
        self.skip_name()
        return self.count()

    def attribute(self) -> None:
        self.skip_name()
        width = self.type_bytes()
        self.skip_padded(width * self.count())

    def attributes(self) -> None:
        self.items(_ATTRIBUTES, self.attribute)

    def type_bytes(self) -> int:
        kind = self.number()
        if kind not in _TYPE_BYTES:
            raise HeaderError("the header is damaged")
        return _TYPE_BYTES[kind]

    def variable(self, lengths: list[int]) -> _Variable:
        self.skip_name()
        axes = [self.count() for _ in range(self.count())]
        self.attributes()
        width = self.type_bytes()
        self.count()  # the stored size, which overflows for large variables
        begin = self.number(">I" if self.version == 1 else ">Q")
        if any(axis >= len(lengths) for axis in axes):
            raise HeaderError("the header is damaged")
        of_records = bool(axes) and lengths[axes[0]] == 0
        shape = [lengths[axis] for axis in axes[of_records:]]
        return _Variable(begin, width * math.prod(shape), of_records)
