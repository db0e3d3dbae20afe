"""Every per-point residual of an unmodified DeepXDE problem, and its exact Jacobian.

`data.losses` asks a loss function about the error of each equation and condition. A loss function that
records what it is asked has the residuals themselves, whatever the problem is made of.

The Jacobian of N pointwise residuals costs one backward pass a component: each point is given its own
copy of the network's parameters, θᵢ, so that ∂(Σₖ rₖ)/∂θᵢ = ∂rᵢ/∂θ, one row a point.
"""

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from isocline_pinn.trained.copies import outputs_of_copies

_SQUARE = 20  # no problem has so many outputs; more columns than this were broadcast
_CHUNK = 64  # rows of a coupled residual differentiated at a time


@dataclass(frozen=True)
class Term:
    """One residual of a problem: a component of its equations or of a condition.

    Attributes:
        name: "equation 1", or "condition 2 (DirichletBC)".
        first, last: The points of `data.train_x` that it is evaluated at.
        values: Shape (n,); n is `last - first`, or half of it where a row couples two points.
        columns: How many columns the error had that this is one of.
    """

    name: str
    first: int
    last: int
    values: Tensor
    columns: int = 1

    @property
    def paired(self) -> bool:
        """Whether row i couples points i and i + n, as periodic conditions do."""
        return self.last - self.first == 2 * len(self.values)


