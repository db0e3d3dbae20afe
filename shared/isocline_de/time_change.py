"""Samples with their own times, solved on one shared clock.

Between its times k and k + 1 sample i runs through s ∈ [k, k + 1] by t_i(s) = t_ik + (s - k)(t_i,k+1 - t_ik).
On the shared clock its equation is dy/ds = t_i'(s) f(t_i(s), y), with jumps of t_i' at the whole numbers.
"""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from isocline_de.errors import ProblemError
from isocline_de.types import VectorField


@dataclass(frozen=True)
class TimeChange:
    """The shared clock of a batch.

    Attributes:
        times: Each sample's times, none decreasing, or none increasing. A row may repeat its last time to
            fill up: it then stands still.
    """

    times: Float[Tensor, "batch time"]

    def __post_init__(self) -> None:
        values = self.times.detach()
        if values.shape[1] < 2:
            raise ProblemError(
                f"times has shape {tuple(values.shape)} (batch, time): each sample needs a start and an end"
            )
        steps = values.diff(dim=1)
        bad = ~((steps >= 0).all(1) | (steps <= 0).all(1))
        if bool(bad.any()):
            sample = int(bad.nonzero()[0])
            raise ProblemError(
                f"the times of sample {sample} are not in order, or hold NaN; "
                "sort each row, and fill short rows up by repeating their last time"
            )

    @property
    def clock(self) -> list[float]:
        """The shared output times: 0, 1, 2 and so on."""
        return [float(k) for k in range(self.times.shape[1])]

    @property
    def longest(self) -> float:
        """The longest step between two neighbouring times of any sample."""
        return float(self.times.detach().diff(dim=1).abs().max())

    def field(self, vector_field: VectorField) -> VectorField:
        """The vector field on the shared clock; it calls the given one with t of shape (batch, 1)."""
        rates = self.times.diff(dim=1)

        def on_the_clock(s: Tensor, y: Tensor) -> Tensor:
            k = int(s.detach().clamp(0, rates.shape[1] - 1e-9))
            rate = rates[:, k, None].to(y.dtype)
            t = self.times[:, k, None].to(y.dtype) + (s - k) * rate
            return rate * vector_field(t, y)

        return on_the_clock


__all__ = ["TimeChange"]
