"""The shape vocabulary of the package.

Shapes are jaxtyping's and are checked for real in the tests. One name means one axis everywhere:

- ``time``: output times or steps, in order;
- ``state``: components of the state; ``*state`` is a state of any shape, whose leading axes, if there are
  any before the last, are samples;
- ``batch``: independent samples;
- ``channel``: components of an input or output series.

A state may be complex; a time is always real.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from jaxtyping import Float, Inexact
from torch import Tensor

Time: TypeAlias = Float[Tensor, ""]
Times: TypeAlias = Float[Tensor, "time"]
State: TypeAlias = Inexact[Tensor, "*state"]
States: TypeAlias = Inexact[Tensor, "time *state"]

VectorField: TypeAlias = Callable[[Tensor, Tensor], Tensor]
"""``vector_field(t, y)`` gives dy/dt: t is a scalar, y and the result have the shape and dtype of y0."""

TimesLike: TypeAlias = Tensor | Sequence[float]
"""Times as a tensor, or as a plain sequence of numbers, which becomes float64."""

__all__ = ["State", "States", "Time", "Times", "TimesLike", "VectorField"]
