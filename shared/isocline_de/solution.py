"""What a solve returns."""

from dataclasses import dataclass

from jaxtyping import Float, Inexact
from torch import Tensor


@dataclass(frozen=True)
class Statistics:
    """What a solve cost.

    Attributes:
        evaluations: Calls of the vector field.
        accepted: Steps that were kept.
        rejected: Steps that were tried and taken again, shorter; always 0 for a fixed step.
    """

    evaluations: int
    accepted: int
    rejected: int


@dataclass(frozen=True)
class Solution:
    """A solved differential equation.

    Attributes:
        ts: The output times, as they were given, shape ``(time,)``.
        ys: The state at each of them, shape ``(time, *state)``, with the dtype of y0.
        stats: What the solve cost.
        status: One sentence that says what was done.
    """

    ts: Float[Tensor, "time"]
    ys: Inexact[Tensor, "time ..."]
    stats: Statistics
    status: str


__all__ = ["Solution", "Statistics"]
