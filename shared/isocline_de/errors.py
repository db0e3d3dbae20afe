"""What can go wrong in a solve. Each message is one sentence: what was met, where, and what to do next."""

from torch import Tensor


class DifferentialEquationError(RuntimeError):
    """Base of all errors of the differential-equation layer."""


class ProblemError(DifferentialEquationError, ValueError):
    """The problem as given cannot be solved: shapes, times, tolerances or names do not fit."""


class SolveError(DifferentialEquationError):
    """The solve started and could not be finished.

    Attributes:
        time: The last time at which the state was finite.
        sample: Index of the first failing sample along the leading axes of the state; None where the
            state is one vector or the failure belongs to the whole batch.
        state: The last finite state, detached; None where there is none.
    """

    def __init__(
        self,
        message: str,
        *,
        time: float,
        sample: tuple[int, ...] | None = None,
        state: Tensor | None = None,
    ) -> None:
        super().__init__(message)
        self.time = time
        self.sample = sample
        self.state = state


class BlowUpError(SolveError):
    """The solution leaves every bound at a finite time."""


class NonFiniteError(SolveError):
    """The vector field returned NaN or inf at a finite state."""


class StepUnderflowError(SolveError):
    """The step fell below what the time's precision can hold although the state stays moderate."""


class TooManyStepsError(SolveError):
    """The solver used up the steps it was allowed."""


__all__ = [
    "BlowUpError",
    "DifferentialEquationError",
    "NonFiniteError",
    "ProblemError",
    "SolveError",
    "StepUnderflowError",
    "TooManyStepsError",
]
