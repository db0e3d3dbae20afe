"""The catalogue's table: a row a problem, with what DeepXDE and a classical solver do in the same run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from isocline_bench.catalogue.methods import CLASSICAL, DEEPXDE, NNCG, OURS
from isocline_bench.record import Record
from isocline_bench.suite import Suite
from isocline_bench.table import Table, machine_sentence

HEADER = (
    "problem",
    "given",
    "target",
    "isocline",
    "its estimate",
    "time",
    "DeepXDE",
    "with NNCG",
    "classical solver",
    "at our error",
)
_READING = (
    "Columns 4, 7 and 8 hold errors: relative L2 against the reference, or the largest relative error of "
    "the constants sought; medians over seeds. In brackets: how many times larger than ours, which is taken "
    "to be no smaller than the error of the reference, nor than 1e-12. Every method had the time given, on "
    "the same machine. The last column is the time of the cheapest resolution tried of the classical solver "
    "that is as close as we are."
)
_WANTED_RATIO = 1e5
_WITHIN = 3.0
_ROUNDING = 1e-12  # errors below it are those of arithmetic, and not compared


@dataclass(frozen=True)
class Row:
    """A problem at one budget.

    Attributes:
        case: The problem.
        budget: Seconds given to each method.
        ours: Records of our solver that measured something.
        peers: Error of each DeepXDE training; absent where it failed or was not run.
        classical: The record of the classical solver.
        failures: What failed, a sentence each.
    """

    case: str
    budget: float
    ours: tuple[Record, ...]
    peers: dict[str, float]
    classical: Record | None
    failures: tuple[str, ...]

    def number(self, name: str) -> float | None:
        """The median over seeds of one of our numbers."""
        values = [record.numbers[name] for record in self.ours if name in record.numbers]
        return median(values) if values else None

    @property
    def error(self) -> float | None:
        """Our error."""
        return self.number("error")

    @property
    def floor(self) -> float:
        """The error of the reference, or of arithmetic: nothing below it is compared."""
        return max(self.number("reference_error") or 0.0, _ROUNDING)

    def ratio(self, method: str) -> float | None:
        """How many times larger a peer's error is, ours taken to be no smaller than the floor."""
        ours, theirs = self.error, self.peers.get(method)
        if ours is None or theirs is None:
            return None
        smallest = max(ours, self.floor)
        return theirs / smallest if math.isfinite(theirs) else math.inf

    @property
    def reached(self) -> bool | None:
        """Whether the target was reached; None where there is none or nothing was measured."""
        target = self.number("target")
        return None if target is None or self.error is None else self.error <= target

    @property
    def told(self) -> bool | None:
        """Whether the estimate is within a factor of three; None where that cannot be said."""
        error, estimate = self.error, self.number("estimate")
        if any("inside_90" in record.numbers for record in self.ours):
            return None
        reference = self.number("reference_error") or 0.0
        if error is None or estimate is None or error <= _WITHIN * reference:
            return None
        return 1 / _WITHIN <= estimate / error <= _WITHIN

    def classical_time(self) -> float | None:
        """Seconds of the cheapest resolution that is as close as we are; None where none is."""
        if self.classical is None or self.error is None:
            return None
        asked = max(self.error, self.floor)
        near = [seconds for seconds, error in self.classical.curve if error <= asked]
        return min(near) if near else None


def rows_of(suite: Suite, records: Sequence[Record]) -> list[Row]:
    """A row for each problem and budget, in the suite's order."""
    cases = list(dict.fromkeys(task.case for task in suite.tasks))
    keys = {(record.case, record.budget) for record in records}
    ordered = sorted(keys, key=lambda key: (_place(cases, key[0]), key[0], key[1]))
    return [_row(case, budget, records) for case, budget in ordered]


