"""One lock around every touch of a data file.

The HDF5 and netCDF-C libraries crash the process when two threads are inside them at once.
xarray locks its array reads but reads metadata, opens and closes outside that lock
(pydata/xarray#9779, Unidata/netcdf4-python#1192), so the data layer holds its own.
"""

from threading import RLock
from types import TracebackType


class FileLock:
    """A reentrant lock that pickles as a reference: another process finds its own."""

    def __init__(self) -> None:
        self._lock = RLock()

    def __enter__(self) -> "FileLock":
        self._lock.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._lock.release()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock; see `threading.Lock.acquire`."""
        return self._lock.acquire(blocking, timeout)

    def release(self) -> None:
        """Give the lock back; see `threading.Lock.release`."""
        self._lock.release()

    def __reduce__(self) -> str:
        return "FILE_LOCK"


FILE_LOCK = FileLock()
"""Held by this package around each open, read, write and close of a file.

Reentrant, so that a function that holds it may call another that takes it.  Code that opens
netCDF or HDF5 files by other means in the same process should hold it too.
"""
