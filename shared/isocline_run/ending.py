"""What becomes of a run's folder, and of the error, when its block does not end well."""

import contextlib
import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from isocline_run.checkpoint import has_checkpoint
from isocline_run.errors import Interrupted, UserError
from isocline_run.folder import abandon

_LITTLE = 65536  # bytes; with less left on the disk, a failed write is put down to that


@contextlib.contextmanager
def keeping_what_can_be_resumed(out: Path | None, folder: Path) -> Iterator[None]:
    """Keep the unfinished folder after Ctrl-C, or after an error if it has a checkpoint.

    Args:
        out: The run's folder; None for a run that keeps nothing.
        folder: Where it writes.

    Raises:
        Interrupted: Ctrl-C in the block.
        UserError: The disk is full.
    """
    try:
        yield
    except KeyboardInterrupt:
        if out is None or not folder.exists():
            raise
        raise Interrupted(out, resumable=has_checkpoint(folder)) from None
    except BaseException as error:
        full = _is_disk_full(error, folder)
        kept = out is not None and has_checkpoint(folder)
        if out is not None and not kept:
            abandon(out)
        if full:
            raise UserError(_disk_full(out, kept)) from error
        raise


def _is_disk_full(error: BaseException, folder: Path) -> bool:
    """Whether an error means that, also when a library does not pass the reason on."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    if "No space left on device" in str(error):  # safetensors
        return True
    # The HDF5 library says only that a write failed.
    a_write = isinstance(error, OSError | RuntimeError | ValueError)
    return a_write and folder.exists() and shutil.disk_usage(folder).free < _LITTLE


def _disk_full(out: Path | None, kept: bool) -> str:
    if out is None:
        return "no space is left on the disk of the temporary folder; free some, or set TMPDIR"
    rest = "pass --resume to go on from the last checkpoint" if kept else "run the command again"
    return f"no space is left on the disk of {out}; nothing there was replaced; free some space and {rest}"
