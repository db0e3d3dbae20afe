"""Whether an equation is linear in the network's outputs: it decides how a network is made and trained."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from isocline_pinn.problem_file import EVALUATION_ERRORS

_PROBES = 12


def is_linear(data: Any, net: Any, unknowns: tuple[Tensor, ...] = (), outputs: int = 0) -> bool:
    """Whether the residual's sensitivities to the outputs and their derivatives never change.

    Args:
        data: A `dde.data` object.
        net: The network, or what stands for it: its output transform counts.
        unknowns: Constants to be found; an equation with any is not linear in all that is sought.
        outputs: How many outputs there are; those of the network when 0.

    Returns:
        False too where that cannot be told, as of an integral.
    """
    # Imports DeepXDE, which only `load_deepxde` does without a word.
    from isocline_pinn.trace import trace_term
    from isocline_pinn.trace.terms import equation_term

    if unknowns or getattr(data, "pde", None) is None:
        return False
    points = np.asarray(data.train_x_all, dtype=float)
    chosen = points[np.linspace(0, len(points) - 1, min(_PROBES, len(points))).astype(int)]
    transform = getattr(net, "_output_transform", None)
    try:
        number = outputs or _outputs(net, chosen)
        term = equation_term(data, transform).at(np.ascontiguousarray(chosen))
        return trace_term(term, np.ascontiguousarray(chosen), number).linear
    except (
        EVALUATION_ERRORS
    ):  # an integral's equation has a third argument; others say so when trained
        return False


def _outputs(net: Any, points: np.ndarray) -> int:
    parameter = next(net.parameters())
    with torch.no_grad():
        return int(net(torch.as_tensor(points[:1]).to(parameter)).shape[-1])
