"""What a benchmark is: a suite of tasks, each one method on one case with one seed.

A suite is a module of `isocline_bench.suites` with a function `suite() -> Suite`; putting the file there is
all it takes to register it. Its name is the module's, with the first `_` read as `/`.
"""

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from isocline_run import UserError

if TYPE_CHECKING:
    from isocline_bench.record import Record
    from isocline_bench.table import Table


@dataclass(frozen=True)
class Measured:
    """What a task measured, where numbers alone do not say it.

    Attributes:
        numbers: By name, the suite's metric among them.
        curve: Seconds and error along the way.
        notes: Sentences to keep with the numbers.
    """

    numbers: Mapping[str, float]
    curve: tuple[tuple[float, float], ...] = ()
    notes: tuple[str, ...] = ()


Measurement = Mapping[str, float] | Measured


@dataclass(frozen=True)
class Task:
    """One method on one case with one seed; `measure(budget)` does the work.

    Attributes:
        case: What is solved, forecast or identified ("burgers", "ETTh1").
        method: Who does it ("isocline", "DeepXDE Adam + L-BFGS").
        seed: The seed of this repeat.
        measure: Takes the wall time in seconds and returns numbers by name, the suite's metric among them.
        budget: Tells the wall time of this task; the suite's when None.
    """

    case: str
    method: str
    seed: int
    measure: Callable[[float], Measurement] = field(repr=False, compare=False)
    budget: Callable[[], float] | None = field(default=None, repr=False, compare=False)

    @property
    def name(self) -> str:
        """The task as `--only` and the record's file name it."""
        return f"{_slug(self.case)}--{_slug(self.method)}--seed{self.seed}"


@dataclass(frozen=True)
class Suite:
    """Tasks that answer one question, and how to read their numbers.

    Attributes:
        name: As on the command line, "pinn/burgers".
        question: One sentence: what the suite shows.
        metric: The number that is compared; smaller is better.
        ours: The method that the others are divided by.
        budget: Default wall time of one task in seconds; the same for every method.
        tasks: In the order they are run.
        quoted: Published figures, case → source → value, shown beside the measured ones.
        table: Makes the suite's own table from its records; the frame's when None.
        figure: Draws its records to a file, for the documentation; none when None.
    """

    name: str
    question: str
    metric: str
    ours: str
    budget: float
    tasks: tuple[Task, ...]
    quoted: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    table: "Callable[[Suite, Sequence[Record]], Table] | None" = None
    figure: "Callable[[Suite, Sequence[Record], Path], None] | None" = None


def suite_names() -> list[str]:
    """The registered suites, in alphabetical order."""
    package = importlib.import_module("isocline_bench.suites")
    return sorted(
        module.name.replace("_", "/", 1) for module in pkgutil.iter_modules(package.__path__)
    )


def load_suite(name: str) -> Suite:
    """The suite of that name.

    Raises:
        UserError: No suite has that name; near names are offered.
    """
    names = suite_names()
    if name not in names:
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "the suites are " + ", ".join(names) + "."
        raise UserError(f"There is no benchmark suite {name!r}; {hint}")
    module = importlib.import_module("isocline_bench.suites." + name.replace("/", "_", 1))
    suite: Suite = module.suite()
    return suite


def _slug(text: str) -> str:
    """`text` with only letters, digits and single dashes, for a file name."""
    kept = "".join(letter if letter.isalnum() else " " for letter in text.lower())
    return "-".join(kept.split())
