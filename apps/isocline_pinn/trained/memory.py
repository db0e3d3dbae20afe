"""Keeping freed memory, on Linux."""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of mallopt(3)
_LARGE = 1 << 30


def keep_freed_memory() -> None:
    """Let glibc keep freed arrays for the next ones instead of handing them back to the system.

    Each Jacobian makes arrays of ten megabytes by the dozen. glibc maps such arrays afresh each time, and
    the system clears every page of them: a third of the time of a step. Elsewhere nothing is done.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library, such as musl
        return
    mallopt(_MMAP_THRESHOLD, _LARGE)
    mallopt(_TRIM_THRESHOLD, _LARGE)
