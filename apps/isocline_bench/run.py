"""Running a suite: one task after the other, each recorded as soon as it ends."""

import fnmatch
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from isocline_bench.record import Record, now, path_of, these_versions, this_machine, write_record
from isocline_bench.suite import Measured, Suite, Task
from isocline_run import UserError

_DEATHS = 2
_DIED = (
    "the process was killed twice in the middle of this task, which may need more memory than there is; "
    "pass --again to try once more"
)


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

    A task that fails leaves a record with the sentence of its failure, and the suite goes on. So does one in
    the middle of which the process was killed twice.

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
        deaths = _deaths(path)
        if deaths >= _DEATHS and not again:
            record = _record(suite, task, seconds, 0.0, Measured({}), _DIED)
        else:
            _begun(path, deaths + 1)
            try:
                record = _measured(suite, task, seconds)
            except KeyboardInterrupt:
                _beside(path).unlink(missing_ok=True)
                raise
        write_record(path, record)
        _beside(path).unlink(missing_ok=True)
        records.append(record)
        found = record.failure or f"{suite.metric} {record.numbers[suite.metric]:.3g}"
        # A task that knows what was not its work tells its own seconds.
        taken = record.numbers.get("seconds", record.seconds)
        say(f"{task.name}: {found} in {taken:.1f} s")
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
    return _record(suite, task, budget, time.perf_counter() - started, found, failure)


def _record(
    suite: Suite, task: Task, budget: float, seconds: float, found: Measured, failure: str
) -> Record:
    return Record(
        suite=suite.name,
        case=task.case,
        method=task.method,
        seed=task.seed,
        budget=budget,
        seconds=seconds,
        numbers={name: float(value) for name, value in found.numbers.items()},
        machine=this_machine(),
        versions=these_versions(),
        finished=now(),
        curve=tuple((float(at), float(error)) for at, error in found.curve),
        notes=found.notes,
        failure=failure,
    )


def _beside(path: Path) -> Path:
    """The file that stands while a task runs: a process that was killed leaves it behind."""
    return path.with_suffix(".begun")


def _begun(path: Path, times: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    _beside(path).write_text(str(times), encoding="utf-8")


def _deaths(path: Path) -> int:
    """How often the process ended in the middle of a task."""
    try:
        return int(_beside(path).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return 0


def _sentence(error: Exception) -> str:
    """What went wrong, and for an error that is not ours where."""
    words = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, UserError):
        return words
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {words[:300]}{place}"
