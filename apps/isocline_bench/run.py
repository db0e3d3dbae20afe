"""Running a suite: one task after the other, each recorded as soon as it ends."""

import fnmatch
import time
from collections.abc import Callable
from pathlib import Path

from isocline_bench.record import Record, now, path_of, these_versions, this_machine, write_record
from isocline_bench.suite import Suite, Task
from isocline_run import UserError


def run_suite(
    suite: Suite,
    folder: Path,
    *,
    only: str | None = None,
    budget: float | None = None,
    again: bool = False,
    say: Callable[[str], None] = print,
) -> list[Record]:
    """Run the tasks of a suite that have no record yet.

    Args:
        suite: What to run.
        folder: Where the records go.
        only: A task, case or method, or a pattern of one (`*`); all when None.
        budget: Wall time of one task in seconds; the suite's own when None.
        again: Run tasks anew that have a record.
        say: Receives one line a task.

    Returns:
        The new records.

    Raises:
        UserError: `only` names no task.
    """
    seconds = suite.budget if budget is None else budget
    records = []
    for task in chosen(suite, only):
        path = path_of(folder, suite.name, task.name, seconds)
        if path.exists() and not again:
            say(f"{task.name}: has a record, {path}; pass --again to run it anew")
            continue
        record = _measured(suite, task, seconds)
        write_record(path, record)
        records.append(record)
        say(
            f"{task.name}: {suite.metric} {record.numbers[suite.metric]:.3g} in {record.seconds:.1f} s"
        )
    return records


def chosen(suite: Suite, only: str | None) -> list[Task]:
    """The tasks that `only` names by task, case or method."""
    if only is None:
        return list(suite.tasks)
    tasks = [
        task
        for task in suite.tasks
        if any(fnmatch.fnmatch(name, only) for name in (task.name, task.case, task.method))
    ]
    if not tasks:
        names = ", ".join(task.name for task in suite.tasks)
        raise UserError(f"No task of {suite.name} is called {only!r}; its tasks are {names}.")
    return tasks


def _measured(suite: Suite, task: Task, budget: float) -> Record:
    started = time.perf_counter()
    numbers = {name: float(value) for name, value in task.measure(budget).items()}
    seconds = time.perf_counter() - started
    return Record(
        suite=suite.name,
        case=task.case,
        method=task.method,
        seed=task.seed,
        budget=budget,
        seconds=seconds,
        numbers=numbers,
        machine=this_machine(),
        versions=these_versions(),
        finished=now(),
    )
