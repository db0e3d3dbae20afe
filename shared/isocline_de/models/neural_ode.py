"""The neural ordinary differential equation (Chen et al., NeurIPS 2018, arXiv:1806.07366).

    dy/dt = f_θ(t, y),    y(t₀) = y₀

with a network f_θ, trained through the solver on whatever times the data has.
"""

import itertools

import torch
from jaxtyping import Float
from torch import Tensor, nn

from isocline_de.errors import ProblemError
from isocline_de.solve import solve_ode
from isocline_de.time_change import TimeChange


class TanhField(nn.Module):
    """A vector field: a tanh network of the state, and of time where asked.

    Args:
        state: Components of the state.
        width: Width of each hidden layer.
        depth: Hidden layers.
        time: Whether the field depends on time explicitly.
        generator: Source of the random start.
        dtype: Dtype of state and parameters.
    """

    def __init__(
        self,
        state: int,
        *,
        width: int = 32,
        depth: int = 2,
        time: bool = False,
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        self.time = time
        sizes = [state + time, *[width] * depth, state]
        self.layers = nn.ModuleList(
            nn.Linear(a, b, dtype=dtype) for a, b in itertools.pairwise(sizes)
        )
        for layer in self.layers:
            nn.init.xavier_uniform_(layer.weight, generator=generator)  # type: ignore[arg-type]
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]

    def forward(
        self, t: Float[Tensor, "..."], y: Float[Tensor, "*batch state"]
    ) -> Float[Tensor, "*batch state"]:
        """dy/dt; t is a scalar, or one time for each sample, shape (batch, 1)."""
        hidden = torch.cat([y, t.to(y.dtype).expand(*y.shape[:-1], 1)], -1) if self.time else y
        for layer in self.layers[:-1]:
            hidden = torch.tanh(layer(hidden))
        return self.layers[-1](hidden)


class NeuralODE(nn.Module):
    """A vector field and how to solve it: from initial states to states at the given times.

    Args:
        vector_field: Module called as ``vector_field(t, y)`` that returns dy/dt; see `TanhField`. With
            times of each sample's own, t has shape (batch, 1) instead of ().
        method: See `solve_ode`.
        rtol: Relative tolerance of an adaptive method.
        atol: Absolute tolerance of an adaptive method.
        step: Longest step of a fixed-step method, in the unit of t.
        adjoint: Gradients by the adjoint equation: less memory, more time.

    Example:
        >>> import torch
        >>> field = TanhField(2, generator=torch.Generator().manual_seed(0))
        >>> model = NeuralODE(field)
        >>> y = model(torch.ones(8, 2, dtype=torch.float64), torch.linspace(0, 1, 5, dtype=torch.float64))
        >>> tuple(y.shape)
        (8, 5, 2)
    """

    def __init__(
        self,
        vector_field: nn.Module,
        *,
        method: str = "dopri5",
        rtol: float | None = None,
        atol: float | None = None,
        step: float | None = None,
        adjoint: bool = False,
    ) -> None:
        super().__init__()
        self.vector_field = vector_field
        self.method, self.rtol, self.atol, self.step, self.adjoint = (
            method,
            rtol,
            atol,
            step,
            adjoint,
        )

    def forward(
        self, y0: Float[Tensor, "batch state"], t: Float[Tensor, "..."]
    ) -> Float[Tensor, "batch time state"]:
        """States at the times.

        Args:
            y0: State of each sample at its first time.
            t: Shared times, shape (time,), or each sample's own, shape (batch, time), where a short row is
                filled up by repeating its last time.

        Raises:
            ProblemError: Shapes or times do not fit.
            SolveError: The solve could not be finished.
        """
        if t.ndim == 2:
            return self._own_times(y0, t)
        solution = solve_ode(
            self.vector_field,
            y0,
            t,
            method=self.method,
            rtol=self.rtol,
            atol=self.atol,
            step=self.step,
            adjoint=self.adjoint,
        )
        return solution.ys.movedim(0, 1)

    def _own_times(self, y0: Tensor, t: Tensor) -> Tensor:
        if t.shape[0] != y0.shape[0]:
            raise ProblemError(
                f"t has shape {tuple(t.shape)} (batch, time) and y0 {tuple(y0.shape)} (batch, state): "
                f"pass one row of times for each of the {y0.shape[0]} samples, or one vector for all"
            )
        change = TimeChange(t)
        solution = solve_ode(
            change.field(self.vector_field),
            y0,
            change.clock,
            method=self.method,
            rtol=self.rtol,
            atol=self.atol,
            step=None if self.step is None else self.step / change.longest,
            discontinuities=change.clock[1:-1],
            adjoint=self.adjoint,
            parameters=[*self.vector_field.parameters(), t] if self.adjoint else None,
        )
        return solution.ys.movedim(0, 1)


__all__ = ["NeuralODE", "TanhField"]
