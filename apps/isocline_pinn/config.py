"""The settings of a PDE solve."""

from typing import Literal

from pydantic import Field

from isocline_run import Settings


class PinnSettings(Settings):
    """Settings of `solve`, checked as they are read.

    Attributes:
        budget: Wall time, a minute unless given; None to let `iterations` alone end the run.

    Example:
        >>> PinnSettings(budget="90s", hidden=(24, 24)).budget
        90.0
    """

    budget: float | None = 60.0
    method: Literal["auto", "local", "whole", "trained"] = "auto"
    """The family that fits (auto), or local networks, one of fixed features over the whole domain, or a
    trained one."""
    iterations: int = Field(default=100_000, ge=0)
    """Steps of a training at most."""
    hidden: tuple[int, ...] | None = None
    """Widths of the hidden layers; the problem's own choice when not given."""
    points: int | None = Field(default=None, ge=1)
    """Points inside the domain to begin with, up to twice as many later; when not given, the problem's
    number or half as many again as the network has parameters, whichever is larger."""
    redraw_every: int = Field(default=10, ge=0)
    """Steps between two redraws of the points by the size of the residual; 0 keeps the first points."""
    balance: bool = True
    """Weigh equations and conditions by their Jacobians, so that none drowns another."""
    tolerance: float = Field(default=1e-10, ge=0)
    """Stop when the residual at new points has fallen to this fraction of its first size."""