class ResidualSystem:
    """The residuals of a problem as a function of one vector: the network's parameters, then the unknowns.

    Attributes:
        data: DeepXDE's data object, unmodified.
        net: The network.
        unknowns: `dde.Variable`s that the equations or conditions hold.
    """

    def __init__(self, data: Any, net: torch.nn.Module, unknowns: tuple[Tensor, ...] = ()) -> None:
        self.data = data
        self.net = net
        self.unknowns = unknowns
        self._parameters = [p for p in net.parameters() if p.requires_grad]
        self._coupled: frozenset[str] | None = None
        # DeepXDE caches the values of conditions under id(array): an array that died would lend its
        # id, and so its values, to the next one.
        self._kept: list[np.ndarray] = []

    @property
    def size(self) -> int:
        """Number of parameters and unknowns."""
        return sum(p.numel() for p in [*self._parameters, *self.unknowns])

    @property
    def network_size(self) -> int:
        """Number of the network's parameters; the unknowns come after them."""
        return sum(p.numel() for p in self._parameters)

    def vector(self) -> np.ndarray:
        """The parameters and unknowns as they are now, shape (P,)."""
        parts = [p.detach().reshape(-1) for p in [*self._parameters, *self.unknowns]]
        return torch.cat([part.to(parts[0]) for part in parts]).cpu().numpy().astype(float)

    def assign(self, vector: np.ndarray) -> None:
        """Set the parameters and unknowns."""
        position = 0
        with torch.no_grad():
            for p in [*self._parameters, *self.unknowns]:
                part = torch.as_tensor(vector[position : position + p.numel()])
                p.copy_(part.reshape(p.shape))
                position += p.numel()

    def residuals(self) -> list[Term]:
        """The residuals at the training points; no gradient with respect to the parameters is kept."""
        inputs = self.inputs()
        terms = self._record(inputs, self.net(inputs))
        return [replace(t, values=t.values.detach()) for t in terms]

    def jacobian(self) -> tuple[list[Term], list[np.ndarray]]:
        """The residuals and, a term, the rows of the Jacobian, shape (n, P)."""
        if self._coupled is None:
            self._coupled = self._find_coupled()
        terms, matrices = self._pointwise()
        if self._coupled:
            for index, term in enumerate(terms):
                if term.name in self._coupled:
                    matrices[index] = self._row_by_row(term.name)
        return terms, matrices

    def cost_and_gradient(self, weights: np.ndarray) -> tuple[float, np.ndarray]:
        """½ Σ_terms weight · mean r², and its gradient, shape (P,), by one backward pass."""
        inputs = self.inputs()
        terms = self._record(inputs, self.net(inputs))
        parts = [
            0.5 * float(w) / max(len(t.values), 1) * (t.values**2).sum()
            for w, t in zip(weights, terms, strict=True)
        ]
        cost = torch.stack(parts).sum()
        wanted = [*self._parameters, *self.unknowns]
        found = torch.autograd.grad(cost, wanted, allow_unused=True)
        gradient = [
            (torch.zeros_like(p) if g is None else g).reshape(-1)
            for g, p in zip(found, wanted, strict=True)
        ]
        flat = torch.cat([g.to(gradient[0]) for g in gradient]).cpu().numpy().astype(float)
        return float(cost.detach()), flat

    def inputs(self) -> Tensor:
        """The training points as a tensor that asks for a gradient, shape (n, d)."""
        points = self.data.train_x
        if not any(points is kept for kept in self._kept):
            self._kept.append(points)
        parameter = self._parameters[0]
        inputs = torch.as_tensor(points, dtype=parameter.dtype, device=parameter.device)
        return inputs.clone().requires_grad_()

    def _record(self, inputs: Tensor, outputs: Tensor) -> list[Term]:
        return record_residuals(self.data, self.net, inputs, outputs)

    def _pointwise(self) -> tuple[list[Term], list[np.ndarray]]:
        inputs = self.inputs()
        number = len(inputs)
        copies = [
            p.detach().expand(number, *p.shape).clone().requires_grad_() for p in self._parameters
        ]
        terms = self._record(inputs, outputs_of_copies(self.net, copies, inputs))
        rows: list[np.ndarray] = [np.empty((0, 0))] * len(terms)
        # Terms at different points are differentiated in one pass: their rows do not meet.
        for together in _disjoint(terms):
            total = torch.stack([terms[i].values.sum() for i in together]).sum()
            found = torch.autograd.grad(total, copies, retain_graph=True, allow_unused=True)
            gradient = _flat(found, copies)
            for i in together:
                term, part = terms[i], gradient[terms[i].first : terms[i].last]
                half = len(term.values)
                rows[i] = part[:half] + part[half:] if term.paired else part
        columns = unknown_columns(terms, self.unknowns)
        matrices = [np.hstack([a, b]) for a, b in zip(rows, columns, strict=True)]
        return [replace(t, values=t.values.detach()) for t in terms], matrices

    def _row_by_row(self, name: str) -> np.ndarray:
        """The rows of a residual that couples points, by a batch of ordinary backward passes."""
        inputs = self.inputs()
        terms = self._record(inputs, self.net(inputs))
        values = next(t.values for t in terms if t.name == name)
        wanted = [*self._parameters, *self.unknowns]
        rows = []
        for start in range(0, len(values), _CHUNK):
            part = values[start : start + _CHUNK]
            found = torch.autograd.grad(
                part,
                wanted,
                torch.eye(len(part), dtype=part.dtype, device=part.device),
                retain_graph=True,
                allow_unused=True,
                is_grads_batched=True,
            )
            rows.append(_flat(found, [p.expand(len(part), *p.shape) for p in wanted]))
        return np.vstack(rows)

    def _find_coupled(self) -> frozenset[str]:
        """Names of the terms whose rows are not one point (or one pair) each.

        The pointwise rows times a random direction must equal the directional derivative of the
        residual, by central differences.
        """
        terms, matrices = self._pointwise()
        here = self.vector()
        direction = np.random.default_rng(0).standard_normal(len(here))
        step = 1e-5 * max(float(np.linalg.norm(here)), 1.0) / float(np.linalg.norm(direction))
        self.assign(here + step * direction)
        ahead = self.residuals()
        self.assign(here - step * direction)
        behind = self.residuals()
        self.assign(here)
        single = self._parameters[0].dtype == torch.float32
        coupled = set()
        for term, matrix, a, b in zip(terms, matrices, ahead, behind, strict=True):
            slope = (a.values - b.values).cpu().numpy() / (2 * step)
            if len(matrix) != len(slope):
                coupled.add(term.name)
                continue
            gap, scale = np.abs(matrix @ direction - slope), np.abs(slope).max() + 1e-12
            if gap.max() > (0.3 if single else 1e-3) * scale:
                coupled.add(term.name)
        return frozenset(coupled)


