"""Conditions that meet: whether they say the same where both hold."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from isocline_pinn.trust.conditions import keep_alive, name_of, values_at
from isocline_pinn.trust.finite import describe
from isocline_pinn.trust.places import Places
from isocline_run import UserError

_SAME = 1e-6
_PART = 3  # points of a face at which two conditions must differ to contradict one another there


def disagreements(
    conditions: Sequence[Any], places: Places, names: Sequence[str], outputs: Sequence[str]
) -> list[str]:
    """A sentence for each two value conditions that differ where they meet.

    A lid that moves over walls at rest, or an initial state that does not meet its boundary values, are
    such: there is a solution, but it jumps there, and no method converges fast beside a jump.

    Args:
        conditions: Of DeepXDE.
        places: Where to look.
        names: Of the coordinates.
        outputs: Names of the outputs.

    Raises:
        UserError: Two conditions hold along the same part of the boundary with different values: there is
            no solution.
    """
    known = [
        (name_of(c, i, len(conditions)), c)
        for i, c in enumerate(conditions)
        if type(c).__name__ in ("DirichletBC", "IC")
    ]
    at_corners = [_values(c, places.corners) for _, c in known]
    on_faces = [_values(c, places.faces) for _, c in known]
    size: dict[int, float] = {}
    for _, c in known:
        largest = float(np.nanmax(np.abs(_values(c, places.boundary)), initial=0.0))
        size[c.component] = max(size.get(c.component, 0.0), largest)
    sentences = []
    for i, j in itertools.combinations(range(len(known)), 2):
        (first, one), (second, other) = known[i], known[j]
        if one.component != other.component or size[one.component] == 0:
            continue
        pair = f"{first} and {second}"
        output = outputs[one.component] if one.component < len(outputs) else "u"
        gap = np.abs(on_faces[i] - on_faces[j])
        wrong = gap > _SAME * size[one.component]
        if wrong.sum() >= _PART and {type(one).__name__, type(other).__name__} == {"DirichletBC"}:
            raise UserError(
                f"{pair} both hold along a part of the boundary and give {output} values that differ by up "
                f"to {np.nanmax(gap):.3g}, at {describe(places.faces[np.nanargmax(gap)], names)}; keep one "
                "of them there"
            )
        gap = np.abs(at_corners[i] - at_corners[j])
        if np.any(gap > _SAME * size[one.component]):
            k = int(np.nanargmax(gap))
            sentences.append(
                f"{pair} meet at {describe(places.corners[k], names)} and differ there by "
                f"{gap[k]:.3g} in {output} ({at_corners[i][k]:.3g} and {at_corners[j][k]:.3g}): the "
                "solution jumps, and is less accurate close by"
            )
    return sentences


def _values(condition: Any, points: np.ndarray) -> np.ndarray:
    """The condition's values, NaN where it does not hold, shape (n,)."""
    found = np.full(len(points), np.nan)
    if not len(points):
        return found
    geometry = condition.geom
    if type(condition).__name__ == "IC":
        chosen = condition.on_initial(points, geometry.on_initial(points))
    else:
        chosen = condition.on_boundary(points, geometry.on_boundary(points))
    chosen = np.asarray(chosen).astype(bool).ravel()
    if chosen.any():
        own = np.ascontiguousarray(points[chosen])
        keep_alive(condition, own)
        found[chosen] = np.broadcast_to(values_at(condition, own).reshape(-1), (len(own),))
    return found
