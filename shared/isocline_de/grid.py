"""Where a fixed-step method steps."""

import itertools
import math

import torch
from jaxtyping import Float
from torch import Tensor


def step_grid(
    t: Float[Tensor, "time"], step: float, jumps: Float[Tensor, "jump"], resolution: float = 0.0
) -> Float[Tensor, "knot"]:
    """Equal steps no longer than ``step`` between each pair of neighbouring output times and jumps.

    Every output time and every jump is a grid point exactly, the last time included, so that no output is
    interpolated and none is missed. Differentiable by ``t``.

    Args:
        t: Output times, all increasing or all decreasing.
        step: Longest step, positive.
        jumps: Times at which the right-hand side jumps, strictly inside the span, in its direction.
        resolution: Rounding of the output times; a step is not added for less than that.
    """
    knots = torch.cat([t, jumps[~torch.isin(jumps, t.detach())].to(t)])
    knots, _ = torch.sort(knots, descending=bool(t[-1] < t[0]))
    slack = min(0.25, resolution / step)
    pieces = []
    lengths = knots.detach().diff().abs().tolist()
    for (start, end), length in zip(itertools.pairwise(knots), lengths, strict=True):
        ratio = length / step
        count = max(1, math.ceil(ratio * (1 - 1e-12) - slack))
        fractions = torch.arange(count, dtype=t.dtype, device=t.device) / count
        pieces.append(start + (end - start) * fractions)
    return torch.cat([*pieces, knots[-1:]])


__all__ = ["step_grid"]
