"""Points on the boundary of boxes, polygons, curves and what is composed of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import deepxde as dde
import numpy as np

from isocline_pinn.local.blocks import Mesh
from isocline_pinn.local.features import gauss, reference_points


def box_boundary(
    mesh: Mesh, lower: np.ndarray, upper: np.ndarray, per_face: int, degree: int, sides: int
) -> np.ndarray:
    """Points on the outer faces across the first `sides` directions."""
    space = len(lower)
    pieces = []
    for axis in range(sides):
        local = np.insert(face_grid(space - 1, degree, per_face), axis, 0.0, axis=1)
        for side, ends in ((lower, mesh.lower), (upper, mesh.upper)):
            touching = np.nonzero(
                np.isclose(ends[:, axis], side[axis], rtol=0, atol=1e-12 * (1 + abs(side[axis])))
            )[0]
            boxes = np.hstack([mesh.centre[touching, :space], mesh.half[touching, :space]])
            for box in np.unique(boxes, axis=0):
                points = box[:space] + box[space:] * local
                points[:, axis] = side[axis]
                pieces.append(points)
    return np.concatenate(pieces)


def face_grid(dimension: int, degree: int, per_face: int) -> np.ndarray:
    """Reference points of a face of that dimension."""
    return reference_points(dimension, degree, per_face)


def primitives(geometry: Any) -> Iterator[Any]:
    """The shapes that a CSG tree is made of."""
    if hasattr(geometry, "geom1"):
        yield from primitives(geometry.geom1)
        yield from primitives(geometry.geom2)
    else:
        yield geometry


def corners(primitive: Any) -> np.ndarray | None:
    """Vertices of a polygonal shape in order, shape (corners, 2); None for any other."""
    if isinstance(primitive, dde.geometry.Rectangle):
        (x0, y0), (x1, y1) = primitive.xmin, primitive.xmax
        return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], dtype=float)
    if isinstance(primitive, dde.geometry.Polygon):
        return np.asarray(primitive.vertices, dtype=float)
    if isinstance(primitive, dde.geometry.Triangle):
        return np.array([primitive.x1, primitive.x2, primitive.x3], dtype=float)
    return None


def straight_edges(geometry: Any) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Ends of all straight edges; for a box in more dimensions, opposite corners of its sides."""
    for primitive in primitives(geometry):
        vertices = corners(primitive)
        if vertices is not None:
            yield from zip(vertices, np.roll(vertices, -1, axis=0), strict=True)
        elif isinstance(primitive, (dde.geometry.Cuboid, dde.geometry.Hypercube)):
            low, high = np.asarray(primitive.xmin, float), np.asarray(primitive.xmax, float)
            for axis in range(len(low)):
                for side in (low, high):
                    first, second = low.copy(), high.copy()
                    first[axis] = second[axis] = side[axis]
                    yield first, second


def edge_points(geometry: Any, mesh: Mesh, per_face: int) -> Iterator[np.ndarray]:
    """Gauss points on the part of each straight edge that lies in each block."""
    cells = np.unique(np.hstack([mesh.lower[:, :2], mesh.upper[:, :2]]), axis=0)
    for start, end in straight_edges(geometry):
        along = end - start
        spans: set[tuple[float, float]] = set()
        for cell in cells:
            pad = 1e-9 * (cell[2:] - cell[:2])
            first, last = _clip(start, along, cell[:2] - pad, cell[2:] + pad)
            if last - first > 1e-7:
                spans.add((round(first, 8), round(last, 8)))
        for first, last in sorted(spans):
            places = (first + last) / 2 + (last - first) / 2 * gauss(per_face)
            yield start + places[:, None] * along


def _clip(
    start: np.ndarray, along: np.ndarray, lower: np.ndarray, upper: np.ndarray
) -> tuple[float, float]:
    """The parameters between which start + s · along, 0 ≤ s ≤ 1, is in a box."""
    first, last = 0.0, 1.0
    for j in range(2):
        if abs(along[j]) < 1e-14:
            if not lower[j] <= start[j] <= upper[j]:
                return 0.0, 0.0
            continue
        ends = sorted(((lower[j] - start[j]) / along[j], (upper[j] - start[j]) / along[j]))
        first, last = max(first, ends[0]), min(last, ends[1])
    return first, last


def curve_points(geometry: Any, mesh: Mesh, per_face: int) -> Iterator[np.ndarray]:
    """Points on curved boundaries, at most 2 · `per_face` of each curve in a block."""
    width = float((2 * mesh.half[:, :2]).max(axis=1).min())
    for primitive in primitives(geometry):
        if corners(primitive) is not None:
            continue
        length = np.pi * float(np.max(primitive.bbox[1] - primitive.bbox[0]))
        count = max(64, int(2 * per_face * length / width))
        points = np.asarray(primitive.uniform_boundary_points(count), dtype=float)
        flat = Mesh(
            mesh.lower[:, :2], mesh.upper[:, :2], mesh.centre[:, :2], mesh.half[:, :2], mesh.cut
        )
        blocks = flat.locate(points)
        for block in np.unique(blocks):
            own = points[blocks == block]
            chosen = np.linspace(0, len(own) - 1, min(len(own), 2 * per_face)).astype(int)
            yield own[chosen]