def record_residuals(data: Any, net: Any, inputs: Tensor, outputs: Tensor) -> list[Term]:
    """The residuals that a data object computes, each column of each error a term.

    Args:
        data: DeepXDE's data object, unmodified.
        net: What equations find as `model.net`; gets the auxiliary variables.
        inputs: `data.train_x` as a tensor that asks for a gradient, shape (n, d).
        outputs: Outputs there, shape (n, m), with their graph from the inputs.

    Raises:
        IndexError: An equation uses an output that is not there.
    """
    import deepxde as dde

    errors: list[Tensor] = []

    def keep(target: Tensor, error: Tensor) -> Tensor:
        errors.append(error - target)
        return error.sum()

    dde.gradients.clear()
    auxiliary = getattr(data, "train_aux_vars", None)
    if auxiliary is not None:
        net.auxiliary_vars = torch.as_tensor(auxiliary, dtype=inputs.dtype)
    targets = getattr(data, "train_y", None)
    model = SimpleNamespace(net=net)
    data.losses_train(_as_tensor(targets, inputs), outputs, keep, inputs, model, aux=None)
    dde.gradients.clear()
    return _named(data, errors, len(inputs))


def _named(data: Any, errors: list[Tensor], number_of_points: int) -> list[Term]:
    """Give each column of each error its name and its range of points."""
    conditions = list(getattr(data, "bcs", []))
    starts = np.cumsum([0, *(getattr(data, "num_bcs", None) or [])]).tolist()
    equations = len(errors) - len(conditions)
    terms = []
    for index, error in enumerate(errors):
        if index < equations:
            name, first, last = f"equation {index + 1}", starts[-1], number_of_points
            if hasattr(data, "quad_deg") or hasattr(data, "disc"):
                last = first + len(error)  # quadrature points, which have no residual, follow
        else:
            k = index - equations
            kind = type(conditions[k]).__name__
            name, first, last = f"condition {k + 1} ({kind})", starts[k], starts[k + 1]
        columns = error.reshape(len(error), -1)
        if columns.shape[1] == 0:
            raise IndexError(f"{name} uses an output that the network does not have")
        # A square error is (n, 1) combined with (n,): one column tells as much as all of them.
        number = 1 if columns.shape[1] == len(error) > _SQUARE else columns.shape[1]
        for c in range(number):
            label = f"{name}, column {c + 1}" if number > 1 else name
            terms.append(Term(label, first, last, columns[:, c], columns.shape[1]))
    return terms


def unknown_columns(terms: list[Term], unknowns: tuple[Tensor, ...]) -> list[np.ndarray]:
    """∂r/∂(unknowns), by differentiating wᵀ∂r/∂(unknown) with respect to w: (n, unknowns) a term."""
    if not unknowns:
        return [np.empty((len(t.values), 0)) for t in terms]
    weights = [torch.ones_like(t.values, requires_grad=True) for t in terms]
    total = torch.stack([(t.values * w).sum() for t, w in zip(terms, weights, strict=True)]).sum()
    gradients = torch.autograd.grad(
        total, unknowns, create_graph=True, retain_graph=True, allow_unused=True
    )
    columns: list[list[np.ndarray]] = [[] for _ in terms]
    for unknown, gradient in zip(unknowns, gradients, strict=True):
        for k in range(unknown.numel()):
            found: Any = [None] * len(terms)
            if gradient is not None and gradient.requires_grad:
                found = torch.autograd.grad(
                    gradient.reshape(-1)[k], weights, retain_graph=True, allow_unused=True
                )
            for t, (term, part) in enumerate(zip(terms, found, strict=True)):
                value = torch.zeros_like(term.values) if part is None else part
                columns[t].append(value.detach().cpu().numpy())
    return [np.stack(parts, axis=1) for parts in columns]


def _disjoint(terms: list[Term]) -> list[list[int]]:
    """Groups of terms such that no two terms of a group are evaluated at the same points."""
    groups: list[list[int]] = []
    ranges: list[set[tuple[int, int]]] = []
    for index, term in enumerate(terms):
        place = (term.first, term.last)
        for group, taken in zip(groups, ranges, strict=True):
            if place not in taken:
                group.append(index)
                taken.add(place)
                break
        else:
            groups.append([index])
            ranges.append({place})
    return groups


def _flat(gradients: Any, like: list[Tensor]) -> np.ndarray:
    parts = [
        (torch.zeros_like(p) if g is None else g).reshape(len(p), -1)
        for g, p in zip(gradients, like, strict=True)
    ]
    return torch.cat(parts, dim=1).detach().cpu().numpy().astype(float, copy=False)


def _as_tensor(targets: Any, like: Tensor) -> Tensor | None:
    if targets is None:
        return None
    return torch.as_tensor(np.asarray(targets), dtype=like.dtype, device=like.device)
