"""Partners of periodic points on shapes that are composed of others or have edges of their own.

DeepXDE takes the partner from the shape that the point lies on: half-way through a union, outside a
difference. The partner is where a line through the whole domain leaves it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from isocline_pinn.local.errors import BadConditionError
from isocline_pinn.local.shape import Shape

_SAMPLES = 400
_SAME = 1e-6


def periodic_points(condition: Any, shape: Shape, candidates: np.ndarray, name: str) -> np.ndarray:
    """Points of a periodic condition, then their partners: shape (2n, d).

    Args:
        condition: a `PeriodicBC`.
        shape: the domain, no box.
        candidates: points on its boundary, shape (m, d).
        name: of the condition, for messages.

    Raises:
        BadConditionError: a line through the domain leaves it more than once, or lines differ in
            length: there is no period.
    """
    axis = int(condition.component_x)
    points = np.asarray(condition.filter(candidates), dtype=float)
    starts, partners = [], []
    for point in points:
        partner = _partner(point, axis, shape, name)
        if partner is not None:
            starts.append(point)
            partners.append(partner)
    if not starts:
        return np.zeros((0, candidates.shape[1]))
    first, second = np.array(starts), np.array(partners)
    period = np.abs(second[:, axis] - first[:, axis])
    if np.ptp(period) > _SAME * period.max():
        raise BadConditionError(
            f"{name} has no partner at one distance: lines through the domain are "
            f"{period.min():.4g} to {period.max():.4g} long; give periodic conditions where the domain "
            "is equally wide everywhere."
        )
    second[:, axis] = first[:, axis] + np.sign(second[:, axis] - first[:, axis]) * period.max()
    return np.concatenate([first, second])


def mend_partners(condition: Any, boundary: np.ndarray, name: str) -> None:
    """Let DeepXDE itself, whose training points a trained network takes, find these partners.

    Args:
        condition: any of DeepXDE's; nothing is done unless it is periodic on a shape that is no box.
        boundary: points on the boundary, shape (m, d).
        name: of the condition, for messages.

    Raises:
        BadConditionError: see `periodic_points`.
    """
    if not hasattr(condition, "component_x"):
        return
    whole = Shape(condition.geom)
    if whole.box or whole.time_axis == 0:
        return
    periodic_points(condition, whole, boundary, name)
    space = Shape(whole.geometry)

    def partner(points: np.ndarray, component: int) -> np.ndarray:
        found = [_partner(np.asarray(point, float), component, space, name) for point in points]
        return np.array([p if f is None else f for p, f in zip(points, found, strict=True)])

    whole.geometry.periodic_point = partner


def _partner(point: np.ndarray, axis: int, shape: Shape, name: str) -> np.ndarray | None:
    """The other end of the line through a point; None where it runs along the boundary."""
    low, high = shape.lower[axis], shape.upper[axis]
    places = low + (high - low) * (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    # A line within the boundary itself is seen as inside only from one side.
    within = shape.inside(_on_line(point, axis, places))
    changes = np.nonzero(np.diff(np.concatenate([[False], within, [False]]).astype(int)))[0]
    if len(changes) == 0:
        return None
    if len(changes) > 2:
        raise BadConditionError(
            f"{name} has no partner for the point ({', '.join(f'{v:.4g}' for v in point)}): the line "
            f"through it along input {axis + 1} leaves the domain {len(changes) // 2} times; give "
            "periodic conditions where the domain has no gap."
        )
    step = (high - low) / _SAMPLES
    ends = [_edge(point, axis, shape, low + step * change, step) for change in changes]
    gaps = [abs(end - point[axis]) for end in ends]
    if min(gaps) > step:
        return None
    found = point.copy()
    found[axis] = ends[int(np.argmax(gaps))]
    return found


def _on_line(point: np.ndarray, axis: int, places: np.ndarray) -> np.ndarray:
    line = np.tile(point, (len(places), 1))
    line[:, axis] = places
    return line


def _edge(point: np.ndarray, axis: int, shape: Shape, near: float, step: float) -> float:
    """Where inside and outside meet within half a step of a place."""
    left, right = near - 0.5 * step, near + 0.5 * step
    was = bool(shape.inside(_on_line(point, axis, np.array([left])))[0])
    for _ in range(50):
        middle = (left + right) / 2
        if bool(shape.inside(_on_line(point, axis, np.array([middle])))[0]) == was:
            left = middle
        else:
            right = middle
    return (left + right) / 2
