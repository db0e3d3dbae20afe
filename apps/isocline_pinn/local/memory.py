"""Memory that a least-squares problem in blocks takes, before it is set up."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np

from isocline_pinn.local.errors import TooLargeError
from isocline_pinn.local.features import polynomials_of

_ROWS = 3.2
_SHARE = 0.7


def needed_bytes(blocks: int, dimension: int, degree: int, outputs: int) -> float:
    """Bytes at the height of a factorisation.

    A block holds its rows (about 3.2 an unknown), their triangular factor, the rows it shares and
    the fronts of nested dissection, whose largest joins the blocks of one separator.

    Args:
        blocks: of one region.
        dimension: time included.
        degree: of the features.
        outputs: of u.
    """
    unknowns = polynomials_of(dimension, degree).count * outputs
    rows = blocks * unknowns**2 * (_ROWS + 1.0 + 1.0)
    coupled = blocks * unknowns**2 * 3.0 * max(1.0, math.log2(max(2, blocks)) / 4)
    separator = blocks ** ((dimension - 1) / dimension) if dimension > 2 else 2.0
    front = 2 * (separator * unknowns) ** 2
    return 8.0 * (rows + coupled + front)


def available_bytes() -> float:
    """Memory that can be taken without swapping, as far as this machine says."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        kibibytes = next(line.split()[1] for line in lines if line.startswith("MemAvailable"))
        return 1024.0 * float(kibibytes)
    except (OSError, StopIteration):
        pass  # not Linux
    try:
        return float(os.sysconf("SC_AVPHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return np.inf


def check_memory(
    blocks: int, dimension: int, degree: int, outputs: int, available: float | None = None
) -> None:
    """Refuse what does not fit.

    Args:
        blocks: of one region.
        dimension: time included.
        degree: of the features.
        outputs: of u.
        available: bytes; what the machine has free when None.

    Raises:
        TooLargeError: with the size and a degree or a number of blocks that would fit.
    """
    room = _SHARE * (available_bytes() if available is None else available)
    size = needed_bytes(blocks, dimension, degree, outputs)
    if size <= room:
        return
    fitting = [
        d for d in range(degree - 1, 3, -1) if needed_bytes(blocks, dimension, d, outputs) <= room
    ]
    most = blocks
    while most > 1 and needed_bytes(most, dimension, degree, outputs) > room:
        most = int(0.8 * most)
    setting = f"degree {fitting[0]} would fit" if fitting else f"{most} blocks would fit"
    raise TooLargeError(
        f"{blocks} blocks of degree {degree} with {outputs} output(s) need about "
        f"{size / 2**30:.3g} GiB, and {room / 2**30:.3g} GiB are free for them; {setting}: "
        "ask for a larger tolerance."
    )
