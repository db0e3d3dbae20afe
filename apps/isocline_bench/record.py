"""One JSON file a finished task: what was measured, on what, with which versions."""

import json
import os
import platform
import tempfile
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from isocline_run import UserError

_PACKAGES = ("isocline", "torch", "deepxde", "numpy", "scipy")


@dataclass(frozen=True)
class Record:
    """A finished task.

    Attributes:
        suite: The suite's name.
        case: What was solved.
        method: Who did it.
        seed: The repeat's seed.
        budget: The wall time it was given, seconds.
        seconds: The wall time it took.
        numbers: What it measured, by name.
        machine: Processor, cores, platform.
        versions: Of the packages that matter.
        finished: UTC, ISO 8601.
        curve: Seconds and error along the way, where the task measured them.
        notes: What the task has to say.
        failure: Why it measured nothing; empty when it did.
    """

    suite: str
    case: str
    method: str
    seed: int
    budget: float
    seconds: float
    numbers: dict[str, float]
    machine: dict[str, str]
    versions: dict[str, str]
    finished: str
    curve: tuple[tuple[float, float], ...] = ()
    notes: tuple[str, ...] = ()
    failure: str = ""


def this_machine() -> dict[str, str]:
    """What a time depends on."""
    processor = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("model name"):
            processor = line.partition(":")[2].strip()
            break
    return {"processor": processor, "cores": str(os.cpu_count()), "platform": platform.platform()}


def these_versions() -> dict[str, str]:
    """Versions of the packages that a figure depends on."""
    return {"python": platform.python_version()} | {name: version(name) for name in _PACKAGES}


def now() -> str:
    """The time in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def path_of(folder: Path, suite: str, task_name: str, budget: float) -> Path:
    """Where the record of a task lies; the same task with the same budget has the same file."""
    return folder / suite.replace("/", "-") / f"{task_name}--{budget:g}s.json"


def write_record(path: Path, record: Record) -> None:
    """Write a record whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".record-", suffix=".json")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(asdict(record), stream, indent=2, allow_nan=True)
        stream.write("\n")
    Path(temporary).replace(path)


def read_record(path: Path) -> Record:
    """Read one record.

    Raises:
        UserError: The file is no record.
    """
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        curve = tuple((float(at), float(error)) for at, error in kept.pop("curve", ()))
        return Record(**kept | {"curve": curve, "notes": tuple(kept.get("notes", ()))})
    except (json.JSONDecodeError, TypeError, ValueError) as error:
        raise UserError(
            f"{path} is not a benchmark record ({error}); delete it and run the task again."
        ) from error


def read_records(folder: Path, suite: str) -> list[Record]:
    """All records of a suite in a results folder, by file name."""
    return [read_record(path) for path in sorted((folder / suite.replace("/", "-")).glob("*.json"))]