def catalogue_table(suite: Suite, records: Sequence[Record]) -> Table:
    """The table, the median ratio to DeepXDE at equal time, targets reached and failures."""
    rows = rows_of(suite, records)
    parts = [summary(rows), _READING, machine_sentence(records), *_failures(rows)]
    note = "\n\n".join(parts)
    return Table(suite.name, HEADER, tuple(_cells(row) for row in rows), note)


def summary(rows: Sequence[Row]) -> str:
    """The few numbers that stand for all."""
    parts = []
    for method in (DEEPXDE, NNCG):
        ratios = [ratio for row in rows if (ratio := row.ratio(method)) is not None]
        if ratios:
            many = sum(ratio >= _WANTED_RATIO for ratio in ratios)
            parts.append(
                f"Median ratio of errors, {method} to isocline at equal time: {median(ratios):.1e} over "
                f"{len(ratios)} problems ({many} of them at least {_WANTED_RATIO:.0e})."
            )
    reached = [row.reached for row in rows if row.reached is not None]
    if reached:
        parts.append(f"Targets reached: {sum(reached)} of {len(reached)}.")
    told = [row.told for row in rows if row.told is not None]
    if told:
        parts.append(
            f"Estimate within a factor {_WITHIN:g} of the true error: {sum(told)} of {len(told)}."
        )
    inside = [
        value for row in rows for r in row.ours if (value := r.numbers.get("inside_90")) is not None
    ]
    if inside:
        share = 100 * sum(inside) / len(inside)
        parts.append(f"True constants inside their 90 % interval: {share:.0f} %.")
    return " ".join(parts) or "Nothing measured yet."


def _row(case: str, budget: float, records: Sequence[Record]) -> Row:
    group = [r for r in records if r.case == case and r.budget == budget]
    good = [r for r in group if not r.failure]
    peers = {
        method: median(r.numbers["error"] for r in good if r.method == method)
        for method in (DEEPXDE, NNCG)
        if any(r.method == method for r in good)
    }
    classical = next((r for r in good if r.method == CLASSICAL), None)
    failures = tuple(
        f"{r.case}, {r.method}, seed {r.seed}: {r.failure}" for r in group if r.failure
    )
    ours = tuple(r for r in good if r.method == OURS)
    return Row(case, budget, ours, peers, classical, failures)


def _cells(row: Row) -> tuple[str, ...]:
    target = row.number("target")
    mark = {True: " reached", False: " missed", None: ""}[row.reached]
    return (
        row.case,
        f"{row.budget:g} s",
        "–" if target is None else f"{target:.0e}{mark}",
        _error(row.error),
        _error(row.number("estimate")),
        _seconds(row.number("seconds")),
        _peer(row, DEEPXDE),
        _peer(row, NNCG),
        _classical_words(row),
        _classical_seconds(row),
    )


def _classical_words(row: Row) -> str:
    if row.classical is None:
        return "–"
    return row.classical.notes[0] if row.classical.notes else CLASSICAL


def _classical_seconds(row: Row) -> str:
    if row.classical is None or row.error is None:
        return "–"
    seconds = row.classical_time()
    if seconds is not None:
        return _seconds(seconds)
    best, at = min((error, seconds) for seconds, error in row.classical.curve)
    return f"not reached ({best:.1e} in {_seconds(at)})"


def _failures(rows: Sequence[Row]) -> list[str]:
    sentences = [sentence for row in rows for sentence in row.failures]
    return ["Failed: " + "; ".join(sentences) + "."] if sentences else []


def _place(cases: Sequence[str], case: str) -> int:
    return cases.index(case) if case in cases else len(cases)


def _error(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.1e}" if math.isfinite(value) else "diverged"


def _peer(row: Row, method: str) -> str:
    text, ratio = _error(row.peers.get(method)), row.ratio(method)
    if ratio is None or not math.isfinite(ratio):
        return text
    return f"{text} (×{ratio:.1e})" if ratio >= 1000 else f"{text} (×{ratio:.2g})"


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"
