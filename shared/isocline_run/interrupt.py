"""Ctrl-C: once to stop at a place one can resume from, twice to be gone."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class Interruption:
    """Whether Ctrl-C was pressed, and whether now is a time to act on it."""

    def __init__(self) -> None:
        self.requested = False
        self._held = False

    def check(self) -> None:
        """Raise `KeyboardInterrupt` if Ctrl-C was pressed.

        Python delivers a signal wherever it happens to be, and an exception in a finaliser or in
        a callback from C is printed and forgotten; the next call of this one then stops the run.
        """
        if self.requested and not self._held:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Let the block finish before a Ctrl-C that arrives in it takes effect."""
        before, self._held = self.requested, True
        try:
            yield
        finally:
            self._held = False
        if not before:
            self.check()

    def _receive(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.requested:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        self.requested = True
        self.check()


@contextlib.contextmanager
def listening() -> Iterator[Interruption]:
    """Watch for Ctrl-C in the block: the first raises `KeyboardInterrupt`, the second kills.

    Outside the main thread Python delivers no signals, and nothing is changed.
    """
    interruption = Interruption()
    if threading.current_thread() is not threading.main_thread():
        yield interruption
        return
    before = signal.signal(signal.SIGINT, interruption._receive)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.SIG_DFL)
