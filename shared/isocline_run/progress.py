"""How far a run is: one live line on a terminal, a plain line now and then elsewhere."""

import sys
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from isocline_run.budget import Budget
from isocline_run.duration import format_duration

if TYPE_CHECKING:
    from rich.console import Console

_REDRAW = 0.1  # seconds between two updates of the live line
_WINDOW = 20.0  # seconds that the rate is averaged over


class Progress:
    """Shows step, rate, numbers and time left while a block runs.

    On a terminal it is one line redrawn in place; into a file or a pipe it is a plain line each
    `interval` seconds and one at the end. Both go to standard error.

    Example:
        with Progress(total=1000, description="training") as progress:
            for step in range(1000):
                progress.update(step + 1, loss=1.0 / (step + 1))
    """

    def __init__(
        self,
        total: int | None = None,
        description: str = "",
        *,
        budget: Budget | None = None,
        interval: float = 5.0,
        console: "Console | None" = None,
        on_update: Callable[[], None] | None = None,
    ) -> None:
        """Prepare; the line appears when the block is entered.

        Args:
            total: Steps to come; None when only time ends the run.
            description: What is being done, one or two words.
            budget: Wall time; the run ends by it if it comes before `total`.
            interval: Seconds between plain lines.
            console: Where to write; standard error when None.
            on_update: Called at each update, before anything is shown.
        """
        from rich.console import Console

        self.total = total
        self.description = description or "running"
        self.budget = budget or Budget()
        self.interval = interval
        self._console = console or Console(file=sys.stderr)
        self._on_update = on_update
        self._live: Any = None
        self._step = 0
        self._numbers: dict[str, Any] = {}
        self._shown = False
        self._next = 0.0
        self._past: deque[tuple[float, int]] = deque()

    def __enter__(self) -> Self:
        now = time.monotonic()
        self._started = now
        self._past.append((now, 0))
        if self._console.is_terminal:
            self._live, self._task = _live_line(self._console, self.description)
            self._live.start()
        else:
            self._next = now + self.interval
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._draw(time.monotonic())
            self._live.stop()
        elif self._step:
            took = format_duration(time.monotonic() - self._started)
            ending = f"after {took}" if kind is None else f"stopped after {took}"
            self._print(f"{self.status(with_rest=False)}, {ending}")

    def update(self, step: int, **numbers: Any) -> None:
        """Tell how far the run is; cheap enough to call at every step.

        Args:
            step: Steps done.
            numbers: What to show, such as `loss=`; numbers or one-element tensors, read only when
                the line is drawn.
        """
        if self._on_update is not None:
            self._on_update()
        now = time.monotonic()
        self._step, self._numbers = step, numbers
        if now < self._next:
            return
        self._remember(now)
        if self._live is not None:
            self._draw(now)
            self._next = now + _REDRAW
        else:
            self._print(self.status())
            self._next = now + self.interval

    def status(self, *, with_rest: bool = True) -> str:
        """The line as plain text."""
        parts = [f"{self.description}: {self._steps()}", *self._shown_numbers()]
        rate = self._rate()
        if rate:
            parts.append(f"{_short(rate)}/s")
        rest = self._rest()
        if with_rest and rest is not None:
            parts.append(f"{format_duration(rest)} left")
        return ", ".join(parts)

    def _steps(self) -> str:
        return f"step {self._step}" + (f"/{self.total}" if self.total else "")

    def _shown_numbers(self) -> list[str]:
        return [f"{name} {float(value):.3g}" for name, value in self._numbers.items()]

    def _remember(self, now: float) -> None:
        self._past.append((now, self._step))
        while len(self._past) > 2 and now - self._past[0][0] > _WINDOW:
            self._past.popleft()

    def _rate(self) -> float | None:
        """Steps a second over the last while."""
        if not self._past:
            return None
        then, step = self._past[0]
        passed = time.monotonic() - then
        return (self._step - step) / passed if passed > 0 and self._step > step else None

    def _rest(self) -> float | None:
        """Seconds left by steps or by budget, whichever is less."""
        rests = [] if self.budget.seconds is None else [self.budget.left]
        rate = self._rate()
        if self.total and rate:
            rests.append(max(self.total - self._step, 0) / rate)
        return min(rests) if rests else None

    def _fraction(self) -> float | None:
        by_steps = self._step / self.total if self.total else 0.0
        if not self.total and self.budget.seconds is None:
            return None
        return min(max(by_steps, self.budget.spent), 1.0)

    def _draw(self, now: float) -> None:
        self._remember(now)
        fraction, rate, rest = self._fraction(), self._rate(), self._rest()
        self._live.update(
            self._task,
            completed=fraction or 0.0,
            total=None if fraction is None else 1.0,
            steps=self._steps(),
            numbers="  ".join(self._shown_numbers()),
            rate=f"{_short(rate)}/s" if rate else "",
            rest="" if rest is None else f"{format_duration(rest)} left",
        )

    def _print(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False, soft_wrap=True)


def _live_line(console: "Console", description: str) -> tuple[Any, Any]:
    from rich import progress

    line = progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(bar_width=24),
        progress.TextColumn("{task.fields[steps]}"),
        progress.TextColumn("[bold]{task.fields[numbers]}"),
        progress.TextColumn("[dim]{task.fields[rate]}"),
        progress.TextColumn("[dim]{task.fields[rest]}"),
        console=console,
        refresh_per_second=8,
    )
    task = line.add_task(description, total=None, steps="", numbers="", rate="", rest="")
    return line, task


def _short(rate: float) -> str:
    return f"{rate:.0f}" if rate >= 100 else f"{rate:.2g}"
