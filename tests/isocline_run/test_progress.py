import io
import sys
import time

import pytest
import torch
from rich.console import Console

from isocline_run import Budget, Progress


class Clock:
    """A `time.monotonic` that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    return clock


def plain() -> tuple[Console, io.StringIO]:
    stream = io.StringIO()
    return Console(file=stream, width=40), stream


def test_a_pipe_gets_a_line_every_few_seconds_and_one_at_the_end(clock: Clock) -> None:
    console, stream = plain()
    with Progress(100, "training", console=console) as progress:
        for step in range(1, 101):
            clock.now += 0.2
            progress.update(step, loss=torch.tensor(1.0 / step))
    assert stream.getvalue().splitlines() == [
        "training: step 25/100, loss 0.04, 5/s, 15 s left",
        "training: step 50/100, loss 0.02, 5/s, 10 s left",
        "training: step 75/100, loss 0.0133, 5/s, 5.0 s left",
        "training: step 100/100, loss 0.01, 5/s, 0.0 s left",
        "training: step 100/100, loss 0.01, 5/s, after 20 s",
    ]


def test_a_short_run_prints_one_line(clock: Clock) -> None:
    console, stream = plain()
    with Progress(3, "fitting", console=console) as progress:
        for step in range(1, 4):
            clock.now += 0.5
            progress.update(step)
    assert stream.getvalue() == "fitting: step 3/3, 2/s, after 1.5 s\n"


def test_time_left_is_the_lesser_of_steps_and_budget(clock: Clock) -> None:
    console, _ = plain()
    budget = Budget(60.0, started=clock.now - 50.0)
    with Progress(1000, "training", budget=budget, console=console) as progress:
        clock.now += 6.0
        progress.update(6)
        assert progress.status() == "training: step 6/1000, 1/s, 4.0 s left"
    with Progress(8, "training", budget=budget, console=console) as progress:
        clock.now += 1.0
        progress.update(6, loss=1e-9)
        assert progress.status() == "training: step 6/8, loss 1e-09, 6/s, 0.3 s left"


def test_without_an_end_no_time_left_is_claimed(clock: Clock) -> None:
    console, _ = plain()
    with Progress(console=console) as progress:
        clock.now += 2.0
        progress.update(500)
        assert progress.status() == "running: step 500, 250/s"


def test_the_rate_is_that_of_the_last_while(clock: Clock) -> None:
    console, _ = plain()
    with Progress(description="training", console=console) as progress:
        for _ in range(10):
            clock.now += 6.0
            progress.update(1)
        for step in range(2, 102):
            clock.now += 1.0
            progress.update(step)
        assert progress.status() == "training: step 101, 1/s"


def test_an_error_says_that_it_was_stopped(clock: Clock) -> None:
    console, stream = plain()
    with (  # noqa: PT012
        pytest.raises(ZeroDivisionError),
        Progress(10, "training", console=console) as progress,
    ):
        clock.now += 1.0
        progress.update(1)
        _ = 1 / 0
    assert stream.getvalue() == "training: step 1/10, 1/s, stopped after 1.0 s\n"


def test_a_terminal_gets_one_line_redrawn(clock: Clock) -> None:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=120, color_system=None)
    budget = Budget(60.0, started=clock.now)
    with Progress(10, "training", budget=budget, console=console) as progress:
        for step in range(1, 11):
            clock.now += 1.0
            progress.update(step, loss=0.5)
    text = stream.getvalue()
    for part in ("training", "step 10/10", "loss 0.5", "1/s", "left", "━"):
        assert part in text
    assert "\x1b[?25h" in text  # the cursor is shown again


def test_square_brackets_are_text(clock: Clock) -> None:
    console, stream = plain()
    with Progress(1, "a [bold] name", console=console) as progress:
        clock.now += 1
        progress.update(1)
    assert stream.getvalue().startswith("a [bold] name: step 1/1")


def test_updates_are_cheap_and_read_tensors_only_when_shown() -> None:
    console, _ = plain()

    class Number:
        read = 0

        def __float__(self) -> float:
            Number.read += 1
            return 1.0

    with Progress(description="training", console=console) as progress:
        for step in range(20_000):
            progress.update(step, loss=Number())
    assert Number.read < 5


def test_progress_goes_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(1, "training", console=Console(file=sys.stderr)) as progress:
        progress.update(1)
    with Progress(1, "training") as progress:
        progress.update(1)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("training: step 1/1") == 2
