"""The table of a suite: a row a case, a column a method, and how many times larger each peer's error is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from isocline_bench.record import Record
from isocline_bench.suite import Suite


@dataclass(frozen=True)
class Table:
    """Rows of text under a header; `markdown()` is what the documentation shows."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str

    def markdown(self) -> str:
        """The table as GitHub-flavoured Markdown."""
        lines = [f"**{self.title}**", "", "| " + " | ".join(self.header) + " |"]
        lines.append("|" + "---|" * len(self.header))
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join([*lines, "", self.note])


def table_of(suite: Suite, records: Sequence[Record]) -> Table:
    """Medians over seeds, with the ratio of each peer to our own error in brackets.

    Only records of the same budget are compared: the row says which. A suite may have a table of its own.
    """
    if suite.table is not None:
        return suite.table(suite, records)
    methods = list(dict.fromkeys(task.method for task in suite.tasks))
    methods.sort(key=lambda method: method != suite.ours)
    sources = list(dict.fromkeys(source for case in suite.quoted.values() for source in case))
    rows = []
    for case, budget in dict.fromkeys((record.case, record.budget) for record in records):
        group = [r for r in records if r.case == case and r.budget == budget]
        ours = _median(suite, group, suite.ours)
        row = [case, f"{budget:g} s", str(len({r.seed for r in group}))]
        row += [_cell(_median(suite, group, m), ours, m == suite.ours) for m in methods]
        row += [_cell(suite.quoted.get(case, {}).get(source), ours, False) for source in sources]
        rows.append(tuple(row))
    header = ("case", "budget", "seeds", *methods, *(f"{source} (published)" for source in sources))
    note = (
        f"{suite.metric}, median over seeds; in brackets: times the error of {suite.ours}. "
        f"{machine_sentence(records)}"
    )
    return Table(f"{suite.name}: {suite.question}", header, tuple(rows), note)


def _median(suite: Suite, records: Sequence[Record], method: str) -> float | None:
    values = [r.numbers[suite.metric] for r in records if r.method == method and not r.failure]
    return median(values) if values else None


def _cell(value: float | None, ours: float | None, is_ours: bool) -> str:
    if value is None:
        return "–"
    text = f"{value:.3g}"
    if is_ours or ours is None or ours == 0 or math.isnan(value):
        return text
    return f"{text} (×{value / ours:.3g})"


def machine_sentence(records: Sequence[Record]) -> str:
    """What the records were measured on."""
    machines = {f"{r.machine['processor']}, {r.machine['cores']} cores" for r in records}
    return (
        "Measured on " + "; ".join(sorted(machines)) + "." if machines else "Nothing measured yet."
    )
