"""The residuals of any DeepXDE problem as functions of the coefficients of one network.

`data.losses_train` is asked about a Taylor surrogate (see `trace.surrogate`) at all of the problem's own
points, quadrature points included. Its leaves are the derivatives of the network's outputs there, and
these are linear in the coefficients W:

    D^α v_c(x_j) = Σ_k (D^α φ_k)(x_j) W[k, c],    ∂r/∂W[·, c] = Σ_α (∂r/∂D^α v_c) D^α Φ.

∂r/∂(leaf) is sparse; nothing is assumed about which points a row couples, and no backward pass goes
through the features.
"""

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from isocline_pinn.trace.surrogate import Jet, multi_indices, taylor_surrogate
from isocline_pinn.trained.residuals import Term, record_residuals
from isocline_pinn.whole.basis import Basis
from isocline_pinn.whole.sensitivity import sensitivities

Transform = Callable[[Tensor, Tensor], Tensor]

_CHUNK = 4_000_000  # numbers of a table of features that are held at a time
_STEP = 1e-5  # relative, of the differences by which a constant is tried


@dataclass(frozen=True)
class Linearised:
    """Residuals and how they move with the coefficients and the unknown constants.

    Attributes:
        names: Of the terms.
        values: r, shape (n,) a term.
        rows: ∂r/∂W, outputs one after the other, shape (n, outputs · features) a term.
        constants: ∂r/∂θ, shape (n, unknowns) a term.
    """

    names: list[str]
    values: list[np.ndarray]
    rows: list[np.ndarray]
    constants: list[np.ndarray]


