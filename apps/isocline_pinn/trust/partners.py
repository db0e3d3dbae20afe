"""Where a periodic condition takes its points: to the other side of the domain itself."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from isocline_pinn.trust.finite import describe
from isocline_pinn.trust.places import Places
from isocline_run import UserError


def check_partners(condition: Any, name: str, places: Places, names: Sequence[str]) -> None:
    """A periodic condition's partner points lie on the boundary.

    Shapes composed of others ask the first of them for the partner, which may lie outside what is left, or in
    the middle of what was joined; here it is the other side of the whole.

    Args:
        condition: Any of DeepXDE's; nothing is done unless it is periodic on a composed shape.
        name: Of the condition.
        places: Where to look.
        names: Of the coordinates.

    Raises:
        UserError: A point has no partner on the boundary.
    """
    geometry = getattr(condition.geom, "geometry", condition.geom) if _periodic(condition) else None
    if geometry is None or not hasattr(geometry, "geom1"):
        return
    axis = condition.component_x
    edge = places.boundary[geometry.on_boundary(places.boundary[:, : geometry.dim])]
    low, high = float(edge[:, axis].min()), float(edge[:, axis].max())

    def partner(points: np.ndarray, component: int) -> np.ndarray:
        moved = np.array(points)
        moved[np.isclose(points[:, component], low), component] = high
        moved[np.isclose(points[:, component], high), component] = low
        return moved

    geometry.periodic_point = partner
    points = np.asarray(condition.collocation_points(places.boundary), dtype=float)
    half = len(points) // 2
    there = np.asarray(geometry.on_boundary(points[half:, : geometry.dim])).astype(bool).ravel()
    moved = np.abs(points[half:, axis] - points[:half, axis]) > 0.5 * (high - low)
    wrong = ~(there & moved)
    if wrong.any():
        raise UserError(
            f"{name}: {describe(points[:half][wrong][0], names)} has no partner on the other side of the "
            "domain; a periodic condition needs two sides that face one another"
        )


def _periodic(condition: Any) -> bool:
    return type(condition).__name__ == "PeriodicBC"
