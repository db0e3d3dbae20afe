"""What is asked of a DeepXDE geometry, with and without time."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from isocline_pinn.backend import tolerating_deepxde
from isocline_run import UserError


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


def require_inside(geometry: Any, points: np.ndarray, names: Sequence[str], what: str) -> None:
    """Raise where points lie outside a domain by more than a millionth of its size.

    Args:
        geometry: A `dde.geometry`.
        points: Shape (n, d), time last.
        names: Of the coordinates.
        what: The points in words, such as "the observations of u".

    Raises:
        UserError: How many, the first of them, and the ranges of the domain.
    """
    within = inside(geometry, points)
    low, high = bounding_box(geometry)
    slack = 1e-6 * (high - low)
    if not within.all():
        # A table's digits may put a point of the boundary just outside.
        centre = (low + high) / 2
        pulled = points[~within] + np.clip(centre - points[~within], -slack, slack)
        within[~within] = inside(geometry, pulled)
    if within.all():
        return
    ranges = ", ".join(
        f"{name} from {a:.4g} to {b:.4g}" for name, a, b in zip(names, low, high, strict=True)
    )
    first = ", ".join(
        f"{name} = {value:.4g}" for name, value in zip(names, points[~within][0], strict=True)
    )
    raise UserError(
        f"{int((~within).sum())} of {len(points)} of {what} lie outside the domain ({ranges}), the first "
        f"at {first}; leave them out or enlarge the domain"
    )
