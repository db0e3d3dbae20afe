r"""Closed-form continuous-time cell CfC (Hasani et al., Nature Mach. Intell. 4, 2022, arXiv:2106.13898).

A liquid time-constant neuron obeys x' = -(w + f(x, u)) x + A f(x, u). Its solution over a time Δ is
approximated in closed form, so no solver runs (eq. 10 of the paper):

    x(t + Δ) = σ(-f Δ) ⊙ g + (1 - σ(-f Δ)) ⊙ h,

where f, g and h are heads of one small network of (x, u). Here f Δ carries an offset, as in the authors'
code, so that the gate can start open.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from isocline_de.layers.sequence import check_sequence


class ClosedFormCell(nn.Module):
    """One neuron bank: new state from the old one, an input and the time between.

    Args:
        inputs: Input channels.
        units: Size of the state.
        width: Width of the shared hidden layer.
        generator: Source of the random start.
        dtype: Dtype of inputs and parameters.
    """

    def __init__(
        self,
        inputs: int,
        units: int,
        *,
        width: int = 32,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        self.backbone = nn.Linear(inputs + units, width, dtype=dtype)
        self.heads = nn.Linear(width, 4 * units, dtype=dtype)
        for layer in (self.backbone, self.heads):
            nn.init.xavier_uniform_(layer.weight, generator=generator)
            nn.init.zeros_(layer.bias)

    def forward(
        self,
        u: Float[Tensor, "batch channel"],
        dt: Float[Tensor, "batch"],
        x: Float[Tensor, "batch unit"],
    ) -> Float[Tensor, "batch unit"]:
        """The state a time ``dt`` later, having seen ``u``."""
        features = torch.tanh(self.backbone(torch.cat([u, x], -1)))
        g, h, rate, offset = self.heads(features).chunk(4, -1)
        gate = torch.sigmoid(-(rate * dt[:, None] + offset))
        return gate * torch.tanh(g) + (1 - gate) * torch.tanh(h)


class ClosedFormNetwork(nn.Module):
    """A `ClosedFormCell` run along a series and read out linearly.

    A step of which nothing was observed leaves the state as it is, and its time is added to that of the
    next: a series with gaps gives what the series without the missing rows would give.

    Args:
        inputs: Input channels.
        units: Size of the state.
        outputs: Output channels.
        width: Width of the cell's hidden layer.
        generator: Source of the random start.
        dtype: Dtype of inputs and parameters.
    """

    def __init__(
        self,
        inputs: int,
        units: int,
        outputs: int,
        *,
        width: int = 32,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        self.inputs, self.units = inputs, units
        self.cell = ClosedFormCell(inputs, units, width=width, generator=generator, dtype=dtype)
        self.readout = nn.Linear(units, outputs, dtype=dtype)
        nn.init.xavier_uniform_(self.readout.weight, generator=generator)
        nn.init.zeros_(self.readout.bias)

    def forward(
        self,
        u: Float[Tensor, "batch time channel"],
        dt: Float[Tensor, "..."] | None = None,
        mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch time output"]:
        """The output after each input.

        Raises:
            ProblemError: Shapes do not fit, an observed input is not finite, or dt is negative.
        """
        u, steps = check_sequence(u, dt, mask, self.inputs)
        seen = torch.ones_like(steps, dtype=torch.bool)
        if mask is not None:
            seen = mask if mask.ndim == 2 else mask.any(-1)
        x = u.new_zeros(u.shape[0], self.units)
        elapsed = torch.zeros_like(steps[:, 0])
        states = []
        for k in range(u.shape[1]):
            elapsed = elapsed + steps[:, k]
            x = torch.where(seen[:, k, None], self.cell(u[:, k], elapsed, x), x)
            elapsed = torch.where(seen[:, k], torch.zeros_like(elapsed), elapsed)
            states.append(x)
        return self.readout(torch.stack(states, 1))


__all__ = ["ClosedFormCell", "ClosedFormNetwork"]
