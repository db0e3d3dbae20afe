"""Blocks of a slab in time, and the state that one slab hands to the next."""

from __future__ import annotations

import itertools

import numpy as np

from isocline_pinn.local.blocks import Mesh, mesh_of, split, tensor_mesh
from isocline_pinn.local.features import Polynomials, polynomials_of
from isocline_pinn.local.problem import LocalProblem
from isocline_pinn.local.solution import Piece, Pieces

_COARSER = 0.02
_AS_FINE = 0.5


def at_times(boxes: Mesh, axis: int, start: float, end: float) -> Mesh:
    """The same blocks over another time interval."""
    lower, upper = boxes.lower.copy(), boxes.upper.copy()
    lower[:, axis], upper[:, axis] = start, end
    return mesh_of(lower, upper)


def same_boxes(first: Mesh, second: Mesh, axis: int) -> bool:
    """Whether two meshes have the same blocks in space and slabs of one length."""
    if first.count != second.count:
        return False
    lengths = [float(m.upper[0, axis] - m.lower[0, axis]) for m in (first, second)]
    alike = abs(lengths[0] - lengths[1]) < 1e-9 * lengths[0]
    return alike and all(
        np.array_equal(np.delete(a, axis, 1), np.delete(b, axis, 1))
        for a, b in ((first.lower, second.lower), (first.upper, second.upper))
    )


def contributions(piece: Piece, scale: np.ndarray) -> np.ndarray:
    """Each block's share in the relative L2 norm of the tails, by direction: (blocks, d).

    The largest over the outputs; the squares of one direction sum to the slab's own.

    Args:
        piece: a slab's function.
        scale: size of each output, shape (outputs,).
    """
    volume = np.prod(piece.mesh.half, axis=1)
    share = np.sqrt(volume / volume.sum())
    tails: np.ndarray = (piece.tails() / scale[None, :, None]).max(axis=1)
    return tails * share[:, None]


def spatial_state(
    piece: Piece | Pieces, mesh: Mesh, axis: int, when: float, degree: int
) -> np.ndarray:
    """The state at one time as polynomials in space: (blocks, outputs, features in space)."""
    space = mesh.lower.shape[1] - 1
    dimension = space + 1
    if space == 0:
        return piece.derivative(np.array([[when]]), (0,))[:, :, None].repeat(mesh.count, axis=0)
    reference = polynomials_of(space, degree)
    local = reference.points
    points = np.empty((mesh.count, len(local), dimension))
    points[:, :, :space] = mesh.centre[:, None, :space] + mesh.half[:, None, :space] * local
    points[:, :, axis] = when
    values = piece.derivative(points.reshape(-1, dimension), (0,) * dimension)
    values = values.reshape(mesh.count, len(local), -1)
    return np.einsum("rm,bmc->bcr", reference.projection, values)


def held(state: np.ndarray, polynomials: Polynomials) -> np.ndarray:
    """A state in space as features of space and time that do not depend on time."""
    constant = polynomials.indices[:, -1] == 0
    found = np.zeros((*state.shape[:2], polynomials.count))
    found[:, :, constant] = state
    return found


def next_boxes(coarse: Mesh, piece: Piece, axis: int, tolerance: float, scale: np.ndarray) -> Mesh:
    """Coarse blocks, split where the state at the end of a slab asks for it.

    A block may be coarser than the slab's own only where its tail is far below the tolerance, so
    that the blocks do not change to and fro, and finer by one halving where it nears it.
    """
    space = coarse.lower.shape[1] - 1
    if space == 0:
        return coarse
    end, degree = float(piece.mesh.upper[0, axis]), piece.polynomials.degree
    reference = polynomials_of(space, degree)
    limit = tolerance / np.sqrt(piece.mesh.count)
    boxes = coarse
    for _ in range(14):
        state = Piece(_spatial(boxes), reference, spatial_state(piece, boxes, axis, end, degree))
        shares = contributions(state, scale)
        wanted = np.zeros(boxes.lower.shape, bool)
        fine = as_fine(boxes, piece.mesh, axis)[:, :space]
        wanted[:, :space] = shares > np.where(fine, _AS_FINE, _COARSER) * limit
        if not wanted.any():
            break
        boxes = split(boxes.lower, boxes.upper, [list(np.nonzero(row)[0]) for row in wanted])
    return boxes


def _spatial(boxes: Mesh) -> Mesh:
    return mesh_of(boxes.lower[:, :-1], boxes.upper[:, :-1])


def as_fine(boxes: Mesh, known: Mesh, axis: int) -> np.ndarray:
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


_MOST_HALVINGS = 5


def coarse_mesh(problem: LocalProblem, count: int, *, only_space: int | None = None) -> Mesh:
    """`count` blocks a direction, more where straight boundaries ask for an edge or a hole for halves."""
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
    mesh = tensor_mesh(edges)
    for _ in range(_MOST_HALVINGS):
        around = shape.encloses_hole(mesh)
        if not around.any():
            break
        space = list(range(shape.space))
        mesh = split(mesh.lower, mesh.upper, [space if a else [] for a in around])
    return mesh
