"""Marching in time: slabs as long, and blocks as small, as the tolerance asks.

A slab is solved; where the coefficients' tails exceed the tolerance in space its blocks are split,
where they do in time the slab is shortened, and it is solved again. The next slab starts from the
blocks that its initial state needs, and from that state held constant, or from an earlier, coarser
march. While neither blocks nor length change, the factors of the slab before serve the next one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from isocline_pinn.local.blocks import Mesh, split
from isocline_pinn.local.elimination import Node
from isocline_pinn.local.errors import LocalNetworkError
from isocline_pinn.local.features import polynomials_of
from isocline_pinn.local.memory import check_memory
from isocline_pinn.local.newton import Factored, gauss_newton
from isocline_pinn.local.problem import LocalProblem
from isocline_pinn.local.slab_mesh import (
    at_times,
    coarse_mesh,
    contributions,
    held,
    next_boxes,
    same_boxes,
    spatial_state,
)
from isocline_pinn.local.solution import Piece, Pieces, project

_ATTEMPTS = 14
_MOST_BLOCKS = 400
_TOO_COARSE = 1.0
_TOO_LONG = 10.0

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
        guess: an earlier march of the same problem, from which Gauss–Newton starts.
    """

    problem: LocalProblem
    degree: int
    tolerance: float
    deadline: float | None = None
    tick: Tick | None = None
    guess: Pieces | None = None
    scale: np.ndarray = field(init=False)
    _kept: tuple[Mesh, Factored] | None = field(init=False, default=None)
    _patience: int = field(init=False, default=0)

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
        start, end = float(shape.lower[axis]), float(shape.upper[axis])
        now = start
        boxes, length = self._first(axis, end - start)
        pieces = Pieces([], axis)
        while now < end - 1e-12 * abs(end - start):
            length = min(length, end - now)
            if end - now - length < 0.2 * length:
                length = end - now
            piece, length, grow = self._slab(pieces, boxes, now, length)
            pieces.parts.append(piece)
            now += length
            if now < end - 1e-12:
                boxes = next_boxes(
                    self._coarse(axis), piece, axis, self.tolerance, np.maximum(self.scale, 1e-300)
                )
            length *= grow
            if self.tick is not None:
                self.tick((now - start) / (end - start))
        return pieces

    def _coarse(self, axis: int) -> Mesh:
        return coarse_mesh(
            self.problem, 2 if self.problem.shape.dimension <= 2 else 1, only_space=axis
        )

    def _first(self, axis: int, whole: float) -> tuple[Mesh, float]:
        """Blocks and length of the first slab: an earlier march's, or coarse ones."""
        if self.guess is None:
            return self._coarse(axis), whole / 4
        first = self.guess.parts[0].mesh
        boxes = Mesh(
            first.lower, first.upper, first.centre, first.half, np.zeros(first.count, bool)
        )
        return boxes, float(first.upper[0, axis] - first.lower[0, axis])

    def _slab(
        self, pieces: Pieces, boxes: Mesh, now: float, length: float
    ) -> tuple[Piece, float, float]:
        """A slab's function, its length, and by how much the next may be longer."""
        axis = pieces.time_axis
        assert axis is not None
        shape, tree, guess = self.problem.shape, None, None
        before = pieces.parts[-1] if pieces.parts else None
        last_space = last_time = np.inf
        for _ in range(_ATTEMPTS):
            mesh = shape.fit(at_times(boxes, axis, now, now + length))
            piece, settled, tree = self._solve(mesh, before, guess, now, axis, tree)
            shares = contributions(piece, self._scales(piece))
            total = np.sqrt((shares**2).sum(axis=0))
            in_time, in_space = float(total[axis]), float(np.delete(total, axis).max(initial=0.0))
            space = shares > 0.5 * self.tolerance / np.sqrt(mesh.count)
            space[:, axis] = False
            # A tail that refinement no longer lowers is rounding noise.
            if settled and in_time > 0.5 * last_time:
                in_time = self.tolerance
            if settled and in_space > 0.5 * last_space:
                space[:] = False
            if in_space <= _TOO_COARSE * self.tolerance:
                space[:] = False
            if not settled or in_time > _TOO_LONG * self.tolerance:
                last_time = in_time
                factor = 0.5 if not settled else _shrink(in_time, self.tolerance, self.degree)
                length *= factor
                if settled and space.any():
                    last_space = np.inf
                    boxes, tree = self._split(boxes, space, axis), None
                guess = None
                continue
            if space.any() and boxes.count < _MOST_BLOCKS:
                last_space = in_space
                boxes, tree, guess = self._split(boxes, space, axis), None, piece
                continue
            break
        if not settled:
            raise LocalNetworkError(
                f"no slab after t = {now:.6g} converges, down to a length of {length:.2g}; "
                "the solution may blow up there or the problem may lack a condition."
            )
        self.scale = np.maximum(self.scale, _root_mean_square(piece))
        grow = _growth(in_time, self.tolerance, self.degree)
        done = float(piece.mesh.upper[0, axis] - piece.mesh.lower[0, axis])
        return piece, done, grow

    def _solve(
        self,
        mesh: Mesh,
        before: Piece | None,
        guess: Piece | None,
        now: float,
        axis: int,
        tree: Node | None,
    ) -> tuple[Piece, bool, Node]:
        check_memory(mesh.count, mesh.lower.shape[1], self.degree, len(self.scale))
        system = self.problem.discretise(
            mesh, self.degree, before=None if before is None else before.jets, first=before is None
        )
        kept = self._factors(mesh, axis) if before is not None else None
        outcome = gauss_newton(
            system,
            self._start(mesh, before, guess, now, axis),
            deadline=self.deadline,
            tree=tree,
            iterations=12,
            tolerance=max(1e-13, min(1e-5, 1e-2 * self.tolerance)),
            like=kept,
        )
        if before is not None:
            self._keep(mesh, outcome.factored, kept is not None and outcome.iterations > 0)
        piece = Piece(mesh, system.polynomials, outcome.coefficients)
        healthy = outcome.settled and bool(np.isfinite(outcome.coefficients).all())
        return piece, healthy, outcome.tree

    def _factors(self, mesh: Mesh, axis: int) -> Factored | None:
        """The factors of the slab before where they fit; seldom, after they were of no use."""
        if self._kept is None or not same_boxes(self._kept[0], mesh, axis):
            return None
        self._patience = max(0, self._patience - 1)
        return self._kept[1] if self._patience == 0 else None

    def _keep(self, mesh: Mesh, factored: Factored, failed: bool) -> None:
        self._kept = (mesh, factored)
        if failed:
            self._patience = 8

    def _start(
        self, mesh: Mesh, before: Piece | None, guess: Piece | None, now: float, axis: int
    ) -> np.ndarray:
        """Coefficients from which a slab is solved."""
        polynomials = polynomials_of(mesh.lower.shape[1], self.degree)
        if guess is not None:
            return project(polynomials, mesh, guess)
        state = None
        if before is not None:
            state = spatial_state(before, mesh, axis, now, self.degree)
        if self.guess is not None:
            found = project(polynomials, mesh, self.guess)
            if state is None:
                return found
            theirs = held(spatial_state(self.guess, mesh, axis, now, self.degree), polynomials)
            away = np.linalg.norm(theirs - held(state, polynomials)) / np.linalg.norm(theirs)
            if away < 0.05:
                return found
        if state is not None:
            return held(state, polynomials)
        return np.zeros((mesh.count, self.problem.structure.outputs, polynomials.count))

    def _scales(self, piece: Piece) -> np.ndarray:
        scale = np.maximum(self.scale, _root_mean_square(piece))
        return np.maximum(scale, 1e-6 * scale.max() + 1e-300)

    def _split(self, boxes: Mesh, wanted: np.ndarray, axis: int) -> Mesh:
        fitted = self.problem.shape.fit(boxes)
        directions = [[j for j in np.nonzero(row)[0] if j != axis] for row in wanted]
        return split(fitted.lower, fitted.upper, directions)


def _root_mean_square(piece: Piece) -> np.ndarray:
    volume = np.prod(piece.mesh.half, axis=1)
    square = (piece.coefficients**2).sum(axis=2)
    return np.sqrt((volume[:, None] * square).sum(axis=0) / volume.sum())


def _shrink(error: float, tolerance: float, degree: int) -> float:
    return float(np.clip(0.8 * (tolerance / error) ** (1 / max(2, degree - 3)), 0.25, 0.7))


def _growth(error: float, tolerance: float, degree: int) -> float:
    """Longer slabs where the tail in time has room; a tail falls like length^degree.

    A length that is nearly right is kept, and with it the factors.
    """
    if error <= 0 or not math.isfinite(error):
        return 2.0
    factor = float(np.clip((tolerance / error) ** (1 / max(2, degree - 3)), 0.4, 2.0))
    return 1.0 if 0.87 < factor < 1.2 else 0.9 * factor
