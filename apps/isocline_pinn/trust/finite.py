"""Residuals of the right shape, and numbers at every point."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from isocline_pinn.local.problem import why_not
from isocline_pinn.local.shape import Shape
from isocline_pinn.local.solve import double_precision
from isocline_pinn.problem_file import EVALUATION_ERRORS
from isocline_pinn.trace import equation_term, multi_indices, taylor_surrogate
from isocline_run import UserError


def random_outputs(points: np.ndarray, outputs: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Inputs and three made-up solutions at points: all derivatives one, positive, and of either sign.

    A residual that is NaN for each of them is so because of where it is evaluated, not of the solution:
    a logarithm of u is a number for the first two.

    Args:
        points: Shape (n, d).
        outputs: Of the network.
    """
    import deepxde as dde

    dimension = points.shape[1]
    indices = multi_indices(dimension, 4 if dimension <= 3 else 2)
    random = np.random.default_rng(0)
    for draw in (np.ones_like, lambda like: np.abs(random.normal(size=like.shape)) + 0.1, None):
        jets = {}
        for jet in ((c, alpha) for c in range(outputs) for alpha in indices):
            like = np.zeros((len(points), 1))
            value = random.normal(size=like.shape) if draw is None else draw(like)
            jets[jet] = torch.from_numpy(value).requires_grad_()
        dde.grad.clear()
        yield taylor_surrogate(torch.from_numpy(points), jets, outputs)
        dde.grad.clear()


def fewest_outputs_of_equations(data: Any, most: int) -> int | None:
    """The smallest number of outputs with which the equations can be called, whatever they return.

    Args:
        data: A `dde.data` object.
        most: To try.

    Returns:
        None where they raise with every number, or the problem is not pointwise.
    """
    if why_not(data) is not None:
        return None
    with double_precision():
        points, equations = Shape(data.geom).probes(17, 0), equation_term(data)
        named = [getattr(condition, "component", 0) for condition in data.bcs or []]
        fewest = 1 + max((max(c) if isinstance(c, list) else c for c in named), default=0)
        for number in range(fewest, most + 1):
            x, u = next(random_outputs(points, number))
            try:
                result = equations.function(points, x, u)
            except EVALUATION_ERRORS:
                continue
            parts = result if isinstance(result, list | tuple) else [result]
            # A slice of an output that is not there has no columns.
            if all(not isinstance(part, Tensor) or part.numel() for part in parts):
                return number
    return None


def require_one_row_a_point(
    name: str, residual: Any, points: np.ndarray, paired: bool = False
) -> Tensor:
    """The residual as it is, if it has one row a point.

    Args:
        name: Of the term.
        residual: What the user's function returned.
        points: Where, shape (n, d).
        paired: Whether a row couples two points.

    Raises:
        UserError: It has another shape, which the sentence has, or is no tensor.
    """
    number = len(points) // 2 if paired else len(points)
    if not isinstance(residual, Tensor):
        kind = "nothing" if residual is None else f"a {type(residual).__name__}"
        raise UserError(
            f"{name}: its function returned {kind}; return a tensor of shape ({number}, 1) computed from "
            "the outputs that it is given"
        )
    shape = tuple(residual.shape)
    if len(shape) == 2 and shape[0] == shape[1] == number > 1:
        raise UserError(
            f"{name}: the residual at {number} points has shape {shape}, for (n, 1) and (n,) were "
            "combined; keep columns as columns, as in x[:, 0:1]"
        )
    if not shape or shape[0] != number or len(shape) > 2:
        raise UserError(
            f"{name}: the residual at {number} points has shape {shape}; return one row a point, "
            f"shape ({number}, 1)"
        )
    return residual


def require_finite(
    name: str, residuals: Sequence[np.ndarray], points: np.ndarray, names: Sequence[str]
) -> None:
    """Raise where a residual is no number whatever the solution.

    Args:
        name: Of the term.
        residuals: For several solutions, each of one row a point (or a pair of them).
        points: Shape (n, d).
        names: Of the coordinates.

    Raises:
        UserError: Which term, at how many points, and one of them.
    """
    wrong = np.all([~np.isfinite(r).reshape(len(r), -1).all(axis=1) for r in residuals], axis=0)
    if not wrong.any():
        return
    place = describe(points[: len(wrong)][wrong][0], names)
    raise UserError(
        f"{name} is NaN or infinite at {int(wrong.sum())} of {len(wrong)} points before the first "
        f"step, one of them {place}; look for a division by zero, a root or a logarithm there"
    )


def describe(point: np.ndarray, names: Sequence[str]) -> str:
    """A place in words: "x = 0.5, t = 1"."""
    return ", ".join(f"{name} = {value:.4g}" for name, value in zip(names, point, strict=False))
