"""The Taylor surrogate: residuals and their sensitivities from a user's function, unchanged.

At a point x₀ the user's code sees u only through derivatives that it takes itself. Handing it

    u_c(x) = Σ_α J[c, α] (x − x₀)^α / α!  +  0 · exp(Σ_j (x_j − x₀_j))

makes every derivative at x₀ equal to a leaf J[c, α] (a *jet*), whichever way it is taken: through
`dde.grad`, a slice, or plain `torch.autograd`. The exponential is worth nothing and keeps the graph
alive past the polynomial's degree. As a residual is pointwise, ∂R_i/∂J[c, α] at all points is one
backward pass.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import deepxde as dde
import numpy as np
import torch
from torch import Tensor

Jet = tuple[int, tuple[int, ...]]
"""An output and a multi-index: (1, (0, 2)) is ∂²u₁/∂x₁²."""

ResidualFunction = Callable[[Tensor, Tensor], "Tensor | Sequence[Tensor]"]


@dataclass(frozen=True)
class Evaluation:
    """Residuals at n points and how they move with each jet.

    Attributes:
        residuals: one row a residual, shape (residuals, n).
        sensitivities: for each residual, ∂R/∂J at the n points; a jet without influence is absent.
        constants: ∂R/∂θ, shape (residuals, n, unknowns); the last axis is empty without unknowns.
    """

    residuals: np.ndarray
    sensitivities: list[dict[Jet, np.ndarray]] = field(default_factory=list)
    constants: np.ndarray | None = None


def multi_indices(dimension: int, order: int) -> list[tuple[int, ...]]:
    """All multi-indices with |α| ≤ order, the lowest first."""
    everything = itertools.product(range(order + 1), repeat=dimension)
    return sorted((a for a in everything if sum(a) <= order), key=lambda a: (sum(a), a))


def taylor_surrogate(
    points: Tensor, jets: Mapping[Jet, Tensor], outputs: int
) -> tuple[Tensor, Tensor]:
    """The inputs x, shape (n, d), and the outputs u(x), shape (n, outputs), of the surrogate."""
    x = points.clone().requires_grad_(True)
    step = x - points
    nothing = 0 * torch.exp(step.sum(1, keepdim=True))
    columns = [nothing for _ in range(outputs)]
    monomials: dict[tuple[int, ...], Tensor] = {}
    for (output, alpha), leaf in jets.items():
        if not any(alpha):
            columns[output] = columns[output] + leaf
            continue
        if alpha not in monomials:
            monomials[alpha] = _monomial(step, alpha)
        columns[output] = columns[output] + leaf * monomials[alpha]
    return x, torch.cat(columns, 1)


def _monomial(step: Tensor, alpha: tuple[int, ...]) -> Tensor:
    """step^α / α! by repeated products: `pow` has no derivative at 0 past its exponent."""
    factors = [step[:, j : j + 1] for j, power in enumerate(alpha) for _ in range(power)]
    product = factors[0]
    for factor in factors[1:]:
        product = product * factor
    return product / math.prod(math.factorial(power) for power in alpha)


def evaluate(
    function: ResidualFunction,
    points: np.ndarray,
    jets: Mapping[Jet, np.ndarray],
    outputs: int,
    *,
    sensitivities: bool = True,
    unknowns: Sequence[Tensor] = (),
    rows: int | None = None,
) -> Evaluation:
    """Residuals of `function(x, u)` where u has the given jets at the given points.

    Args:
        function: the user's equation or condition, (n, d) and (n, outputs) to residuals (n, 1).
        points: shape (n, d).
        jets: value of each derivative at each point, shape (n,).
        outputs: how many outputs u has.
        sensitivities: whether ∂R/∂J is wanted.
        unknowns: scalar tensors inside the function whose ∂R/∂θ is wanted.
        rows: how many rows a residual that is the same everywhere stands for; n when None.
    """
    leaves = {
        jet: torch.from_numpy(np.ascontiguousarray(value)).reshape(-1, 1).requires_grad_(True)
        for jet, value in jets.items()
    }
    x, u = taylor_surrogate(torch.from_numpy(points), leaves, outputs)
    dde.grad.clear()
    columns = _columns(function(x, u), len(points) if rows is None else rows)
    dde.grad.clear()
    residuals = np.stack([column.detach().numpy().ravel() for column in columns])
    if not sensitivities:
        return Evaluation(residuals)
    gradients = [_sensitivity(column, leaves) for column in columns]
    constants = np.stack([_by_constants(column, unknowns) for column in columns])
    return Evaluation(residuals, gradients, constants)


def _columns(result: Tensor | Sequence[Tensor], count: int) -> list[Tensor]:
    parts: list[Tensor] = [result] if isinstance(result, Tensor) else list(result)
    columns: list[Tensor] = []
    for part in parts:
        matrix = part.reshape(-1, 1) if part.dim() == 1 else part
        columns.extend(matrix[:, i : i + 1].to(torch.float64) for i in range(matrix.shape[1]))
    return [column.expand(count, 1) if column.shape[0] == 1 else column for column in columns]


def _sensitivity(column: Tensor, leaves: Mapping[Jet, Tensor]) -> dict[Jet, np.ndarray]:
    if not column.requires_grad:
        return {}
    gradients = torch.autograd.grad(
        column.sum(), list(leaves.values()), retain_graph=True, allow_unused=True
    )
    return {
        jet: gradient.numpy().ravel()
        for jet, gradient in zip(leaves, gradients, strict=True)
        if gradient is not None
    }


def _by_constants(column: Tensor, unknowns: Sequence[Tensor]) -> np.ndarray:
    """∂R/∂θ row by row, by differentiating the product wᵀ ∂R/∂θ (linear in w) once more."""
    answer = np.zeros((column.shape[0], len(unknowns)))
    if not unknowns or not column.requires_grad:
        return answer
    weights = torch.ones_like(column, requires_grad=True)
    products = torch.autograd.grad(
        (weights * column).sum(), list(unknowns), create_graph=True, allow_unused=True
    )
    for i, product in enumerate(products):
        if product is not None and product.requires_grad:
            (row,) = torch.autograd.grad(product, weights, retain_graph=True, allow_unused=True)
            if row is not None:
                answer[:, i] = row.numpy().ravel()
    return answer