class CoupledSystem:
    """Residuals at the points of a data object.

    Args:
        data: A `dde.data` object with `train_x` and `losses_train`; left as it is.
        outputs: How many outputs the network has.
        transform: The output transform, or None.
        unknowns: Scalar tensors in the equations.
        jets: The derivatives in use, where they are known from a system of the same equations.
    """

    def __init__(
        self,
        data: Any,
        outputs: int,
        transform: Transform | None = None,
        unknowns: tuple[Tensor, ...] = (),
        jets: list[Jet] | None = None,
    ) -> None:
        self.data = data
        self.outputs = outputs
        self.transform = transform
        self.unknowns = unknowns
        # DeepXDE caches conditions' values under the id of the points: none of these may die.
        self._kept: list[np.ndarray] = []
        self.jets = self._active_jets() if jets is None else jets

    @property
    def points(self) -> np.ndarray:
        """All points, those of quadratures included, shape (N, d)."""
        points: np.ndarray = self.data.train_x
        if not any(points is kept for kept in self._kept):
            self._kept.append(points)
        return points

    def residuals(self, basis: Basis, coefficients: np.ndarray) -> list[Term]:
        """The residuals of the network Φ W."""
        return self._evaluate(self._leaves(basis, coefficients))

    def linearise(self, basis: Basis, coefficients: np.ndarray) -> Linearised:
        """Residuals and Jacobian at W, shape (features, outputs)."""
        leaves = self._leaves(basis, coefficients)
        terms = self._evaluate(leaves)
        rows = self._contract(basis, terms, leaves)
        constants = self._constants(basis, coefficients, terms)
        values = [term.values.detach().numpy().astype(float) for term in terms]
        return Linearised([t.name for t in terms], values, rows, constants)

    def _evaluate(self, leaves: dict[Jet, Tensor]) -> list[Term]:
        x, v = taylor_surrogate(torch.from_numpy(self.points), leaves, self.outputs)
        return self._record(x, v)

    def _record(self, x: Tensor, v: Tensor) -> list[Term]:
        u = v if self.transform is None else self.transform(x, v)
        # DeepXDE announces each matrix that it builds.
        with contextlib.redirect_stdout(io.StringIO()):
            return record_residuals(self.data, SimpleNamespace(), x, u)

    def _leaves(self, basis: Basis, coefficients: np.ndarray) -> dict[Jet, Tensor]:
        self._follow_unknowns()
        points = self.points
        values = {jet: np.empty(len(points)) for jet in self.jets}
        for part, tables in self._tables(basis, points):
            for (output, alpha), target in values.items():
                target[part] = tables[alpha] @ coefficients[:, output]
        return {
            jet: torch.from_numpy(value).reshape(-1, 1).requires_grad_()
            for jet, value in values.items()
        }

    def _contract(
        self, basis: Basis, terms: list[Term], leaves: dict[Jet, Tensor]
    ) -> list[np.ndarray]:
        size, points = basis.count, self.points
        matrices = [sensitivities(term.values, list(leaves.values())) for term in terms]
        rows = [np.zeros((len(term.values), self.outputs * size)) for term in terms]
        for part, tables in self._tables(basis, points):
            for row, found in zip(rows, matrices, strict=True):
                for (output, alpha), matrix in zip(leaves, found, strict=True):
                    piece = matrix[:, part]
                    if piece.nnz:
                        row[:, output * size : (output + 1) * size] += piece @ tables[alpha]
        return rows

    def _tables(self, basis: Basis, points: np.ndarray) -> Any:
        """The features' derivatives at the points, a slice of them at a time."""
        alphas = sorted({alpha for _, alpha in self.jets})
        step = max(1, _CHUNK // (basis.count * len(alphas)))
        for start in range(0, len(points), step):
            part = slice(start, min(start + step, len(points)))
            yield part, basis.derivatives(points[part], alphas)

    def _constants(
        self, basis: Basis, coefficients: np.ndarray, terms: list[Term]
    ) -> list[np.ndarray]:
        """∂r/∂θ by central differences: sparse products have no second derivative in PyTorch."""
        columns = [np.empty((len(term.values), len(self.unknowns))) for term in terms]
        for index, unknown in enumerate(self.unknowns):
            value = unknown.detach().clone()
            step = _STEP * (float(value.abs().max()) or 1.0)
            ends = []
            for sign in (1.0, -1.0):
                with torch.no_grad():
                    unknown.copy_(value + sign * step)
                ends.append(self.residuals(basis, coefficients))
            with torch.no_grad():
                unknown.copy_(value)
            for column, a, b in zip(columns, *ends, strict=True):
                column[:, index] = ((a.values - b.values) / (2 * step)).detach().numpy()
        self._follow_unknowns()
        return columns

    def _follow_unknowns(self) -> None:
        """An unknown order of differentiation is part of the quadrature, which DeepXDE builds a batch."""
        if isinstance(getattr(self.data, "alpha", None), Tensor):
            self.data.train_next_batch()

    def _active_jets(self) -> list[Jet]:
        self._follow_unknowns()
        count, dimension = self.points.shape
        if not self._differentiates():
            return [(c, (0,) * dimension) for c in range(self.outputs)]
        generator = np.random.default_rng(0)
        order = 4 if dimension <= 2 else 2
        leaves = {
            (c, alpha): torch.from_numpy(0.1 * generator.standard_normal((count, 1)))
            for c in range(self.outputs)
            for alpha in multi_indices(dimension, order)
        }
        for leaf in leaves.values():
            leaf.requires_grad_()
        active = set()
        for term in self._evaluate(leaves):
            if not term.values.requires_grad:
                continue
            weights = torch.from_numpy(generator.uniform(1.0, 2.0, len(term.values)))
            found = torch.autograd.grad(
                term.values, list(leaves.values()), weights, retain_graph=True, allow_unused=True
            )
            active |= {j for j, g in zip(leaves, found, strict=True) if g is not None and g.any()}
        return sorted(active, key=lambda jet: (jet[0], sum(jet[1]), jet[1]))

    def _differentiates(self) -> bool:
        """Whether the equations take any derivative with respect to the points."""
        taken = []
        points = torch.from_numpy(self.points)
        x = points.clone().requires_grad_()
        step = x - points
        step.register_hook(lambda _: taken.append(True))
        nothing = 0 * torch.exp(step.sum(1, keepdim=True))
        leaf = torch.full((len(points), 1), 0.1, dtype=points.dtype, requires_grad=True)
        self._record(x, torch.cat([leaf + nothing] * self.outputs, 1))
        return bool(taken)
