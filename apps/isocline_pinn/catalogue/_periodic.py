"""Periodic conditions up to the order that an equation needs."""

from collections.abc import Callable
from typing import Any

import deepxde as dde
import numpy as np
from torch import Tensor


class PeriodicDerivativeBC(dde.icbc.PeriodicBC):  # type: ignore[misc]  # DeepXDE has no types
    """∂ᵐu/∂xᵐ agrees at both ends, for any m; DeepXDE's own condition stops at m = 1."""

    def __init__(self, geometry: Any, axis: int, order: int, component: int = 0) -> None:
        super().__init__(geometry, axis, lambda _, on: on, 0, component)
        self.derivative_order = order

    def error(  # DeepXDE's signature
        self,
        X: Any,  # noqa: ARG002
        inputs: Tensor,
        outputs: Tensor,
        beg: int,
        end: int,
        aux_var: Any = None,  # noqa: ARG002
    ) -> Tensor:
        """The derivative at the first half of the points minus that at the second half."""
        u = outputs[:, self.component : self.component + 1]
        for _ in range(self.derivative_order):
            u = dde.grad.jacobian(u, inputs, i=0, j=self.component_x)
        middle = beg + (end - beg) // 2
        return u[beg:middle] - u[middle:end]


def periodic(domain: Any, orders: int, component: int = 0) -> list[Any]:
    """Conditions that u and its derivatives below an order agree at both ends of an interval.

    Args:
        domain: A `dde.geometry.GeometryXTime` over an interval.
        orders: Of the equation in x; 1 for u alone.
        component: Of the network's output.
    """
    known = [
        dde.icbc.PeriodicBC(domain, 0, lambda _, on: on, order, component)
        for order in range(min(orders, 2))
    ]
    return known + [PeriodicDerivativeBC(domain, 0, m, component) for m in range(2, orders)]


def periodic_square(domain: Any, lower: float, upper: float, component: int) -> list[Any]:
    """Conditions that u and its slope agree at opposite sides of a square, in both directions.

    Args:
        domain: A `dde.geometry.GeometryXTime` over a rectangle.
        lower: Where the square begins in both directions.
        upper: Where it ends.
        component: Of the network's output.
    """

    def sides(axis: int) -> Callable[[np.ndarray, bool], bool]:
        def on_one(x: np.ndarray, on: bool) -> bool:
            return bool(on and (np.isclose(x[axis], lower) or np.isclose(x[axis], upper)))

        return on_one

    return [
        dde.icbc.PeriodicBC(domain, axis, sides(axis), order, component)
        for axis in (0, 1)
        for order in (0, 1)
    ]
