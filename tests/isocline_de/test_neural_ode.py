"""The neural ODE: recovery of a known system, shared and own times."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from isocline_de import ProblemError, discretise_linear_sde
from isocline_de.models import NeuralODE, TanhField

f64 = torch.float64
SPIRAL = torch.tensor([[-0.1, 2.0], [-2.0, -0.1]], dtype=f64)


class Spiral(nn.Module):
    def forward(self, t: Tensor, y: Tensor) -> Tensor:
        return y @ SPIRAL.mT


class Growth(nn.Module):
    """y' = t y, so that each sample's own time matters."""

    def forward(self, t: Tensor, y: Tensor) -> Tensor:
        return t * y


def spiral(y0: Tensor, t: Tensor) -> Tensor:
    """Exact states, (batch, time, 2), from y0 at time 0."""
    A, _ = discretise_linear_sde(SPIRAL, torch.eye(2, dtype=f64), t)
    return (
        torch.einsum("...tij,bj->b...ti", A, y0)
        if t.ndim == 1
        else torch.einsum("btij,bj->bti", A, y0)
    )


def test_a_neural_ode_recovers_a_spiral_from_irregular_noisy_data() -> None:
    draws = torch.Generator().manual_seed(5)
    y0 = torch.tensor([[2.0, 0.0], [0.0, 1.5], [-1.0, -1.0], [0.5, 1.0]], dtype=f64)
    gaps = torch.rand(4, 24, generator=draws, dtype=f64) * 0.2 + 0.01
    t = torch.cat([torch.zeros(4, 1, dtype=f64), gaps.cumsum(1)], 1)
    data = spiral(y0, t) + 0.01 * torch.randn(4, 25, 2, generator=draws, dtype=f64)
    model = NeuralODE(TanhField(2, width=24, depth=1, generator=draws), method="rk4", step=0.25)
    optimiser = torch.optim.LBFGS(model.parameters(), max_iter=40, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = (model(y0, t) - data).pow(2).mean()
        value.backward()
        return value

    before = float(loss().detach())
    optimiser.step(loss)  # type: ignore[arg-type]
    assert float(loss().detach()) < 2e-3 < before
    # A trajectory that was not in the data, on shared times, with another method.
    new = torch.tensor([[1.2, 0.6]], dtype=f64)
    times = torch.linspace(0, 2, 21, dtype=f64)
    model.method, model.step = "dopri5", None
    with torch.no_grad():
        predicted, truth = model(new, times), spiral(new, times)
    assert float((predicted - truth).norm() / truth.norm()) < 0.08


@pytest.mark.parametrize(
    "choice", [{}, {"method": "rk4", "step": 0.02}, {"method": "bosh3", "rtol": 1e-8}]
)
def test_each_sample_is_solved_on_its_own_times(choice: dict[str, Any]) -> None:
    y0 = torch.tensor([[1.0], [2.0], [0.5]], dtype=f64)
    t = torch.tensor([[0.0, 0.3, 1.1], [1.0, 1.5, 1.5], [2.0, 1.0, 0.0]], dtype=f64)
    exact = y0[:, None] * torch.exp(0.5 * (t**2 - t[:, :1] ** 2))[..., None]
    torch.testing.assert_close(NeuralODE(Growth(), **choice)(y0, t), exact, rtol=1e-6, atol=1e-8)


def test_own_times_that_are_the_same_give_what_shared_times_give() -> None:
    model = NeuralODE(
        TanhField(2, time=True, generator=torch.Generator().manual_seed(1)), rtol=1e-9
    )
    y0 = torch.randn(3, 2, generator=torch.Generator().manual_seed(2), dtype=f64)
    t = torch.tensor([0.2, 0.5, 1.3, 2.0], dtype=f64)
    torch.testing.assert_close(model(y0, t), model(y0, t.expand(3, 4)), rtol=1e-7, atol=1e-8)


def test_direct_and_adjoint_gradients_agree_on_own_times() -> None:
    field = TanhField(2, width=8, time=True, generator=torch.Generator().manual_seed(1))
    y0 = torch.ones(2, 2, dtype=f64)
    t = torch.tensor([[0.0, 0.4, 1.0], [0.5, 0.6, 2.0]], dtype=f64)
    gradients = []
    for adjoint in (False, True):
        field.zero_grad()
        NeuralODE(field, rtol=1e-9, atol=1e-11, adjoint=adjoint)(y0, t).pow(2).sum().backward()
        gradients.append(
            [
                parameter.grad.clone()
                for parameter in field.parameters()
                if parameter.grad is not None
            ]
        )
    for direct, adjoint_gradient in zip(*gradients, strict=True):
        torch.testing.assert_close(direct, adjoint_gradient, rtol=1e-6, atol=1e-7)


def test_the_same_seed_gives_the_same_numbers() -> None:
    def run() -> Tensor:
        model = NeuralODE(
            TanhField(3, generator=torch.Generator().manual_seed(7), dtype=torch.float32)
        )
        return model(torch.ones(2, 3), torch.tensor([0.0, 1.0]))

    first = run()
    assert first.dtype == torch.float32
    assert torch.equal(first, run())


def test_times_that_do_not_fit_are_refused_in_a_sentence() -> None:
    model = NeuralODE(Spiral())
    y0 = torch.ones(3, 2, dtype=f64)
    with pytest.raises(
        ProblemError, match=r"t has shape \(2, 4\).*pass one row of times for each of the 3 samples"
    ):
        model(y0, torch.zeros(2, 4, dtype=f64))
    disordered = torch.tensor([[0.0, 1.0, 2.0], [0.0, 2.0, 1.0], [0.0, 1.0, 2.0]], dtype=f64)
    with pytest.raises(
        ProblemError, match=r"the times of sample 1 are not in order, or hold NaN; sort each row"
    ):
        model(y0, disordered)
    with pytest.raises(
        ProblemError, match=r"times has shape \(3, 1\).*each sample needs a start and an end"
    ):
        model(y0, disordered[:, :1])
