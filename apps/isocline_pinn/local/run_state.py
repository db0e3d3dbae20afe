"""What a solve by levels has reached so far."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from isocline_pinn.local.newton import NewtonOutcome
from isocline_pinn.local.problem import LocalProblem
from isocline_pinn.local.result import LevelRecord
from isocline_pinn.local.solution import Pieces

Progress = Callable[[LevelRecord], None]


@dataclass(frozen=True)
class Within:
    """How far a level being solved has come.

    Attributes:
        number: of the level, from one.
        degree: of its features.
        share: of the time axis that is done, between 0 and 1.
        error: estimated error of the level before, or None.
        seconds_left: until the level is done, by the work of the level before; None without one.
    """

    number: int
    degree: int
    share: float
    error: float | None
    seconds_left: float | None


@dataclass
class SolveState:
    """The levels so far and what is left.

    Attributes:
        problem: what is solved.
        started: when, of `time.monotonic`.
        deadline: or None.
        tolerance: of the estimated relative error.
        probes: points at which levels are compared, shape (n, d).
        progress: called with each level's record.
        within: called as a level proceeds.
        records: one a level.
        best: the last level's function.
        outcome: of its Gauss–Newton (one region only).
        needed: seconds that the unfinished first level would have taken, or None.
    """

    problem: LocalProblem
    started: float
    deadline: float | None
    tolerance: float
    probes: np.ndarray
    progress: Progress | None = None
    within: Callable[[Within], None] | None = None
    records: list[LevelRecord] = field(default_factory=list)
    best: Pieces | None = None
    outcome: NewtonOutcome | None = None
    needed: float | None = None

    def left(self) -> float:
        """Seconds left."""
        return np.inf if self.deadline is None else self.deadline - time.monotonic()

    def record(self, pieces: Pieces, degree: int, seconds: float) -> LevelRecord:
        """Note a level and its difference from the one before."""
        values = pieces(self.probes)
        difference = None
        if self.best is not None:
            difference = relative_difference(self.best(self.probes), values)
        level = LevelRecord(
            number=len(self.records) + 1,
            degree=degree,
            blocks=pieces.blocks,
            unknowns=pieces.unknowns,
            difference=difference,
            seconds=seconds,
            elapsed=time.monotonic() - self.started,
            pieces=pieces,
        )
        self.records.append(level)
        self.best = pieces
        if self.progress is not None:
            self.progress(level)
        return level


def relative_difference(first: np.ndarray, second: np.ndarray) -> float:
    """The largest relative L2 difference over the outputs, each over its own size."""
    size = np.linalg.norm(second, axis=0)
    size = np.maximum(size, 1e-3 * size.max() + 1e-300)
    return float((np.linalg.norm(first - second, axis=0) / size).max())


def extrapolated(records: Sequence[LevelRecord]) -> float | None:
    """The last level's error from the differences alone, as if the last gain were repeated.

    A difference is the error of the level before; the last level's own is taken to be smaller by
    the ratio of the last two differences (by no more than a factor 30).
    """
    differences = [r.difference for r in records if r.difference is not None]
    if len(differences) < 2:
        return differences[-1] if differences else None
    return differences[-1] * float(np.clip(differences[-1] / differences[-2], 1 / 30, 1.0))
