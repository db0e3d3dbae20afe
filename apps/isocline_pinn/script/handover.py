"""A solution put in the place of a model's network, so that DeepXDE's own functions work on it.

`predict`, `saveplot`, metrics and callbacks ask the model for its outputs and losses: they are those of the
solution, computed by DeepXDE from the user's own equation and conditions.
"""

from collections.abc import Callable
from typing import Any

import deepxde as dde
import numpy as np
import torch
from torch import Tensor

from isocline_pinn.solution import Solution

_CELLS = 1_500_000  # points times features that autograd may hold at a time
_AT_THE_START = 2_000  # points at which the untrained network's losses are taken


class HandedOver(dde.nn.NN):  # type: ignore[misc]
    """A solution as DeepXDE's network.

    Args:
        solution: Its `net` is called in double precision, whatever precision it is asked in.
    """

    def __init__(self, solution: Solution) -> None:
        super().__init__()
        self.solution_net = solution.net

    def forward(self, inputs: Tensor) -> Tensor:
        """The outputs at points, in the precision of the points."""
        values: Tensor = self.solution_net(inputs.to(torch.float64))
        return values.to(inputs.dtype)


def hand_over(model: Any, solution: Solution, iterations: int) -> None:
    """Let a model answer with a solution.

    Args:
        model: A compiled `dde.Model`.
        solution: Of its problem.
        iterations: As if the model had been trained for so many.
    """
    before = model.net
    if model.losshistory.steps == []:
        model.train_state.set_data_train(*model.data.train_next_batch(None))
        model.train_state.set_data_test(*model.data.test())
        before.to(torch.float64)
        _note(model, before, _AT_THE_START)
    if solution.net is not before:
        model.net = HandedOver(solution)
    model.train_state.iteration += iterations
    model.train_state.step += iterations
    # A last solution is the best one, even where another weighting makes its loss look larger.
    model.train_state.disregard_best()
    model.train_state.set_data_train(*model.data.train_next_batch(None))
    model.train_state.set_data_test(*model.data.test())
    _note(model, model.net, points_at_a_time(model))


def points_at_a_time(model: Any) -> int:
    """How many points the model's network may be evaluated at together, derivatives included."""
    net = getattr(model.net, "solution_net", model.net)
    weights = getattr(net, "weights", None)
    features = int(weights.shape[-1]) if isinstance(weights, Tensor) else 200
    return max(_CELLS // features, 500)


def losses(model: Any, *, training: bool = True, most: int | None = None) -> np.ndarray:
    """The model's losses as DeepXDE computes them, shape (equations and conditions,).

    Args:
        model: Compiled.
        training: At the points of training, or of testing.
        most: Of the points inside the domain take so many, evenly spaced among them; all when None. Problems
            that couple points are always evaluated at all.
    """
    state = model.train_state
    names = ("X_train", "y_train", "train_aux_vars") if training else ("X_test", "y_test")
    inputs, targets = (getattr(state, name) for name in names[:2])
    auxiliary = state.train_aux_vars if training else state.test_aux_vars
    chosen = _chosen(model.data, len(inputs), most)
    if chosen is not None:
        inputs = inputs[chosen]
        targets = targets[chosen] if isinstance(targets, np.ndarray) else targets
        auxiliary = None if auxiliary is None else auxiliary[chosen]
    evaluate = model.outputs_losses_train if training else model.outputs_losses_test
    # Outputs are differentiated by the inputs alone.
    model.net.requires_grad_(False)
    try:
        # A notebook's points may be in single precision.
        found: Tensor = evaluate(np.asarray(inputs, dtype=float), targets, auxiliary)[1]
    finally:
        model.net.requires_grad_(True)
    return np.asarray(found.detach().cpu().numpy(), dtype=float)


def _chosen(data: Any, number: int, most: int | None) -> np.ndarray | None:
    """Rows of conditions, which come first, and so many of the others; None for all."""
    coupled = {base.__name__ for base in type(data).__mro__} & {"IDE", "FPDE", "TimeFPDE"}
    conditions = int(sum(data.num_bcs or [])) if hasattr(data, "num_bcs") else 0
    if most is None or coupled or number - conditions <= most:
        return None
    inside = np.linspace(conditions, number - 1, most).astype(int)
    return np.concatenate([np.arange(conditions), inside])


def _note(model: Any, net: torch.nn.Module, most: int) -> None:
    """One line of the loss history, and the state that it belongs to."""
    was, model.net = model.net, net
    try:
        state = model.train_state
        state.loss_train = losses(model, most=most)
        state.loss_test = losses(model, training=False, most=most)
        state.y_pred_train = outputs(model, state.X_train)
        state.y_pred_test = outputs(model, state.X_test)
        known = state.y_test is not None
        state.metrics_test = (
            [metric(state.y_test, state.y_pred_test) for metric in model.metrics] if known else []
        )
        state.update_best()
        model.losshistory.append(
            state.step, state.loss_train, state.loss_test, list(state.metrics_test)
        )
    finally:
        model.net = was


def outputs(model: Any, points: np.ndarray) -> np.ndarray:
    """The network's outputs at points, a part at a time."""
    size = points_at_a_time(model)
    with torch.no_grad():
        parts = [
            model.net(torch.as_tensor(np.asarray(points[first : first + size], dtype=float)))
            .cpu()
            .numpy()
            for first in range(0, max(len(points), 1), size)
        ]
    return np.concatenate(parts)


def predict_in_parts(
    predict: Callable[..., Any], model: Any, points: Any, operator: Any, callbacks: Any
) -> Any:
    """`Model.predict` a part of the points at a time, where an operator gives a row a point."""
    if operator is not None and dde.utils.get_num_args(operator) == 3:
        operator = _with_auxiliary(operator, model.data)
    size = points_at_a_time(model)
    if not isinstance(points, np.ndarray) or len(points) <= size:
        return predict(model, points, operator=operator, callbacks=callbacks)
    starts = range(0, len(points), size)
    found = [predict(model, points[: starts[1]], operator=operator, callbacks=callbacks)]
    rows = found[0] if isinstance(found[0], list | tuple) else [found[0]]
    if any(np.ndim(row) == 0 or len(row) != size for row in rows):
        return predict(model, points, operator=operator, callbacks=callbacks)
    found += [predict(model, points[a : a + size], operator=operator) for a in starts[1:]]
    if isinstance(found[0], list | tuple):
        return [np.concatenate(column) for column in zip(*found, strict=True)]
    return np.concatenate(found)


def _with_auxiliary(operator: Callable[..., Any], data: Any) -> Callable[[Tensor, Tensor], Any]:
    """An operator of three arguments, the auxiliary variables among them, as one of two."""

    def apply(x: Tensor, y: Tensor) -> Any:
        values = data.auxiliary_var_fn(x.detach().cpu().numpy())
        return operator(x, y, torch.as_tensor(np.asarray(values), dtype=x.dtype))

    return apply
