"""The wall time a run may take, counted from when its process started."""

import math
import os
import time
from dataclasses import dataclass, field
from pathlib import Path

_IMPORTED = time.monotonic()


@dataclass(frozen=True)
class Budget:
    """Wall time given, used and left.

    Args:
        seconds: The time given; None for no limit.
        started: `time.monotonic()` when the clock started; now when not given. A command passes
            `process_started()`, so that the seconds Python needed for its imports count.

    Example:
        >>> budget = Budget(60.0)
        >>> budget.exhausted
        False
    """

    seconds: float | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since the clock started."""
        return time.monotonic() - self.started

    @property
    def left(self) -> float:
        """Seconds left, never below zero; infinite without a limit."""
        return math.inf if self.seconds is None else max(self.seconds - self.elapsed, 0.0)

    @property
    def spent(self) -> float:
        """The fraction used, from 0 to 1; 0 without a limit."""
        return 0.0 if self.seconds is None else min(self.elapsed / self.seconds, 1.0)

    @property
    def exhausted(self) -> bool:
        """Whether no time is left."""
        return self.left <= 0.0

    def reserving(self, seconds: float) -> "Budget":
        """The same clock with `seconds` kept back for what follows the training.

        Results, figures and the report take a second or two; a training that stops at
        `budget.reserving(2.0).exhausted` leaves that time for them.
        """
        if self.seconds is None:
            return self
        return Budget(max(self.seconds - seconds, 1e-9), self.started)


def process_started() -> float:
    """When this process started, on the clock of `time.monotonic()`.

    Read from `/proc/self/stat` on Linux (start time in clock ticks since boot, field 22 of proc(5));
    elsewhere, or when that makes no sense, the time at which this module was imported.
    """
    try:
        # The second field is the command in parentheses and may hold spaces: count from its end.
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - started
    except (OSError, AttributeError, IndexError, ValueError):
        return _IMPORTED
    now = time.monotonic()
    return now - age if now - _IMPORTED <= age + 0.05 else _IMPORTED
