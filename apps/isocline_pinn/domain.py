"""What is asked of a DeepXDE geometry, with and without time."""

from typing import Any

import numpy as np

from isocline_pinn.backend import tolerating_deepxde


def bounding_box(geometry: Any) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest coordinates of a domain, time last, each of shape (d,)."""
    if hasattr(geometry, "timedomain"):
        low, high = bounding_box(geometry.geometry)
        span = geometry.timedomain
        return np.append(low, span.t0), np.append(high, span.t1)
    low, high = geometry.bbox
    return np.asarray(low, dtype=float).reshape(-1), np.asarray(high, dtype=float).reshape(-1)


def inside(geometry: Any, points: np.ndarray) -> np.ndarray:
    """Which points lie in the domain, its boundary included.

    Args:
        geometry: A `dde.geometry`.
        points: Shape (n, d), time last.

    Returns:
        Shape (n,), bool.
    """
    if hasattr(geometry, "timedomain"):
        span, t = geometry.timedomain, points[:, -1]
        slack = 1e-9 * (span.t1 - span.t0)
        in_time = (t >= span.t0 - slack) & (t <= span.t1 + slack)
        result: np.ndarray = in_time & inside(geometry.geometry, points[:, :-1])
        return result
    with tolerating_deepxde():
        there = np.asarray(geometry.inside(points), dtype=bool).reshape(-1)
        edge = np.asarray(geometry.on_boundary(points), dtype=bool).reshape(-1)
    either: np.ndarray = there | edge
    return either
