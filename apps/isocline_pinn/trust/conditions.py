"""Each condition by itself: it holds somewhere, depends on the solution, and has values of one shape."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from isocline_pinn.local.problem import Transform
from isocline_pinn.trace import condition_term, trace_term
from isocline_pinn.trust.finite import random_outputs, require_finite, require_one_row_a_point
from isocline_pinn.trust.places import Places
from isocline_run import UserError

_FEWEST = (
    5  # points of a call: more than there are coordinates, so that a row is not taken for a column
)
_MOST = 400


_MET = 1e-6  # a residual below this is none


def name_of(condition: Any, index: int, number: int) -> str:
    """How a sentence calls a condition, counted from one as its file lists them."""
    return f"condition {index + 1} of {number} ({type(condition).__name__})"


def check_condition(
    condition: Any,
    index: int,
    number: int,
    places: Places,
    names: Sequence[str],
    outputs: int,
    *,
    unknowns: Sequence[Tensor] = (),
    transform: Transform | None = None,
) -> None:
    """Check one condition.

    Args:
        condition: Of DeepXDE.
        index: Its place among `number` conditions.
        number: Of conditions.
        places: Where to look.
        names: Of the coordinates.
        outputs: Of the network.
        unknowns: That the condition may hold.
        transform: The network's output transform.

    Raises:
        UserError: It selects no point, has values or a residual of another shape, is NaN somewhere, or is
            the same whatever the solution.
    """
    name = name_of(condition, index, number)
    points = _points(condition, places)
    if not len(points):
        raise UserError(
            f"{name} holds at none of the points; raise num_boundary or num_initial, or correct the "
            "function that selects its points"
        )
    read_values_as_columns(condition, name, points)
    keep_alive(condition, points)
    term = condition_term(condition, index + 1, transform)
    residuals = []
    for x, u in random_outputs(points, outputs):
        value = require_one_row_a_point(name, term.function(points, x, u), points, term.paired)
        residuals.append(value.detach().numpy())
    require_finite(name, residuals, points, names)
    traced = trace_term(term.at(points), points, outputs, unknowns=unknowns)
    if not traced.jets:
        if transform is not None and max(np.abs(r).max() for r in residuals) < _MET:
            return  # the output transform meets it, whatever the network
        raise UserError(
            f"{name} does not depend on the network: its residual is the same whatever the solution; "
            "compute it from the outputs that its function is given"
        )


def keep_alive(condition: Any, points: np.ndarray) -> None:
    """DeepXDE caches values by `id` of the points: an array that died would lend its id to the next."""
    condition.__dict__.setdefault("_points_seen", []).append(points)


def values_at(condition: Any, points: np.ndarray) -> np.ndarray:
    """Values of a Dirichlet, Neumann or initial condition at points, past DeepXDE's cache."""
    function = getattr(condition.func, "__wrapped__", None)
    if function is None:
        keep_alive(condition, points)
        found = condition.func(points, 0, len(points), None)
    else:
        found = function(points)
    return torch.as_tensor(found).detach().cpu().numpy().astype(float)


def _points(condition: Any, places: Places) -> np.ndarray:
    found = np.asarray(condition.collocation_points(places.boundary), dtype=float)
    if not hasattr(condition, "points") and not _is_paired(condition) and len(found) > _MOST:
        found = found[np.linspace(0, len(found) - 1, _MOST).astype(int)]
    if not hasattr(condition, "points") and 0 < len(found) < _FEWEST:
        found = np.tile(found, (_FEWEST, 1))
    return np.ascontiguousarray(found)


def _is_paired(condition: Any) -> bool:
    return condition_term(condition, 1).paired


def read_values_as_columns(condition: Any, name: str, points: np.ndarray) -> None:
    """Values (n,) become (n, 1); anything but that, (n, 1) or one number is refused.

    Args:
        condition: Changed in place where its values were (n,).
        name: For the sentence.
        points: Where it holds, shape (n, d).

    Raises:
        UserError: Its values have another shape; the sentence has both.
    """
    if hasattr(condition, "values") and hasattr(condition, "points"):
        _read_given_values(condition, name)
        return
    if type(condition).__name__ not in ("DirichletBC", "NeumannBC", "IC"):
        return
    number = len(points)
    shape = values_at(condition, points).shape
    if shape == (number,) and number > 1:
        function = condition.func
        condition.func = lambda *given: torch.as_tensor(function(*given)).reshape(-1, 1)
    elif shape not in ((), (1,), (1, 1), (number, 1)):
        raise UserError(
            f"{name}: its value function got points of shape {(number, points.shape[1])} and gave values "
            f"of shape {shape}; return shape ({number}, 1), for example from the column x[:, 0:1] (x[0] "
            "is the first point, not the first coordinate)"
        )


def _read_given_values(condition: Any, name: str) -> None:
    values, number = torch.as_tensor(condition.values), len(condition.points)
    component = getattr(condition, "component", 0)
    columns = len(component) if isinstance(component, list) else 1
    if values.ndim == 1 and len(values) == number:
        condition.values = values.reshape(-1, 1)
    elif values.ndim != 0 and tuple(values.shape) not in ((number, columns), (1, 1)):
        raise UserError(
            f"{name} has {tuple(condition.points.shape)} points and {tuple(values.shape)} values; "
            f"give one value a point, of shape ({number}, {columns})"
        )
