"""Levels of refinement for a problem solved in one region: raise the degree or split blocks.

Where the coefficients of a block fall fast with the degree, a higher degree gains most; where they
do not, the blocks with the largest tails are halved in the directions where the tails are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isocline_pinn.local.blocks import Mesh, split
from isocline_pinn.local.elimination import Node
from isocline_pinn.local.newton import NewtonOutcome, gauss_newton
from isocline_pinn.local.problem import LocalProblem
from isocline_pinn.local.slab_mesh import coarse_mesh
from isocline_pinn.local.solution import Piece, Pieces, project

_HIGHEST = {1: 24, 2: 20, 3: 12}
_GRADES = 4
_FIRST = {1: 10, 2: 8, 3: 6}


@dataclass
class Level:
    """A solution of one refinement level.

    Attributes:
        boxes: cells before they are fitted to the geometry.
        degree: of the features.
        pieces: the function.
        outcome: of Gauss–Newton.
    """

    boxes: Mesh
    degree: int
    pieces: Pieces
    outcome: NewtonOutcome


def first_level(problem: LocalProblem) -> tuple[Mesh, int]:
    """Coarse blocks and a low degree."""
    dimension = problem.shape.dimension
    count = {1: 2, 2: 2, 3: 2}.get(dimension, 1)
    return graded(problem, coarse_mesh(problem, count), 12), _FIRST.get(dimension, 2)


def solve_level(
    problem: LocalProblem,
    boxes: Mesh,
    degree: int,
    *,
    guess: Pieces | None = None,
    deadline: float | None = None,
    tree: Node | None = None,
) -> Level:
    """Solve on given cells.

    Raises:
        OutOfTimeError: the deadline passed.
    """
    mesh = problem.shape.fit(boxes)
    system = problem.discretise(mesh, degree)
    start = np.zeros(system.shape)
    if guess is not None and not system.linear:
        start = project(system.polynomials, mesh, guess)
    outcome = gauss_newton(system, start, deadline=deadline, tree=tree)
    piece = Piece(mesh, system.polynomials, outcome.coefficients)
    return Level(boxes, degree, Pieces([piece], None), outcome)


def relative_tails(piece: Piece) -> np.ndarray:
    """Tails over the size of each output, the largest over the outputs: (blocks, d)."""
    volume = np.prod(piece.mesh.half, axis=1)
    square = (piece.coefficients**2).sum(axis=2)
    size = np.sqrt((volume[:, None] * square).sum(axis=0) / volume.sum())
    size = np.maximum(size, 1e-3 * size.max() + 1e-300)
    return (piece.tails() / size[None, :, None]).max(axis=1)


def decay(piece: Piece) -> float:
    """How much the worst block's coefficients fall from one degree to the next (1: not at all)."""
    total = piece.polynomials.indices.sum(axis=1)
    degree = piece.polynomials.degree
    energy = (piece.coefficients**2).sum(axis=1)
    shells = np.stack([energy[:, total == k].sum(axis=1) for k in range(degree + 1)], 1)
    worst = int(np.argmax(shells[:, -2:].sum(axis=1)))
    shell = np.sqrt(shells[worst])
    early = shell[max(0, degree - 5) : degree - 3].sum()
    late = shell[degree - 1 :].sum()
    return float(min(1.0, (late / max(early, 1e-300)) ** 0.25))


def refine(problem: LocalProblem, level: Level, tolerance: float) -> tuple[Mesh, int] | None:
    """The cells and degree of the next level; None where nothing is left to refine."""
    piece = level.pieces.parts[0]
    dimension = problem.shape.dimension
    tails = relative_tails(piece)
    if dimension > 3:
        return level.boxes, level.degree + 2
    step = 4 if dimension <= 2 else 2
    corner = at_corners(problem, piece.mesh)
    if corner.any():
        # What happens in the blocks at a corner is not to be cured by their degree.
        tails = np.where(corner[:, None], 0.0, tails)
        if level.degree < 14:
            return graded(problem, level.boxes, _GRADES), level.degree + 3
    rate = decay(piece)
    highest = _HIGHEST[dimension]
    # A degree step must gain what halving would: 2^-degree of an analytic function's tail, at least
    # a factor ten, or reach the tolerance.
    promising = rate**step < 0.1 or tails.max() * rate**step < tolerance
    if level.degree < highest and promising:
        return level.boxes, min(level.degree + step, highest)
    wanted = _to_be_split(piece, tails, level.outcome.misfit(), tolerance)
    if level.degree + step <= 16 and not promising and dimension <= 2:
        degree = level.degree + 2
    else:
        degree = level.degree
    fitted = piece.mesh
    directions = [list(np.nonzero(row)[0]) for row in wanted]
    return graded(problem, split(fitted.lower, fitted.upper, directions), _GRADES), degree


def _to_be_split(
    piece: Piece, tails: np.ndarray, misfit: np.ndarray, tolerance: float
) -> np.ndarray:
    """Which blocks to halve in which direction, (blocks, d).

    A block that the geometry cuts is judged by what its rows leave: its high polynomials differ outside
    only, so that their coefficients say little.
    """
    cut = piece.mesh.cut
    whole = np.where(cut[:, None], 0.0, tails)
    largest = float((whole if cut.any() and not cut.all() else tails).max())
    wanted: np.ndarray = whole >= max(0.1 * tolerance, 0.03 * largest)
    if cut.any():
        wanted |= (misfit >= 0.3 * float(misfit.max()))[:, None]
    return wanted


def at_corners(problem: LocalProblem, boxes: Mesh) -> np.ndarray:
    """Which blocks touch a re-entrant corner, shape (blocks,)."""
    touching = np.zeros(boxes.count, bool)
    width = boxes.upper[:, :2] - boxes.lower[:, :2]
    for corner in problem.shape.reentrant_corners:
        above = boxes.lower[:, :2] - 1e-6 * width <= corner
        below = corner <= boxes.upper[:, :2] + 1e-6 * width
        touching |= (above & below).all(axis=1)
    return touching


def graded(problem: LocalProblem, boxes: Mesh, times: int) -> Mesh:
    """Blocks that touch a re-entrant corner halved again and again towards it.

    A strong form converges there only when the singular blocks' rows, whose weight falls with the
    block's size, cost less than a smooth and wrong solution does elsewhere: deep grading at once.
    """
    for _ in range(times if len(problem.shape.reentrant_corners) else 0):
        touching = at_corners(problem, boxes)
        boxes = split(boxes.lower, boxes.upper, [[0, 1] if t else [] for t in touching])
    return boxes
