"""Points for the equations: as many as the features need, where polynomials want them.

Approximate Fekete points (Sommariva & Vianello, 2009): of many candidates inside the domain those that a
QR factorisation with column pivoting of the features' values picks first. Least squares on twice as many
of them as there are features is well conditioned on any domain, as it would not be on even points.
"""

import copy
from typing import Any

import numpy as np
import scipy.linalg

from isocline_pinn.backend import tolerating_deepxde
from isocline_pinn.domain import bounding_box
from isocline_pinn.local.features import polynomials_of

_CANDIDATES = 6  # for each point that is chosen
_MOST_CANDIDATES = 6000


def accepts_points(data: Any) -> bool:
    """Whether the points of the equations may be chosen, or the problem fixes them."""
    scheme = getattr(data, "disc", None)
    if scheme is not None and scheme.meshtype == "static":
        return False
    return hasattr(data, "train_x_bc") and not _is_cloud(data.geom) and data.pde is not None


def points_for(data: Any, features: int, seed: int) -> Any:
    """A copy of a data object whose equations hold at about two points a feature.

    Args:
        data: A `dde.data` object; left as it is.
        features: Of the network.
        seed: Of the candidates.

    Returns:
        The copy; or the object itself, where the problem fixes its points.
    """
    if accepts_points(data):
        inner = fekete_points(data.geom, max(2 * features, 8), seed, gap=_step(data))
        edge = _edge_points(data, features)
        anchors = data.anchors if data.anchors is not None else np.empty((0, inner.shape[1]))
        return _with_points(data, np.vstack((edge, anchors, inner)))
    scheme = getattr(data, "disc", None)
    if scheme is not None and hasattr(data.geom, "timedomain"):
        # A mesh in space at each of several times: as many times as degrees, and a few.
        times = int(np.sqrt(2 * features)) + 4
        again = copy.copy(data)
        again.num_domain = times * (scheme.resolution[0] - 2)
        return _rebuilt(again)
    return data


def interior_points(geometry: Any, number: int, seed: int) -> np.ndarray:
    """Random points inside a domain, evenly spread, shape (number, d)."""
    if _is_cloud(geometry):
        points = np.asarray(geometry.points, dtype=float)
        chosen = np.random.default_rng(seed).choice(len(points), min(number, len(points)), False)
        return points[np.sort(chosen)]
    low, high = bounding_box(geometry)
    generator = np.random.default_rng(seed)
    found = np.empty((0, len(low)))
    for _ in range(200):
        tried = low + (high - low) * generator.random((2 * number, len(low)))
        good = _strictly_inside(geometry, tried)
        found = np.vstack((found, tried[good]))
        if len(found) >= number:
            break
    return found[:number]


def fekete_points(geometry: Any, number: int, seed: int, gap: float = 0.0) -> np.ndarray:
    """Points inside a domain on which polynomials are well determined.

    Args:
        geometry: A `dde.geometry`.
        number: Of points.
        seed: Of the candidates.
        gap: Least distance from the boundary, where the geometry knows its distance.
    """
    low, high = bounding_box(geometry)
    candidates = interior_points(geometry, min(_CANDIDATES * number, _MOST_CANDIDATES), seed)
    if gap > 0 and hasattr(geometry, "mindist2boundary"):
        far = [geometry.mindist2boundary(point[None]) > gap for point in candidates]
        candidates = candidates[np.array(far)]
    degree = 1
    while polynomials_of(len(low), degree).count < number:
        degree += 1
    polynomials = polynomials_of(len(low), degree)
    scaled = (candidates - (low + high) / 2) / ((high - low) / 2)
    table = polynomials.derivatives(scaled, [(0,) * len(low)])[(0,) * len(low)][:, :number]
    order = scipy.linalg.qr(table.T, mode="r", pivoting=True, check_finite=False)[1]
    return candidates[np.sort(order[:number])]


def _edge_points(data: Any, features: int) -> np.ndarray:
    """Points of the boundary and of the initial time, from which conditions select theirs."""
    geometry, dimension = data.geom, data.geom.dim
    parts = [np.empty((0, dimension))]
    timed = hasattr(geometry, "timedomain")
    per_face = 4 * int(np.ceil(features ** ((dimension - 1) / dimension)))
    if data.num_boundary > 0:
        faces = 1 if dimension == 1 else per_face * 2 * (dimension - int(timed))
        wanted = max(faces, data.num_boundary, 2)
        parts.append(_even(geometry, "boundary", wanted))
    if getattr(data, "num_initial", 0) > 0:
        parts.append(_even(geometry, "initial", max(per_face, data.num_initial)))
    return np.vstack(parts)


def _even(geometry: Any, where: str, number: int) -> np.ndarray:
    state = np.random.get_state()  # noqa: NPY002  (DeepXDE's geometry draws from NumPy's generator)
    np.random.seed(0)  # noqa: NPY002
    try:
        points = getattr(geometry, f"random_{where}_points")(number, random="Hammersley")
    finally:
        np.random.set_state(state)  # noqa: NPY002
    return np.asarray(points, dtype=float)


def _with_points(data: Any, points: np.ndarray) -> Any:
    again = copy.copy(data)
    again.train_x_all = points.astype(float)
    return _rebuilt(again)


def _rebuilt(data: Any) -> Any:
    """Let a copy find its conditions' and quadratures' points again."""
    if getattr(data, "disc", None) is not None and data.disc.meshtype == "static":
        data.train_x_all = None
    data.train_x = data.train_y = data.train_x_bc = data.train_aux_vars = None
    data.int_mat_train = None
    data.train_next_batch()
    return data


def _step(data: Any) -> float:
    """Nearer than a step of its mesh to the boundary a fractional derivative is a sum of one term."""
    scheme = getattr(data, "disc", None)
    return 0.0 if scheme is None else 1.0 / scheme.resolution[-1]


def _strictly_inside(geometry: Any, points: np.ndarray) -> np.ndarray:
    if hasattr(geometry, "timedomain"):
        return _strictly_inside(geometry.geometry, points[:, :-1])
    with tolerating_deepxde():
        there = np.asarray(geometry.inside(points), dtype=bool).reshape(-1)
        edge = np.asarray(geometry.on_boundary(points), dtype=bool).reshape(-1)
    strictly: np.ndarray = there & ~edge
    return strictly


def _is_cloud(geometry: Any) -> bool:
    return type(geometry).__name__ == "PointCloud"
