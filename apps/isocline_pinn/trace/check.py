"""The surrogate's residuals beside those of DeepXDE's own automatic differentiation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import deepxde as dde
import numpy as np
import torch
from torch import Tensor

from isocline_pinn.trace.structure import trace_term
from isocline_pinn.trace.surrogate import Jet, evaluate
from isocline_pinn.trace.terms import Transform, equation_term


def surrogate_difference(
    data: Any,
    points: np.ndarray,
    outputs: int,
    *,
    transform: Transform | None = None,
    unknowns: Sequence[Tensor] = (),
    seed: int = 0,
) -> float:
    """How far the residuals of a smooth random function are apart on the two paths.

    One path hands the user's equation a function of x and lets DeepXDE differentiate it; the other
    hands it the Taylor surrogate with that function's derivatives.

    Args:
        data: a DeepXDE problem.
        points: where, inside the domain, shape (n, d).
        outputs: of the network.
        transform: output transform, or None.
        unknowns: constants to be found.
        seed: of the random function.

    Returns:
        The largest difference over the largest residual of each equation.
    """
    term = equation_term(data, transform)
    traced = trace_term(term.at(points), points, outputs, unknowns=unknowns)
    function = _random_function(points, outputs, seed)
    x = torch.from_numpy(points).requires_grad_(True)
    dde.grad.clear()
    direct = term.function(points, x, function(x))
    parts = [direct] if isinstance(direct, Tensor) else list(direct)
    expected = torch.cat([part.reshape(len(points), -1) for part in parts], 1).detach().numpy().T
    dde.grad.clear()
    jets = _jets(function, points, traced.jets)
    found = evaluate(term.at(points), points, jets, outputs, sensitivities=False).residuals
    size = np.abs(expected).max(axis=1, keepdims=True)
    return float(np.max(np.abs(found - expected) / np.where(size > 0, size, 1.0)))


class _RandomFunction:
    """Σ_k a_k sin(w_k·x + b_k) + 2, a function of about one wave across the points' extent."""

    def __init__(self, scale: np.ndarray, outputs: int, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.wave = torch.from_numpy(random.normal(0, 2, (len(scale), 6)) / scale[:, None])
        self.phase = torch.from_numpy(random.uniform(0, 2 * np.pi, 6))
        self.size = torch.from_numpy(random.normal(0, 0.3, (6, outputs)))

    def __call__(self, x: Tensor) -> Tensor:
        return torch.sin(x @ self.wave + self.phase) @ self.size + 2


def _random_function(points: np.ndarray, outputs: int, seed: int) -> _RandomFunction:
    scale = np.maximum(points.max(axis=0) - points.min(axis=0), 1e-12)
    return _RandomFunction(scale, outputs, seed)


def _jets(
    function: _RandomFunction, points: np.ndarray, jets: Sequence[Jet]
) -> dict[Jet, np.ndarray]:
    """Derivatives of the function by repeated differentiation."""
    found: dict[Jet, np.ndarray] = {}
    for output, alpha in jets:
        x = torch.from_numpy(points).requires_grad_(True)
        value = function(x)[:, output]
        for axis, times in enumerate(alpha):
            for _ in range(times):
                value = torch.autograd.grad(value.sum(), x, create_graph=True)[0][:, axis]
        found[output, alpha] = value.detach().numpy()
    return found
