"""The network that is made when a problem brings none."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from isocline_pinn.domain import bounding_box
from isocline_pinn.problem import Problem
from isocline_pinn.problem_file import EVALUATION_ERRORS, sentence_about
from isocline_run import UserError

_MOST_OUTPUTS = 20


def make_network(problem: Problem, hidden: tuple[int, ...] | None = None) -> torch.nn.Module:
    """A fully connected tanh network whose inputs are scaled to [−1, 1].

    Without the scaling a domain of length 100 begins where tanh is flat, and a domain of length 0.01
    where it is a straight line.

    Args:
        problem: Gives the number of inputs and outputs, and the domain.
        hidden: Widths of the hidden layers; two of 16 in one dimension, three of 20 in more.

    Returns:
        A `dde.nn.FNN` of DeepXDE's default precision.
    """
    import deepxde as dde

    inputs, outputs = len(problem.coordinates), len(problem.outputs)
    widths = hidden or problem.hidden or ((16, 16) if inputs == 1 else (20, 20, 20))
    net = dde.nn.FNN([inputs, *widths, outputs], "tanh", "Glorot normal")
    if problem.spread is not None:
        torch.nn.init.normal_(net.linears[0].weight, std=problem.spread)
    low, high = bounding_box(problem.data.geom)
    centre, half = (low + high) / 2, (high - low) / 2

    def scaled(x: Tensor) -> Tensor:
        return (x - torch.as_tensor(centre).to(x)) / torch.as_tensor(half).to(x)

    net.apply_feature_transform(scaled)
    module: torch.nn.Module = net
    return module


def fewest_outputs(data: Any, path: Path | None = None) -> int:
    """The smallest number of outputs with which equations and conditions can be evaluated.

    Equations name their outputs by index (`y[:, 2:3]`, `jacobian(y, x, i=2)`); with too few of them
    they raise, or a slice of no columns turns up in a residual.

    Args:
        data: A `dde.data` object.
        path: The file that it comes from, for the sentence.

    Raises:
        UserError: They raise with every number up to twenty.
    """
    import deepxde as dde

    from isocline_pinn.trained.residuals import ResidualSystem

    failure: Exception = ValueError("no outputs")
    for number in range(1, _MOST_OUTPUTS + 1):
        net = dde.nn.FNN([data.geom.dim, 4, number], "tanh", "Glorot normal")
        try:
            ResidualSystem(data, net).residuals()
        except EVALUATION_ERRORS as error:
            failure = error
        else:
            return number
    from isocline_pinn.trust.finite import fewest_outputs_of_equations

    # A condition may be what raises: it gets its own sentence once the outputs are known.
    found = fewest_outputs_of_equations(data, _MOST_OUTPUTS)
    if found is None:
        raise UserError(sentence_about(failure, path)) from failure
    return found
