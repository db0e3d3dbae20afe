"""The Hamiltonian neural network (Greydanus, Dzamba & Yosinski, NeurIPS 2019, arXiv:1906.01563).

    dq/dt = ∂H/∂p,    dp/dt = -∂H/∂q

with a network H_θ(q, p). Whatever its parameters, the field keeps H along every solution and has no
divergence, so a learned system neither gains nor loses energy.
"""

import itertools

import torch
from jaxtyping import Float
from torch import Tensor, nn

from isocline_de.errors import ProblemError


class HamiltonianField(nn.Module):
    """A vector field of canonical form, from an energy that is a tanh network; use it in a `NeuralODE`.

    Args:
        positions: Number of coordinates q; the state holds (q, p), twice as many.
        width: Width of each hidden layer of the energy.
        depth: Hidden layers.
        generator: Source of the random start.
        dtype: Dtype of state and parameters.
    """

    def __init__(
        self,
        positions: int,
        *,
        width: int = 32,
        depth: int = 2,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        self.positions = positions
        sizes = [2 * positions, *[width] * depth, 1]
        self.layers = nn.ModuleList(
            nn.Linear(a, b, dtype=dtype) for a, b in itertools.pairwise(sizes)
        )
        for layer in self.layers:
            nn.init.xavier_uniform_(layer.weight, generator=generator)  # type: ignore[arg-type]
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def energy(self, y: Float[Tensor, "*batch state"]) -> Float[Tensor, "*batch"]:
        """H(q, p), defined up to a constant."""
        for layer in self.layers[:-1]:
            y = torch.tanh(layer(y))
        return self.layers[-1](y)[..., 0]

    def forward(
        self,
        t: Float[Tensor, "..."],  # noqa: ARG002 - every vector field takes it
        y: Float[Tensor, "*batch state"],
    ) -> Float[Tensor, "*batch state"]:
        """(∂H/∂p, -∂H/∂q); t does not enter.

        Raises:
            ProblemError: The state does not hold as many momenta as positions.
        """
        if y.shape[-1] != 2 * self.positions:
            raise ProblemError(
                f"the state has {y.shape[-1]} components, and {self.positions} positions followed by "
                f"{self.positions} momenta are expected; order the state as (q, p)"
            )
        differentiable = torch.is_grad_enabled()
        with torch.enable_grad():
            point = y if y.requires_grad else y.detach().requires_grad_()
            (slope,) = torch.autograd.grad(
                self.energy(point).sum(), point, create_graph=differentiable
            )
        by_position, by_momentum = slope.chunk(2, -1)
        return torch.cat([by_momentum, -by_position], -1)


__all__ = ["HamiltonianField"]
