"""The search for parameters: within a budget, and replayable after an interruption.

An optimiser's inner state cannot be stored, but its path is a function of the values it is shown.
Every evaluation is kept; a resumed search shows the optimiser the same values in the same order, so
that it arrives, at no cost, at the bit where it was cut off, and goes on from there.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from isocline_run import Budget

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]
_EVERY = 2.0  # seconds between two checkpoints


class _SpentError(Exception):
    """The budget ended in the middle of a search."""


@dataclass
class Found:
    """Where a search ended.

    Attributes:
        point: The best point seen.
        value: The objective there.
        evaluations: How often the objective was computed or replayed.
        complete: Whether it converged rather than ran out of time.
    """

    point: Float[np.ndarray, " parameter"]
    value: float
    evaluations: int
    complete: bool


@dataclass
class Search:
    """Clock and memory of a fit.

    Attributes:
        budget: No new evaluation starts when it is spent.
        on_step: Called after each evaluation with the count so far and the value.
        on_checkpoint: Called now and then with the memory, as tensors.
        stage: Prefix of the names under which evaluations are kept.
    """

    budget: Budget = field(default_factory=Budget)
    on_step: Callable[[int, float], None] | None = None
    on_checkpoint: Callable[[dict[str, Tensor]], None] | None = None
    stage: str = ""
    cut_short: bool = False
    _memory: dict[str, list[np.ndarray]] = field(default_factory=dict)
    _replay: dict[str, np.ndarray] = field(default_factory=dict)
    _count: int = 0
    _saved: float = field(default_factory=time.monotonic)

    def remember(self, tensors: Mapping[str, Tensor]) -> None:
        """Take up the memory of an interrupted search."""
        self._replay = {name: tensor.numpy() for name, tensor in tensors.items()}

    def tick(self, value: float = float("nan")) -> None:
        """Count one piece of work done, for the progress line and Ctrl-C."""
        self._count += 1
        if self.on_step is not None:
            self.on_step(self._count, value)

    def minimise(
        self,
        name: str,
        objective: Objective,
        start: Float[np.ndarray, " parameter"],
        bounds: Float[np.ndarray, "parameter 2"],
        *,
        iterations: int = 60,
        tolerance: float = 1e-6,
    ) -> Found:
        """Minimise by L-BFGS-B (Byrd et al., SIAM J. Sci. Comput. 16, 1995).

        Args:
            name: Of this search; must be unique within the fit.
            objective: Point → (value, gradient).
            start: First point.
            bounds: Lowest and highest value of each parameter.
            iterations: At most so many.
            tolerance: Stops when the value falls by less than this fraction.
        """
        from scipy.optimize import minimize

        key = f"{self.stage}{name}"
        rows: list[np.ndarray] = []
        self._memory[key] = rows
        best: list[np.ndarray] = []

        def evaluated(point: np.ndarray) -> tuple[float, np.ndarray]:
            row = self._replayed(key, len(rows), point)
            if row is None:
                if rows and self.budget.exhausted:
                    raise _SpentError
                value, gradient = objective(point)
                row = np.concatenate([point, [value], gradient])
            rows.append(row)
            if not best or row[len(point)] < best[0][len(point)]:
                best[:] = [row]
            self._after(float(row[len(point)]))
            return float(row[len(point)]), row[len(point) + 1 :]

        complete = True
        try:
            minimize(
                evaluated, start, jac=True, method="L-BFGS-B", bounds=bounds,
                options={"maxiter": iterations, "ftol": tolerance, "gtol": 1e-3, "maxcor": 12},
            )  # fmt: skip
        except _SpentError:
            complete, self.cut_short = False, True
        size = len(start)
        return Found(best[0][:size], float(best[0][size]), len(rows), complete)

    def _replayed(self, key: str, index: int, point: np.ndarray) -> np.ndarray | None:
        stored = self._replay.get(key)
        if stored is None or index >= len(stored):
            return None
        row = stored[index]
        return row if np.array_equal(row[: point.size], point) else None

    def _after(self, value: float) -> None:
        self.tick(value)
        if self.on_checkpoint is not None and time.monotonic() - self._saved > _EVERY:
            self.on_checkpoint(self.memory())
            self._saved = time.monotonic()

    def memory(self) -> dict[str, Tensor]:
        """Every evaluation so far, as one tensor a search."""
        return {
            name: torch.from_numpy(np.array(rows)) for name, rows in self._memory.items() if rows
        }
