"""A DeepXDE problem made ready for local networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from isocline_pinn.local.blocks import Mesh
from isocline_pinn.local.discretisation import (
    Discretisation,
    JetValues,
    condition_sheet,
    continuity,
    equation_sheet,
    handed_over,
)
from isocline_pinn.local.errors import BadConditionError, UnsuitableProblemError
from isocline_pinn.local.features import Polynomials, polynomials_of
from isocline_pinn.local.memory import check_memory
from isocline_pinn.local.periodic import periodic_points
from isocline_pinn.local.shape import Shape
from isocline_pinn.trace import (
    Structure,
    Term,
    TracedTerm,
    condition_term,
    count_outputs,
    equation_term,
    trace_problem,
    trace_term,
)

_REACH = 1.01

Transform = Callable[[Tensor, Tensor], Tensor]
FeatureTransform = Callable[[Tensor], Tensor]


@dataclass
class LocalProblem:
    """The traced problem.

    Attributes:
        data: the DeepXDE object, unmodified.
        shape: its geometry.
        structure: what the equation uses.
        equation: the equation as a term.
        conditions: DeepXDE conditions and their terms.
        unknowns: scalar tensors to be found.
        periodic: directions in which the network itself is periodic.
        observation_weight: of observations beside the equation and exact conditions; see `solve`.
    """

    data: Any
    shape: Shape
    structure: Structure
    equation: Term
    conditions: list[tuple[Any, Term]]
    unknowns: Sequence[Tensor]
    _traced: dict[int, TracedTerm]
    periodic: tuple[int, ...] = ()
    observation_weight: float = 1.0

    def discretise(
        self,
        mesh: Mesh,
        degree: int,
        *,
        before: JetValues | None = None,
        first: bool = True,
    ) -> Discretisation:
        """All rows on a mesh that has been fitted to the geometry.

        Args:
            mesh: the blocks.
            degree: of their features.
            before: jets at the start of a slab from the slab before it.
            first: whether initial conditions are due.

        Raises:
            TooLargeError: they would not fit in memory.
        """
        check_memory(mesh.count, self.shape.dimension, degree, self.structure.outputs)
        polynomials = polynomials_of(self.shape.dimension, degree)
        structure, inside = self.structure, None if self.shape.box else self.shape.inside
        highest = int(structure.order.max())
        cut = (
            []
            if self.shape.box
            else self.shape.points_in_cut_blocks(mesh, polynomials.per_direction)
        )
        sheets = [
            equation_sheet(
                mesh,
                polynomials,
                structure.outputs,
                self.equation,
                structure.equation,
                cut,
                highest,
            )
        ]
        candidates = _reached(mesh, self._condition_candidates(mesh, polynomials, first))
        observed = self.observations()
        for number, (condition, term) in enumerate(self.conditions):
            points = self._points(condition, candidates, term.name)
            if len(points):
                traced = self._trace(number, term, points)
                if not traced.jets:
                    continue  # an output transform meets it, whatever the network
                sheet = condition_sheet(
                    mesh, polynomials, structure.outputs, term, traced, points, highest
                )
                if number in observed:
                    sheet.observed = number
                    sheet.emphasis *= self.observation_weight
                sheets.append(sheet)
        fixed = continuity(mesh, polynomials, structure.order, inside, self.periodic)
        if before is not None and self.shape.time_axis is not None:
            fixed += handed_over(
                mesh, polynomials, structure.order, self.shape.time_axis, before, inside
            )
        return Discretisation(mesh, polynomials, structure.outputs, sheets, fixed, self.unknowns)

    def observations(self) -> list[int]:
        """The conditions, by number, whose values may scatter about the solution.

        Where constants are sought: given values at points that are not all on the boundary; any given values
        where there are no such.
        """
        if not self.unknowns:
            return []
        given = [i for i, (c, _) in enumerate(self.conditions) if hasattr(c, "points")]
        return [i for i in given if self._is_observation(self.conditions[i][0])] or given

    def _is_observation(self, condition: Any) -> bool:
        """Whether it asks for values at given points that are not all on the boundary."""
        if not hasattr(condition, "points"):
            return False
        points = np.asarray(condition.points, dtype=float)
        edge = np.asarray(self.shape.geometry.on_boundary(points[:, : self.shape.space]))
        if self.shape.time_axis is not None:
            edge = edge | np.isclose(
                points[:, self.shape.time_axis], self.shape.lower[self.shape.time_axis]
            )
        return not edge.all()

    def _condition_candidates(
        self, mesh: Mesh, polynomials: Polynomials, first: bool
    ) -> np.ndarray:
        per_face = polynomials.per_direction * (2 if self.shape.dimension <= 2 else 1)
        boundary = self.shape.boundary_points(mesh, per_face, polynomials.degree)
        if self.shape.time_axis == 0 and not first:
            boundary = boundary[1:]
        if not first or self.shape.time_axis == 0:
            return boundary
        return np.concatenate(
            [boundary, self.shape.initial_points(mesh, per_face, polynomials.degree)]
        )

    def _points(self, condition: Any, candidates: np.ndarray, name: str) -> np.ndarray:
        if not len(candidates) and not hasattr(condition, "points"):
            return candidates
        if not self.shape.box and hasattr(condition, "component_x"):
            return periodic_points(condition, self.shape, candidates, name)
        return np.ascontiguousarray(condition.collocation_points(candidates), dtype=float)

    def _trace(self, number: int, term: Term, points: np.ndarray) -> TracedTerm:
        if number not in self._traced:
            self._traced[number] = trace_term(
                term.at(points), points, self.structure.outputs, unknowns=self.unknowns
            )
        return self._traced[number]

    def marches(self) -> bool:
        """Whether the solution can be found slab by slab: nothing acts at later times only."""
        axis = self.shape.time_axis
        if axis is None or self.unknowns or not self.structure.order[:, axis].max():
            return False
        later = self.shape.probes(24, 3)
        later[:12, axis] = self.shape.upper[axis]
        for condition, _ in self.conditions:
            if hasattr(condition, "points"):
                times = np.asarray(condition.points)[:, axis]
                if np.any(times > self.shape.lower[axis] + 1e-9):
                    return False
            elif len(condition.collocation_points(later)):
                return False
        return True

    def check_conditions(self, mesh: Mesh) -> None:
        """Raise for a condition that selects no point of the boundary nor of the initial time."""
        candidates = self._condition_candidates(mesh, Polynomials(self.shape.dimension, 6), True)
        for condition, term in self.conditions:
            if not len(self._points(condition, candidates, term.name)):
                raise BadConditionError(
                    f"{term.name} selects none of {len(candidates)} boundary and initial points; "
                    "check its on_boundary function."
                )


def read_problem(
    data: Any,
    *,
    unknowns: Sequence[Tensor] = (),
    outputs: int | None = None,
    output_transform: Transform | None = None,
    feature_transform: FeatureTransform | None = None,
    seed: int = 0,
) -> LocalProblem:
    """Trace a DeepXDE `data` object.

    A feature transform makes a network of z(x) instead of x. Where z is periodic across the domain
    the network is, which may be the only condition there; this is kept, the rest of z is not needed.

    Raises:
        UnsuitableProblemError: it is not a pointwise problem with a geometry.
    """
    reason = why_not(data)
    if reason is not None:
        raise UnsuitableProblemError(reason)
    shape = Shape(data.geom)
    probes = shape.probes(16, seed)
    if outputs is None:
        outputs = count_outputs(data, probes, output_transform)
    structure = trace_problem(
        data,
        probes,
        outputs,
        time_axis=shape.time_axis,
        transform=output_transform,
        unknowns=unknowns,
    )
    conditions = [
        (c, condition_term(c, i, output_transform)) for i, c in enumerate(data.bcs or [], 1)
    ]
    equation = equation_term(data, output_transform)
    periodic = () if feature_transform is None else periodic_directions(feature_transform, shape)
    return LocalProblem(data, shape, structure, equation, conditions, list(unknowns), {}, periodic)


def periodic_directions(transform: FeatureTransform, shape: Shape) -> tuple[int, ...]:
    """Spatial directions in which z and its slope are the same at both ends of a box."""
    if not shape.box:
        return ()
    found = []
    for axis in range(shape.space if shape.time_axis != 0 else 0):
        ends = []
        for end in (shape.lower[axis], shape.upper[axis]):
            points = shape.probes(24, 5)
            points[:, axis] = end
            x = torch.from_numpy(points).requires_grad_()
            z = transform(x)
            # 0 · x keeps features in the graph that do not depend on x.
            slopes = [
                torch.autograd.grad(column.sum() + 0 * x.sum(), x, retain_graph=True)[0][:, axis]
                for column in z.T
            ]
            ends.append(torch.cat([z.detach(), torch.stack(slopes, 1)], 1))
        size = 1.0 + float(ends[0].abs().max())
        if float((ends[0] - ends[1]).abs().max()) < 1e-9 * size:
            found.append(axis)
    return tuple(found)


def why_not(data: Any) -> str | None:
    """Why local networks do not fit, in one sentence; None when they do."""
    names = {base.__name__ for base in type(data).__mro__}
    kind = type(data).__name__
    if names & {"IDE", "FPDE", "TimeFPDE"}:
        return f"{kind} has an integral or fractional term, which couples points far apart."
    if "PDE" not in names:
        return f"{kind} is not a pointwise differential equation on a geometry."
    if data.pde is None:
        return "there is no equation, only data."
    if isinstance(data.geom, _point_clouds()):
        return "a point cloud does not say what is inside it, so it cannot be divided into blocks."
    return None


def _point_clouds() -> tuple[type, ...]:
    import deepxde as dde

    return (dde.geometry.PointCloud,)


def _reached(mesh: Mesh, points: np.ndarray) -> np.ndarray:
    """The points that lie in a block: a sliver that was dropped leaves some to no block.

    The nearest block's polynomials would be asked for outside of it, where those of degree twenty are
    1e12 at twice its width.
    """
    if not mesh.cut.any() or not len(points):
        return points
    local = np.abs(mesh.local(points, mesh.locate(points)))
    return points[local.max(axis=1) < _REACH]
