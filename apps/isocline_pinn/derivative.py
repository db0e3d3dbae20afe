"""Partial derivatives of a network: by automatic differentiation, and their names, u_xx, and units."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from isocline_pinn.problem import Problem, Quantity
from isocline_run import UserError


@dataclass(frozen=True)
class Derivative:
    """A partial derivative by its name.

    Attributes:
        name: As given, "u_xt".
        output: The output's name, "u".
        orders: By coordinate, {"x": 1, "t": 1}.
    """

    name: str
    output: str
    orders: dict[str, int]

    def attributes(self, problem: Problem) -> dict[str, str]:
        """Words and units for a dataset."""
        output = next(q for q in problem.outputs if q.name == self.output)
        words = f"derivative of {output.long_name or output.name} by " + ", ".join(
            name if order == 1 else f"{name} ({order} times)" for name, order in self.orders.items()
        )
        return {"long_name": words, "units": self._units(problem, output)}

    def _units(self, problem: Problem, output: Quantity) -> str:
        parts = [] if output.units == "1" else [output.units]
        for quantity in problem.coordinates:
            order = self.orders.get(quantity.name, 0)
            if order and quantity.units != "1":
                simple = re.fullmatch(r"[^\W\d]+", quantity.units)
                base = quantity.units if simple else f"({quantity.units})"
                parts.append(f"{base}-{order}")
        return " ".join(parts) or "1"


def read_derivative(problem: Problem, name: str) -> Derivative:
    """The derivative that a name such as "u_xx" or "u_xt" stands for.

    Raises:
        UserError: The name has no output of the problem before its last underscore, or something else than
            coordinates after it.
    """
    output, _, letters = name.rpartition("_")
    coordinates = sorted((q.name for q in problem.coordinates), key=len, reverse=True)
    whole = re.fullmatch(f"({'|'.join(map(re.escape, coordinates))})+", letters)
    if whole is None or output not in [q.name for q in problem.outputs]:
        raise UserError(
            f"{name!r} is no derivative of {problem.name}; write an output "
            f"({', '.join(q.name for q in problem.outputs)}), an underscore and coordinates "
            f"({', '.join(q.name for q in problem.coordinates)}), such as "
            f"{problem.outputs[0].name}_{problem.coordinates[0].name * 2}"
        )
    orders: dict[str, int] = {}
    for found in re.findall("|".join(map(re.escape, coordinates)), letters):
        orders[found] = orders.get(found, 0) + 1
    return Derivative(name, output, orders)


def partial_derivative(
    net: torch.nn.Module, points: Tensor, column: int, directions: Sequence[int]
) -> np.ndarray:
    """One output of a network differentiated along directions in turn, shape (n,).

    Args:
        net: Points (n, d) to outputs (n, m).
        points: Shape (n, d).
        column: Of the output.
        directions: Columns of the coordinates, one for each time it is differentiated.
    """
    x = points.detach().clone().requires_grad_()
    value = net(x)[:, column]
    for direction in directions:
        if not value.requires_grad:  # a constant
            return np.zeros(len(x))
        (slope,) = torch.autograd.grad(
            value.sum(), x, create_graph=True, allow_unused=True, materialize_grads=True
        )
        value = slope[:, direction]
    result: np.ndarray = value.detach().cpu().numpy().astype(float)
    return result
