"""One lock around every touch of a data file.

The HDF5 and netCDF-C libraries crash the process when two threads are inside them at once.
xarray locks its array reads but reads metadata, opens and closes outside that lock
(pydata/xarray#9779, Unidata/netcdf4-python#1192), so the data layer holds its own.
"""

from threading import RLock

FILE_LOCK = RLock()
"""Held by this package around each open, read, write and close of a file.

Reentrant, so that a function that holds it may call another that takes it.  Code that opens
netCDF or HDF5 files by other means in the same process should hold it too.
"""
