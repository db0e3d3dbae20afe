"""Running a suite: one task after the other, each recorded as soon as it ends."""

import fnmatch
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from isocline_bench.record import Record, now, path_of, these_versions, this_machine, write_record
from isocline_bench.suite import Measured, Suite, Task
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

    A task that fails leaves a record with the sentence of its failure, and the suite goes on.

    Args:
        suite: What to run.
        folder: Where the records go.
        only: A task, case or method, or a pattern of one (`*`); all when None.
        budget: Wall time of one task in seconds; the task's or the suite's own when None.
        again: Run tasks anew that have a record.
        say: Receives one line a task.

    Returns:
        The new records.

    Raises:
        UserError: `only` names no task.
    """
    records = []
    for task in chosen(suite, only):
        seconds = _budget(suite, task) if budget is None else budget
        path = path_of(folder, suite.name, task.name, seconds)
        if path.exists() and not again:
            say(f"{task.name}: has a record, {path}; pass --again to run it anew")
            continue
        record = _measured(suite, task, seconds)
        write_record(path, record)
        records.append(record)
        found = record.failure or f"{suite.metric} {record.numbers[suite.metric]:.3g}"
        say(f"{task.name}: {found} in {record.seconds:.1f} s")
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


def _budget(suite: Suite, task: Task) -> float:
    if task.budget is None:
        return suite.budget
    try:
        return task.budget()
    except Exception:  # noqa: BLE001 - the task itself will fail for the same reason, and is recorded
        return suite.budget


def _measured(suite: Suite, task: Task, budget: float) -> Record:
    started = time.perf_counter()
    found, failure = Measured({}), ""
    try:
        measured = task.measure(budget)
        found = measured if isinstance(measured, Measured) else Measured(measured)
    except Exception as error:  # noqa: BLE001 - recorded; the suite goes on
        failure = _sentence(error)
    return Record(
        suite=suite.name,
        case=task.case,
        method=task.method,
        seed=task.seed,
        budget=budget,
        seconds=time.perf_counter() - started,
        numbers={name: float(value) for name, value in found.numbers.items()},
        machine=this_machine(),
        versions=these_versions(),
        finished=now(),
        curve=tuple((float(at), float(error)) for at, error in found.curve),
        notes=found.notes,
        failure=failure,
    )


def _sentence(error: Exception) -> str:
    """What went wrong, and for an error that is not ours where."""
    words = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, UserError):
        return words
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {words[:300]}{place}"
