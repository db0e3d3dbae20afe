"""∂r/∂(leaves) of a residual whose rows couple points in any way.

Quadrature rows use points of their own: each leaf then acts on one row only, and three backward passes
with different weights of the rows tell which one and how much. Otherwise it is one backward pass a row.
"""

from collections.abc import Sequence

import numpy as np
import scipy.sparse
import torch
from torch import Tensor

_MATCH = 1e-8  # relative disagreement at which a leaf is taken to act on more than one row


def sensitivities(values: Tensor, leaves: Sequence[Tensor]) -> list[scipy.sparse.csc_array]:
    """The matrix ∂(values)/∂(leaf) of each leaf.

    Args:
        values: Residuals of one term, shape (n,), with their graph, which is kept.
        leaves: Each of N numbers.

    Returns:
        Matrices of shape (n, N), a leaf.
    """
    shape = (len(values), leaves[0].numel())
    if not values.requires_grad:
        return [scipy.sparse.csc_array(shape) for _ in leaves]
    found = _one_row_each(values, leaves)
    return _row_by_row(values, leaves) if found is None else found


def _one_row_each(values: Tensor, leaves: Sequence[Tensor]) -> list[scipy.sparse.csc_array] | None:
    n = len(values)
    other = np.random.default_rng(0).uniform(1.0, 2.0, n)
    weights = [np.ones(n), 1.0 + np.arange(n) / n, other]
    totals = [_backward(values, leaves, w) for w in weights]
    found = []
    for plain, ramp, random in zip(*totals, strict=True):
        columns = np.flatnonzero((plain != 0) | (ramp != 0) | (random != 0))
        a = plain[columns]
        with np.errstate(divide="ignore", invalid="ignore"):
            rows = np.rint((ramp[columns] / a - 1.0) * n)
        if not np.all(np.isfinite(rows)):
            return None
        rows = np.clip(rows, 0, n - 1).astype(int)
        gap = np.abs(a * weights[1][rows] - ramp[columns])
        gap += np.abs(a * weights[2][rows] - random[columns])
        if np.any(gap > _MATCH * np.abs(a)):
            return None
        found.append(scipy.sparse.csc_array((a, (rows, columns)), shape=(n, len(plain))))
    return found


def _row_by_row(values: Tensor, leaves: Sequence[Tensor]) -> list[scipy.sparse.csc_array]:
    rows: list[list[scipy.sparse.csr_array]] = [[] for _ in leaves]
    for index in range(len(values)):
        weights = np.zeros(len(values))
        weights[index] = 1.0
        for k, gradient in enumerate(_backward(values, leaves, weights)):
            rows[k].append(scipy.sparse.csr_array(gradient[None, :]))
    return [scipy.sparse.csc_array(scipy.sparse.vstack(parts)) for parts in rows]


def _backward(values: Tensor, leaves: Sequence[Tensor], weights: np.ndarray) -> list[np.ndarray]:
    gradients = torch.autograd.grad(
        values,
        list(leaves),
        torch.as_tensor(weights, dtype=values.dtype),
        retain_graph=True,
        allow_unused=True,
    )
    return [
        np.zeros(leaf.numel()) if g is None else g.detach().numpy().ravel()
        for g, leaf in zip(gradients, leaves, strict=True)
    ]
