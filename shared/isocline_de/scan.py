"""Linear recurrences over time in a logarithmic number of batched operations.

x_k = a_k x_{k-1} + b_k is the composition of affine maps, and composition is associative:
(a₂, b₂) ∘ (a₁, b₁) = (a₂ a₁, a₂ b₁ + b₂). Composing each map with the one 1, 2, 4, … places before gives
all x_k after log₂ n rounds (Hillis & Steele, CACM 29, 1986).
"""

from collections.abc import Callable

import torch
from jaxtyping import Inexact
from torch import Tensor


def diagonal_scan(
    a: Inexact[Tensor, "batch time *state"], b: Inexact[Tensor, "batch time *state"]
) -> Inexact[Tensor, "batch time *state"]:
    """All x_k = a_k ⊙ x_{k-1} + b_k with x_{-1} = 0.

    A start x₋₁ enters as b₀ + a₀ x₋₁.
    """
    return _scan(a, b, torch.mul, torch.mul)


def matrix_scan(
    a: Inexact[Tensor, "batch time *block n n"], b: Inexact[Tensor, "batch time *block n"]
) -> Inexact[Tensor, "batch time *block n"]:
    """All x_k = a_k x_{k-1} + b_k with x_{-1} = 0, for small square matrices a_k."""
    return _scan(a, b, torch.matmul, lambda m, v: (m @ v[..., None])[..., 0])


def _scan(
    a: Tensor,
    b: Tensor,
    compose: Callable[[Tensor, Tensor], Tensor],
    apply: Callable[[Tensor, Tensor], Tensor],
) -> Tensor:
    offset = 1
    while offset < b.shape[1]:
        later = a[:, offset:]
        b = torch.cat([b[:, :offset], b[:, offset:] + apply(later, b[:, :-offset])], 1)
        a = torch.cat([a[:, :offset], compose(later, a[:, :-offset])], 1)
        offset *= 2
    return b


__all__ = ["diagonal_scan", "matrix_scan"]
