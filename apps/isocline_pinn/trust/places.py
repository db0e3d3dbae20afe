"""Where a problem is looked at before it is solved: inside, on its boundary, where its conditions meet."""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np

from isocline_pinn.backend import tolerating_deepxde
from isocline_pinn.local.boundary import corners, primitives
from isocline_pinn.local.problem import why_not
from isocline_pinn.local.shape import Shape

_INSIDE = 200
_EDGE = 64


@dataclass(frozen=True)
class Places:
    """Points of a domain.

    Attributes:
        inside: Random points, shape (n, d).
        boundary: Boundary and initial points, those of DeepXDE's own training set among them.
        corners: Where parts of the boundary, or the boundary and the initial time, meet.
        faces: Boundary points away from corners and from the initial time.
    """

    inside: np.ndarray
    boundary: np.ndarray
    corners: np.ndarray
    faces: np.ndarray


def places_of(data: Any, *, seed: int = 0) -> Places | None:
    """The points at which a problem is looked at; None where it is not pointwise on a geometry.

    Args:
        data: A `dde.data` object.
        seed: Of the random points.
    """
    if why_not(data) is not None:
        return None
    shape = Shape(data.geom)
    with tolerating_deepxde():
        edge = _spatial_boundary(shape)
        vertices = _vertices(shape)
        start = shape.probes(_INSIDE, seed + 1)
    times = [] if shape.time_axis is None else [shape.lower[-1], shape.upper[-1]]
    if shape.time_axis is None:
        boundary, meeting, faces = edge, vertices, edge
    elif shape.time_axis == 0:
        boundary = np.array([[times[0]], [times[1]]])
        meeting, faces = boundary, boundary[:0]
    else:
        start[:, -1] = times[0]
        middle = 0.37 * times[0] + 0.63 * times[1]
        faces = _at(edge, [middle])
        boundary = np.concatenate([_at(edge, [times[0], middle, times[1]]), start])
        meeting = np.concatenate([_at(edge, times[:1]), _at(vertices, [*times, middle])])
    own = np.asarray(getattr(data, "train_x", boundary[:0]), dtype=float)
    boundary = np.concatenate([boundary, own.reshape(-1, shape.dimension)])
    return Places(shape.probes(_INSIDE, seed), boundary, meeting, faces)


def _at(points: np.ndarray, times: list[float]) -> np.ndarray:
    columns = [np.hstack([points, np.full((len(points), 1), t)]) for t in times]
    return np.concatenate(columns)


def _spatial_boundary(shape: Shape) -> np.ndarray:
    if shape.space == 1:
        return np.array([[shape.lower[0]], [shape.upper[0]]])
    geometry, low, high = shape.geometry, shape.lower[: shape.space], shape.upper[: shape.space]
    if not shape.box:
        # Halton asks for no global random state, unlike DeepXDE's "pseudo".
        return np.asarray(geometry.random_boundary_points(4 * _EDGE, "Halton"), dtype=float)
    random = np.random.default_rng(0)
    sides = []
    for axis, value in itertools.product(range(shape.space), (0, 1)):
        points = random.uniform(low, high, (_EDGE, shape.space))
        points[:, axis] = (low, high)[value][axis]
        sides.append(points)
    return np.concatenate(sides)


def _vertices(shape: Shape) -> np.ndarray:
    """Corners of the geometry that are on its boundary, shape (n, space)."""
    low, high = shape.lower[: shape.space], shape.upper[: shape.space]
    if shape.box:
        if shape.space > 6:
            return np.stack([low, high])
        return np.array(list(itertools.product(*zip(low, high, strict=True))))
    found = [c for p in primitives(shape.geometry) if (c := corners(p)) is not None]
    if shape.space != 2 or not found:
        return np.zeros((0, shape.space))
    points = np.unique(np.concatenate(found), axis=0)
    return points[np.asarray(shape.geometry.on_boundary(points)).astype(bool).ravel()]
