"""The network that is made when a problem brings none."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from isocline_pinn.config import PinnSettings
from isocline_pinn.domain import bounding_box
from isocline_pinn.problem import Problem
from isocline_pinn.problem_file import EVALUATION_ERRORS, sentence_about
from isocline_pinn.trained.linearity import is_linear
from isocline_run import UserError

_MOST_OUTPUTS = 20
_SPREAD = {1: 0.4, 2: 1.0}  # of 1 and 4 below; a line has fewer waves to offer a smooth solution
WAVES = (1.0, 4.0)
"""Standard deviations of a sine network's first weights in up to two dimensions, from its first neuron to
its last: smooth solutions need the small ones, waves the large ones."""
_AFFORDABLE = 3_000  # parameters of a network that is trained by Levenberg–Marquardt in a minute


def make_network(problem: Problem, hidden: tuple[int, ...] | None = None) -> torch.nn.Module:
    """A fully connected network whose inputs are scaled to [−1, 1].

    Without the scaling a domain of length 100 begins where tanh is flat, and a domain of length 0.01
    where it is a straight line. Linear equations get sines with several waves across the domain, which
    on waves reach in six seconds what tanh does not in a minute; others, whose solutions may steepen,
    get tanh, with which Burgers' equation succeeds and with sines does not. A coordinate in which every
    output is periodic by a condition enters as a cosine and a sine: the network is then periodic itself.

    Args:
        problem: Gives the number of inputs and outputs, and the domain.
        hidden: Widths of the hidden layers; two of 16 in one dimension, three of 20 in more.

    Returns:
        A `dde.nn.FNN` of DeepXDE's default precision.
    """
    import deepxde as dde

    inputs, outputs = len(problem.coordinates), len(problem.outputs)
    widths = hidden or problem.hidden or ((16, 16) if inputs == 1 else (20, 20, 20))
    periodic = periodic_coordinates(problem)
    unknowns = tuple(problem.unknowns.values())
    linear = is_linear(problem.data, problem.net, unknowns, outputs)
    sizes = [inputs + len(periodic), *widths, outputs]
    net = dde.nn.FNN(sizes, "sin" if linear else "tanh", "Glorot normal")
    if problem.spread is not None:
        torch.nn.init.normal_(net.linears[0].weight, std=problem.spread)
    elif linear:
        torch.nn.init.normal_(net.linears[0].weight, std=_SPREAD.get(inputs, 2 / inputs))
        scales = torch.as_tensor(np.geomspace(*WAVES, widths[0]))[:, None]
        net.linears[0].weight.data *= scales.to(net.linears[0].weight)
    low, high = bounding_box(problem.data.geom)
    centre, half = (low + high) / 2, (high - low) / 2

    def scaled(x: Tensor) -> Tensor:
        xi = (x - torch.as_tensor(centre).to(x)) / torch.as_tensor(half).to(x)
        if not periodic:
            return xi
        columns = [xi[:, j : j + 1] for j in range(inputs)]
        for j in periodic:
            turn = np.pi * columns[j]
            columns[j] = torch.cat([torch.cos(turn), torch.sin(turn)], 1)
        return torch.cat(columns, 1)

    net.apply_feature_transform(scaled)
    module: torch.nn.Module = net
    return module


def periodic_coordinates(problem: Problem) -> tuple[int, ...]:
    """Coordinates in which every output has a periodic condition between the domain's ends."""
    found: dict[int, set[int]] = {}
    for condition in getattr(problem.data, "bcs", []):
        values = getattr(condition, "derivative_order", None) == 0
        if type(condition).__name__ == "PeriodicBC" and values:
            component = condition.component
            several = component if isinstance(component, list | tuple) else [component]
            found.setdefault(int(condition.component_x), set()).update(several)
    every = set(range(len(problem.outputs)))
    return tuple(sorted(j for j, outputs in found.items() if outputs >= every))


def affordable_network(problem: Problem, settings: PinnSettings) -> torch.nn.Module:
    """The network to train: the problem's own, unless the choice is ours and it is too large for us.

    A step solves a linear system of the size of the network. A script's network, sized for a hundred thousand
    steps of Adam, gives way to a smaller one with the same transforms; `method="trained"` insists on it.

    Args:
        problem: Its network may be None.
        settings: `method` and `hidden`.
    """
    own = problem.net
    if own is None:
        return make_network(problem, settings.hidden)
    size = sum(parameter.numel() for parameter in own.parameters())
    if settings.method == "trained" or size <= _AFFORDABLE:
        return own
    import deepxde as dde

    features = getattr(own, "_input_transform", None)
    smaller: Any
    if features is None:
        smaller = make_network(problem, settings.hidden)
    else:
        points = torch.as_tensor(problem.data.train_x[:2], dtype=torch.get_default_dtype())
        widths = settings.hidden or (20, 20, 20)
        sizes = [features(points).shape[-1], *widths, len(problem.outputs)]
        smaller = dde.nn.FNN(sizes, "tanh", "Glorot normal")
        smaller._input_transform = features
    smaller._output_transform = getattr(own, "_output_transform", None)
    module: torch.nn.Module = smaller
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
