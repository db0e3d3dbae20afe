import math
import subprocess
import sys
import time
from pathlib import Path

import pytest

from isocline_run import Budget, budget, process_started


def test_without_a_limit_time_never_runs_out() -> None:
    given = Budget()
    assert (given.left, given.spent, given.exhausted) == (math.inf, 0.0, False)
    assert given.reserving(5) is given


def test_elapsed_and_left_add_up_to_the_budget() -> None:
    given = Budget(10.0, started=time.monotonic() - 4.0)
    assert given.elapsed == pytest.approx(4.0, abs=0.1)
    assert given.left == pytest.approx(6.0, abs=0.1)
    assert given.spent == pytest.approx(0.4, abs=0.01)
    assert not given.exhausted


def test_an_exhausted_budget_has_exactly_nothing_left() -> None:
    given = Budget(1.0, started=time.monotonic() - 2.0)
    assert (given.left, given.spent, given.exhausted) == (0.0, 1.0, True)


def test_reserving_moves_the_end_and_not_the_start() -> None:
    given = Budget(10.0, started=time.monotonic() - 4.0)
    assert given.reserving(2.0).left == pytest.approx(4.0, abs=0.1)
    assert given.reserving(20.0).exhausted


def test_the_clock_of_a_process_starts_before_its_imports() -> None:
    script = (
        "import time; time.sleep(0.5); before = time.monotonic()\n"
        "from isocline_run import process_started\n"
        "print(before - process_started())"
    )
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    took = time.monotonic() - started
    assert 0.5 <= float(done.stdout) <= took + 0.02


def test_without_proc_the_clock_starts_at_the_import(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(self: Path, encoding: str | None = None) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert process_started() == budget._IMPORTED


def test_the_start_of_this_process_lies_in_the_past_and_stays_there() -> None:
    first = process_started()
    assert first < time.monotonic()
    assert process_started() == pytest.approx(first, abs=0.02)


def test_a_command_given_a_budget_ends_within_five_percent_of_it(tmp_path: Path) -> None:
    script = (
        "import sys, time; from isocline_run import *\n"
        "with open_run(sys.argv[1], application='test', settings=Settings(budget='6s'),\n"
        "              budget_started=process_started()) as run:\n"
        "    training = run.budget.reserving(0.2)\n"
        "    while not training.exhausted: time.sleep(0.01)\n"
        "    run.metrics({})\n"
        "print(time.monotonic() - process_started())"
    )
    command = [sys.executable, "-c", script, tmp_path / "run"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    assert float(done.stdout) == pytest.approx(6.0, rel=0.05)
