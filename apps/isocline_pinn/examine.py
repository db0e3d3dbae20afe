"""Looking at a problem before solving it: what would go wrong without a word gets its sentence.

Value functions may give (n, 1), (n,) or a single number. NumPy and PyTorch broadcast (n, 1) − (n,) to (n, n),
and every training method is then content with the mean of the values; a row picked where a column was
meant broadcasts as well.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from isocline_pinn.problem import Problem
from isocline_pinn.problem_file import EVALUATION_ERRORS, sentence_about
from isocline_pinn.trained.residuals import ResidualSystem, Term
from isocline_run import UserError

_MET = 1e-6  # a residual below this is none


def examine(problem: Problem, system: ResidualSystem) -> list[Term]:
    """Check conditions and equations at the training points.

    Values of shape (n,) are read as (n, 1), which is the only thing they can mean.

    Args:
        problem: For the names in the sentences.
        system: The problem with its network.

    Returns:
        The residuals at the start, all finite.

    Raises:
        UserError: A condition has no points, does not depend on the network, or has values of another
            shape; an equation's residual has another shape; a residual is NaN or infinite; a function
            of the problem raises.
    """
    try:
        _examine_conditions(system)
        terms = system.residuals()
    except EVALUATION_ERRORS as error:
        raise UserError(sentence_about(error, problem.path)) from error
    for term in terms:
        _require_shape(term)
    for term in terms:
        _require_finite(term, system.data.train_x, problem)
    return terms


def _examine_conditions(system: ResidualSystem) -> None:
    # Imports DeepXDE, which only `load_deepxde` does without a word.
    from isocline_pinn.trust.conditions import name_of, read_values_as_columns

    data, net = system.data, system.net
    conditions = list(getattr(data, "bcs", []))
    starts = np.cumsum([0, *(getattr(data, "num_bcs", None) or [])]).tolist()
    for index, condition in enumerate(conditions):
        name = name_of(condition, index, len(conditions))
        first, last = starts[index], starts[index + 1]
        if first == last:
            raise UserError(
                f"{name} holds at none of the points; raise num_boundary or num_initial, or correct the "
                "function that selects its points"
            )
        read_values_as_columns(condition, name, np.ascontiguousarray(data.train_x[first:last]))
        _require_dependence(condition, name, system, first, last, net)


def _require_dependence(
    condition: Any, name: str, system: ResidualSystem, first: int, last: int, net: torch.nn.Module
) -> None:
    """A condition whose residual has no path to the network holds nothing, and looks satisfied."""
    import deepxde as dde

    points = system.data.train_x
    inputs = system.inputs()
    outputs = net(inputs)
    dde.gradients.clear()
    error = condition.error(points, inputs, outputs, first, last)
    dde.gradients.clear()
    transformed = getattr(net, "_output_transform", None) is not None
    if transformed and isinstance(error, Tensor) and float(error.detach().abs().max()) < _MET:
        return  # the output transform meets it, whatever the network
    wanted = [*(p for p in net.parameters() if p.requires_grad), *system.unknowns]
    found: tuple[Tensor | None, ...] = ()
    if isinstance(error, Tensor) and error.requires_grad:
        found = torch.autograd.grad(
            (error * error.detach().add(1.0)).sum(), wanted, allow_unused=True
        )
    if all(g is None or not bool(g.any()) for g in found):
        raise UserError(
            f"{name} does not depend on the network: its residual is the same whatever the solution; "
            "compute it from the outputs that its function is given"
        )


def _require_shape(term: Term) -> None:
    number = term.last - term.first
    rows = len(term.values)
    if term.columns == rows > 1 and number == rows:
        raise UserError(
            f"{term.name}: the residual at {number} points has shape ({rows}, {term.columns}), for (n, 1) "
            "and (n,) were combined; keep columns as columns, as in x[:, 0:1]"
        )
    if rows not in (number, number / 2):
        raise UserError(
            f"{term.name}: the residual at {number} points has {rows} rows; return one row a point, "
            f"shape ({number}, 1)"
        )


def _require_finite(term: Term, points: np.ndarray, problem: Problem) -> None:
    wrong = ~torch.isfinite(term.values).cpu().numpy()
    if not wrong.any():
        return
    where = points[term.first : term.last][: len(wrong)][wrong]
    place = ", ".join(
        f"{q.name} = {value:.4g}" for q, value in zip(problem.coordinates, where[0], strict=False)
    )
    raise UserError(
        f"{term.name} is NaN or infinite at {int(wrong.sum())} of {len(wrong)} points before the first "
        f"step, one of them {place}; look for a division by zero, a root or a logarithm there"
    )
