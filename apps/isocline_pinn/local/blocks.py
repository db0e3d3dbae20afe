"""Boxes that tile the domain, the faces between them, and how boxes are split."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from isocline_pinn.local.features import grid


@dataclass(frozen=True)
class Face:
    """Where two blocks touch.

    Attributes:
        below: the block on the lower side of the face.
        above: the block on the upper side.
        axis: the direction across the face.
        lower: lower corner of the common part, shape (d,).
        upper: its upper corner; equal to `lower` along `axis`.
        period: how far below the face, along `axis`, it lies for the block above; 0 but where
            the domain closes on itself.
    """

    below: int
    above: int
    axis: int
    lower: np.ndarray
    upper: np.ndarray
    period: float = 0.0


@dataclass(frozen=True)
class Mesh:
    """Disjoint blocks.

    Attributes:
        lower: lower corners of the cells, shape (blocks, d).
        upper: upper corners, shape (blocks, d).
        centre: origin of each block's own coordinates ξ = (x − c)/h.
        half: their scale; smaller than the cell where the geometry cuts it.
        cut: whether a part of the cell is outside the geometry, shape (blocks,).
    """

    lower: np.ndarray
    upper: np.ndarray
    centre: np.ndarray
    half: np.ndarray
    cut: np.ndarray

    @property
    def count(self) -> int:
        """How many blocks there are."""
        return len(self.lower)

    def local(self, points: np.ndarray, blocks: np.ndarray) -> np.ndarray:
        """The coordinates ξ of points in the blocks they belong to."""
        return (points - self.centre[blocks]) / self.half[blocks]

    def locate(self, points: np.ndarray) -> np.ndarray:
        """The block of each point, the nearest one where none contains it."""
        found = np.empty(len(points), dtype=int)
        for start in range(0, len(points), 4096):
            chunk = points[start : start + 4096, None, :]
            outside = np.maximum(self.lower - chunk, chunk - self.upper)
            distance = np.maximum(outside, 0.0).max(axis=2)
            # A tie on a shared face goes to the block whose centre is nearer.
            depth = (np.abs(chunk - self.centre) / self.half).max(axis=2)
            found[start : start + 4096] = np.argmin(distance + 1e-13 * depth, axis=1)
        return found


def mesh_of(lower: np.ndarray, upper: np.ndarray) -> Mesh:
    """A mesh of whole boxes."""
    return Mesh(lower, upper, (lower + upper) / 2, (upper - lower) / 2, np.zeros(len(lower), bool))


def tensor_mesh(edges: Sequence[np.ndarray]) -> Mesh:
    """The tensor grid with the given edges in each direction."""
    lower = grid([np.asarray(e)[:-1] for e in edges])
    upper = grid([np.asarray(e)[1:] for e in edges])
    return mesh_of(lower, upper)


def split(lower: np.ndarray, upper: np.ndarray, directions: Sequence[Iterable[Any]]) -> Mesh:
    """Each block halved along each of its directions (none leaves it as it is)."""
    boxes: list[tuple[np.ndarray, np.ndarray]] = []
    for low, high, axes in zip(lower, upper, directions, strict=True):
        parts = [(low, high)]
        for axis in axes:
            parts = [half for part in parts for half in _halves(*part, axis)]
        boxes.extend(parts)
    return mesh_of(np.array([b[0] for b in boxes]), np.array([b[1] for b in boxes]))


def _halves(low: np.ndarray, high: np.ndarray, axis: int) -> list[tuple[np.ndarray, np.ndarray]]:
    middle = (low[axis] + high[axis]) / 2
    left, right = high.copy(), low.copy()
    left[axis] = right[axis] = middle
    return [(low, left), (right, high)]


def find_faces(mesh: Mesh, periodic: Sequence[int] = ()) -> list[Face]:
    """All faces, hanging ones as the part that both blocks share.

    Args:
        mesh: the blocks.
        periodic: directions in which the domain closes on itself.
    """
    faces: list[Face] = []
    for axis in range(mesh.lower.shape[1]):
        faces.extend(_touching(mesh, axis, 0.0))
        if axis in periodic:
            period = float(mesh.upper[:, axis].max() - mesh.lower[:, axis].min())
            faces.extend(_touching(mesh, axis, period))
    return faces


def _touching(mesh: Mesh, axis: int, period: float) -> Iterable[Face]:
    """The faces across one direction, of blocks above moved up by a period."""
    span = (mesh.upper - mesh.lower).min(axis=0)
    others = [j for j in range(mesh.lower.shape[1]) if j != axis]
    apart = mesh.upper[:, None, axis] - (mesh.lower[None, :, axis] + period)
    touch = np.abs(apart) < 1e-9 * span[axis]
    for j in others:
        low = np.maximum(mesh.lower[:, None, j], mesh.lower[None, :, j])
        high = np.minimum(mesh.upper[:, None, j], mesh.upper[None, :, j])
        touch &= high - low > 1e-9 * span[j]
    for below, above in zip(*np.nonzero(touch), strict=True):
        lower = np.maximum(mesh.lower[below], mesh.lower[above])
        upper = np.minimum(mesh.upper[below], mesh.upper[above])
        lower[axis] = upper[axis] = mesh.upper[below, axis]
        yield Face(int(below), int(above), axis, lower, upper, period)
