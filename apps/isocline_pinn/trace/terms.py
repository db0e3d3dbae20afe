"""The equation and the conditions of a DeepXDE `data` object as plain functions of (x, u).

An output transform u = T(x, v) is put inside, so that everything downstream works on v.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

Transform = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Term:
    """A residual function and where it may be evaluated.

    Attributes:
        name: what a message calls it, such as "the equation" or "condition 2 (DirichletBC)".
        function: (X, x, u) to residuals; X is the NumPy array behind x, which DeepXDE's conditions
            use as a key of their caches: it must stay alive and unchanged.
        paired: whether row i couples the points i and i + n/2, as a periodic condition does.
    """

    name: str
    function: Callable[[np.ndarray, Tensor, Tensor], Any]
    paired: bool = False

    def at(self, points: np.ndarray) -> Callable[[Tensor, Tensor], Any]:
        """The residual function of (x, u) at these points."""
        return lambda x, u: self.function(points, x, u)


def _transformed(transform: Transform | None, x: Tensor, v: Tensor) -> Tensor:
    return v if transform is None else transform(x, v)


def equation_term(data: Any, transform: Transform | None = None) -> Term:
    """The PDE of `data`, its auxiliary function included."""
    pde, auxiliary = data.pde, getattr(data, "auxiliary_var_fn", None)

    def function(points: np.ndarray, x: Tensor, v: Tensor) -> Any:
        u = _transformed(transform, x, v)
        if auxiliary is None:
            return pde(x, u)
        return pde(x, u, torch.as_tensor(np.asarray(auxiliary(points)), dtype=torch.float64))

    return Term("the equation", function)


def condition_term(condition: Any, number: int, transform: Transform | None = None) -> Term:
    """The error of one boundary or initial condition, or of a set of observations."""

    def function(points: np.ndarray, x: Tensor, v: Tensor) -> Any:
        return condition.error(points, x, _transformed(transform, x, v), 0, len(points))

    kind = type(condition).__name__
    return Term(f"condition {number} ({kind})", function, paired=is_paired(condition))


def is_paired(condition: Any) -> bool:
    """Whether a condition's rows couple two points (periodic, interface)."""
    names = {base.__name__ for base in type(condition).__mro__}
    return bool(names & {"PeriodicBC", "Interface2DBC"})


def takes_auxiliary(pde: Callable[..., Any]) -> bool:
    """Whether the equation takes a third argument."""
    return len(inspect.signature(pde).parameters) > 2


def named(conditions: Sequence[Any], transform: Transform | None = None) -> list[Term]:
    """The terms of all conditions, numbered from one as a user counts them."""
    return [condition_term(c, i, transform) for i, c in enumerate(conditions, 1)]
