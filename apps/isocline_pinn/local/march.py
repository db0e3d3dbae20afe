"""Marching in time: slabs as long, and blocks as small, as the tolerance asks.

A slab is solved; where the coefficients' tail exceeds the tolerance in space its blocks are split,
where it does in time the slab is shortened, and it is solved again. The next slab starts from the
blocks that its initial state needs, and from that state held constant.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from isocline_pinn.local.blocks import Mesh, mesh_of, split
from isocline_pinn.local.elimination import Node
from isocline_pinn.local.errors import LocalNetworkError
from isocline_pinn.local.features import Alpha, Polynomials, polynomials_of
from isocline_pinn.local.newton import gauss_newton
from isocline_pinn.local.problem import LocalProblem
from isocline_pinn.local.solution import Piece, Pieces, project

_ATTEMPTS = 14
_MOST_BLOCKS = 400

Tick = Callable[[float], None]


@dataclass
class March:
    """Settings and state of one march.

    Attributes:
        problem: what is solved.
        degree: of the features.
        tolerance: of the tails, relative to the solution's size.
        deadline: of `time.monotonic`, or None.
        tick: called with the share of the time axis done.
    """

    problem: LocalProblem
    degree: int
    tolerance: float
    deadline: float | None = None
    tick: Tick | None = None
    scale: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.scale = np.zeros(self.problem.structure.outputs)

    def run(self) -> Pieces:
        """All slabs from the initial to the final time.

        Raises:
            OutOfTimeError: the deadline passed.
            LocalNetworkError: no slab length converges at some time.
        """
        shape = self.problem.shape
        axis = shape.time_axis
        assert axis is not None
        now, end = float(shape.lower[axis]), float(shape.upper[axis])
        length = (end - now) / 4
        pieces = Pieces([], axis)
        boxes = self._coarse(axis)
        while now < end - 1e-12 * abs(end - shape.lower[axis]):
            length = min(length, end - now)
            if end - now - length < 0.2 * length:
                length = end - now
            piece, length, boxes, grow = self._slab(pieces, boxes, now, length)
            pieces.parts.append(piece)
            now += length
            if now < end - 1e-12:
                boxes = self._next_boxes(piece, axis)
            length *= grow
            if self.tick is not None:
                self.tick((now - float(shape.lower[axis])) / (end - float(shape.lower[axis])))
        return pieces

    def _coarse(self, axis: int) -> Mesh:
        return coarse_mesh(
            self.problem, 2 if self.problem.shape.dimension <= 2 else 1, only_space=axis
        )

    def _slab(
        self, pieces: Pieces, boxes: Mesh, now: float, length: float
    ) -> tuple[Piece, float, Mesh, float]:
        axis = pieces.time_axis
        assert axis is not None
        shape, tree, guess = self.problem.shape, None, None
        before = pieces.parts[-1] if pieces.parts else None
        last_space = last_time = np.inf
        for _ in range(_ATTEMPTS):
            mesh = shape.fit(at_times(boxes, axis, now, now + length))
            piece, settled, tree = self._solve(mesh, before, guess, now, axis, tree)
            tails = self._tails(piece)
            in_time, in_space = float(tails[:, axis].max()), np.delete(tails, axis, axis=1)
            space = tails > self.tolerance
            space[:, axis] = False
            # A tail that refinement no longer lowers is rounding noise.
            if settled and in_time > 0.5 * last_time:
                in_time = self.tolerance
            if settled and in_space.max(initial=0.0) > 0.5 * last_space:
                space[:] = False
            if not settled or in_time > 30 * self.tolerance:
                last_time = in_time
                factor = 0.5 if not settled else _shrink(in_time, self.tolerance, self.degree)
                length *= factor
                if settled and space.any():
                    last_space = np.inf
                    boxes, tree = self._split(boxes, space, axis), None
                guess = None
                continue
            if space.any() and boxes.count < _MOST_BLOCKS:
                last_space = in_space.max()
                boxes, tree, guess = self._split(boxes, space, axis), None, piece
                continue
            self._note_scale(piece)
            return piece, length, boxes, _growth(in_time, self.tolerance, self.degree)
        if settled:
            return piece, length, boxes, 1.0
        raise LocalNetworkError(
            f"no slab after t = {now:.6g} converges, down to a length of {length:.2g}; "
            "the solution may blow up there or the problem may lack a condition."
        )

    def _solve(
        self,
        mesh: Mesh,
        before: Piece | None,
        guess: Piece | None,
        now: float,
        axis: int,
        tree: Node | None,
    ) -> tuple[Piece, bool, Node]:
        system = self.problem.discretise(
            mesh, self.degree, before=None if before is None else before.jets, first=before is None
        )
        start = np.zeros(system.shape)
        if not system.linear:
            if guess is not None:
                start = project(system.polynomials, mesh, guess)
            elif before is not None:
                start = _held(before, system.polynomials, mesh, axis, now)
        outcome = gauss_newton(
            system, start, deadline=self.deadline, tree=tree, iterations=12, tolerance=max(1e-13, min(1e-7, 1e-2 * self.tolerance))
        )
        piece = Piece(mesh, system.polynomials, outcome.coefficients)
        healthy = outcome.settled and bool(np.isfinite(outcome.coefficients).all())
        return piece, healthy, outcome.tree

    def _tails(self, piece: Piece) -> np.ndarray:
        """Relative tails by block and direction, the largest over the outputs: (blocks, d)."""
        scale = np.maximum(self.scale, _root_mean_square(piece))
        scale = np.maximum(scale, 1e-6 * scale.max() + 1e-300)
        return (piece.tails() / scale[None, :, None]).max(axis=1)

    def _note_scale(self, piece: Piece) -> None:
        self.scale = np.maximum(self.scale, _root_mean_square(piece))

    def _split(self, boxes: Mesh, wanted: np.ndarray, axis: int) -> Mesh:
        fitted = self.problem.shape.fit(boxes)
        directions = [[j for j in np.nonzero(row)[0] if j != axis] for row in wanted]
        return split(fitted.lower, fitted.upper, directions)

    def _next_boxes(self, piece: Piece, axis: int) -> Mesh:
        """Start from coarse blocks and split where the state at the end of the slab asks for it."""
        end = piece.mesh.upper[0, axis]
        boxes = self._coarse(axis)
        if piece.mesh.lower.shape[1] == 1:
            return boxes
        reference = polynomials_of(piece.mesh.lower.shape[1], self.degree)
        scale = np.maximum(self.scale, 1e-300)
        for _ in range(12):
            frozen = _Frozen(piece, axis, float(end))
            found = Piece(boxes, reference, project(reference, boxes, frozen))
            tails = (found.tails() / scale[None, :, None]).max(axis=1)
            wanted = tails > 0.3 * self.tolerance
            wanted[:, axis] = False
            wanted &= ~_as_fine(boxes, piece.mesh, axis)
            if not wanted.any():
                break
            boxes = split(boxes.lower, boxes.upper, [list(np.nonzero(row)[0]) for row in wanted])
        return boxes


@dataclass
class _Frozen(Piece):
    """A piece's state at one time, whatever the time asked for."""

    def __init__(self, piece: Piece, axis: int, when: float) -> None:
        super().__init__(piece.mesh, piece.polynomials, piece.coefficients)
        self._axis, self._when = axis, when

    def derivative(self, points: np.ndarray, alpha: Alpha) -> np.ndarray:
        held = points.copy()
        held[:, self._axis] = self._when
        return super().derivative(held, alpha)


