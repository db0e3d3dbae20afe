"""Triangles for a rectangle with round holes, their outer edges bent on to the circles."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from scipy.spatial import Delaunay, cKDTree

from isocline_pinn.reference.finite_elements import load_skfem

Hole = tuple[float, float, float]  # centre and radius


def rectangle_with_holes(
    low: Sequence[float], high: Sequence[float], holes: Sequence[Hole], size: float
) -> Any:
    """Triangles of about one size, smaller round small holes, with quadratic edges.

    Args:
        low: The rectangle's lower left corner.
        high: Its upper right corner.
        holes: The holes; none touches another or the rectangle.
        size: Length of an edge.

    Returns:
        A `skfem.MeshTri2` with the boundaries "left", "right", "bottom", "top" and "hole 0", "hole 1", ….
    """
    skfem = load_skfem()
    low_, high_ = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    rim, rounds = _rim(low_, high_, size), [_circle(hole, size) for hole in holes]
    fixed = np.concatenate([rim, *rounds])
    free = _inner_points(low_, high_, holes, size, fixed)
    points = np.concatenate([fixed, free])
    for _ in range(4):
        triangles = _triangles(points, holes, size)
        points = _smoothed(points, triangles, len(fixed))
    triangles = _triangles(points, holes, size)
    used, renumbered = np.unique(triangles, return_inverse=True)
    flat = skfem.MeshTri(points[used].T.copy(), renumbered.reshape(triangles.shape).T.copy())
    bent = skfem.MeshTri2.from_mesh(flat)
    return _named(_bend(bent, holes), low_, high_, holes)


def _rim(low: np.ndarray, high: np.ndarray, size: float) -> np.ndarray:
    corners = np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
    edges = []
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        number = max(1, round(float(np.linalg.norm(b - a)) / size))
        edges.append(a + (b - a) * (np.arange(number) / number)[:, np.newaxis])
    return np.concatenate(edges)


def _circle(hole: Hole, size: float, radius: float | None = None, turn: float = 0.0) -> np.ndarray:
    x, y, own = hole
    number = _around(own, size)
    angle = 2 * np.pi * (np.arange(number) + turn) / number
    r = own if radius is None else radius
    return np.stack([x + r * np.cos(angle), y + r * np.sin(angle)], axis=1)


def _around(radius: float, size: float) -> int:
    """How many edges a hole gets: half as long as others, for its bend; twelve at least."""
    return max(12, round(4 * np.pi * radius / size))


def _inner_points(
    low: np.ndarray, high: np.ndarray, holes: Sequence[Hole], size: float, fixed: np.ndarray
) -> np.ndarray:
    """Rings round the holes until their edges are as long as the others, and a lattice between."""
    kept = fixed
    for hole in holes:
        number, radius, turn = _around(hole[2], size), hole[2], 0.0
        while 2 * np.pi * radius / number < 0.9 * size:
            edge = 2 * np.pi * radius / number
            radius, turn = radius + 0.9 * edge, 0.5 - turn
            kept = _far_from(kept, _circle(hole, size, radius, turn), 0.7 * edge, low, high, holes)
    height = high[1] - low[1]
    rows = np.arange(1, max(2, round(height / (0.87 * size)))) * 0.87 * size + low[1]
    lattice = [
        np.stack([x := np.arange(low[0] + 0.5 * size * (i % 2), high[0], size), 0 * x + y], axis=1)
        for i, y in enumerate(rows)
    ]
    return _far_from(kept, np.concatenate(lattice), 0.7 * size, low, high, holes)[len(fixed) :]


def _far_from(
    kept: np.ndarray,
    new: np.ndarray,
    gap: float,
    low: np.ndarray,
    high: np.ndarray,
    holes: Sequence[Hole],
) -> np.ndarray:
    """The kept points, and the new ones that lie at least a gap inside and away from them."""
    good = np.all((new > low + 0.6 * gap) & (new < high - 0.6 * gap), axis=1)
    for x, y, radius in holes:
        good &= np.hypot(new[:, 0] - x, new[:, 1] - y) > radius + 0.6 * gap
    new = new[good]
    distance, _ = cKDTree(kept).query(new)
    return np.concatenate([kept, new[distance > gap]])


def _triangles(points: np.ndarray, holes: Sequence[Hole], size: float) -> np.ndarray:
    """Delaunay's triangles, shape (n, 3), without the flat ones and those inside holes."""
    found = Delaunay(points).simplices
    corners = points[found]
    centre = corners.mean(axis=1)
    first, second = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = np.abs(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])
    good = area > 1e-9 * size**2
    for x, y, radius in holes:
        good &= np.hypot(centre[:, 0] - x, centre[:, 1] - y) > radius
    result: np.ndarray = found[good]
    return result


def _smoothed(points: np.ndarray, triangles: np.ndarray, fixed: int) -> np.ndarray:
    """Each free point halfway to the middle of its neighbours."""
    total, number = np.zeros_like(points), np.zeros(len(points))
    for a, b in ((0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2)):
        np.add.at(total, triangles[:, a], points[triangles[:, b]])
        np.add.at(number, triangles[:, a], 1.0)
    moved = points.copy()
    free = np.arange(len(points)) >= fixed
    free &= number > 0
    moved[free] = 0.5 * points[free] + 0.5 * total[free] / number[free, np.newaxis]
    return moved


def _bend(mesh: Any, holes: Sequence[Hole]) -> Any:
    """The middles of edges between two points of a circle, put on the circle."""
    places = mesh.doflocs.copy()
    corners, edge = mesh.t.max() + 1, mesh.boundary_facets()
    ends = mesh.facets[:, edge]
    for x, y, radius in holes:
        centre = np.array([[x], [y]])
        on = np.all(
            [np.isclose(np.linalg.norm(places[:, e] - centre, axis=0), radius) for e in ends],
            axis=0,
        )
        middles = corners + edge[on]
        away = places[:, middles] - centre
        places[:, middles] = centre + radius * away / np.linalg.norm(away, axis=0)
    return type(mesh)(places, mesh.t)


def _named(mesh: Any, low: np.ndarray, high: np.ndarray, holes: Sequence[Hole]) -> Any:
    """Names for the parts of the boundary, told by their edges' middles."""
    sides: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "left": lambda p: np.isclose(p[0], low[0]),
        "right": lambda p: np.isclose(p[0], high[0]),
        "bottom": lambda p: np.isclose(p[1], low[1]),
        "top": lambda p: np.isclose(p[1], high[1]),
    }
    for number, hole in enumerate(holes):
        sides[f"hole {number}"] = partial(_on_circle, hole)
    return mesh.with_boundaries(sides, boundaries_only=True)


def _on_circle(hole: Hole, points: np.ndarray) -> np.ndarray:
    x, y, radius = hole
    return np.asarray(np.hypot(points[0] - x, points[1] - y) < 1.0001 * radius)