def _held(before: Piece, polynomials: Polynomials, mesh: Mesh, axis: int, now: float) -> np.ndarray:
    return project(polynomials, mesh, _Frozen(before, axis, now))


def _as_fine(boxes: Mesh, known: Mesh, axis: int) -> np.ndarray:
    """Per block and direction: whether it is already no wider than a known block that it meets."""
    fine = np.zeros(boxes.lower.shape, bool)
    space = [j for j in range(boxes.lower.shape[1]) if j != axis]
    for k in range(boxes.count):
        meets = np.ones(known.count, bool)
        for j in space:
            meets &= (known.lower[:, j] < boxes.upper[k, j] - 1e-12) & (
                known.upper[:, j] > boxes.lower[k, j] + 1e-12
            )
        for j in space:
            widths = (known.upper - known.lower)[meets, j]
            width = boxes.upper[k, j] - boxes.lower[k, j]
            fine[k, j] = not len(widths) or bool(np.all(width <= widths * (1 + 1e-9)))
    return fine


def _root_mean_square(piece: Piece) -> np.ndarray:
    volume = np.prod(piece.mesh.half, axis=1)
    square = (piece.coefficients**2).sum(axis=2)
    return np.sqrt((volume[:, None] * square).sum(axis=0) / volume.sum())


def _shrink(error: float, tolerance: float, degree: int) -> float:
    return float(np.clip(0.8 * (tolerance / error) ** (1 / max(2, degree - 3)), 0.25, 0.7))


def _growth(error: float, tolerance: float, degree: int) -> float:
    """Longer slabs where the tail in time has room; a tail falls like length^degree."""
    if error <= 0 or not math.isfinite(error):
        return 2.0
    return float(np.clip(0.85 * (tolerance / error) ** (1 / max(2, degree - 3)), 0.4, 2.0))


def at_times(boxes: Mesh, axis: int, start: float, end: float) -> Mesh:
    """The same blocks over another time interval."""
    lower, upper = boxes.lower.copy(), boxes.upper.copy()
    lower[:, axis], upper[:, axis] = start, end
    return mesh_of(lower, upper)


def coarse_mesh(problem: LocalProblem, count: int, *, only_space: int | None = None) -> Mesh:
    """`count` blocks a direction, more where straight boundaries ask for an edge."""
    from isocline_pinn.local.blocks import tensor_mesh

    shape = problem.shape
    edges = []
    for axis in range(shape.dimension):
        low, high = float(shape.lower[axis]), float(shape.upper[axis])
        if axis == only_space:
            edges.append(np.array([low, high]))
            continue
        lines = [low, *(shape.lines(axis) if axis < shape.space and not shape.box else []), high]
        width = (high - low) / count
        parts = [
            np.linspace(a, b, max(1, round((b - a) / width)) + 1)[:-1]
            for a, b in itertools.pairwise(lines)
        ]
        edges.append(np.concatenate([*parts, [high]]))
    return tensor_mesh(edges)
