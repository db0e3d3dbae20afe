"""Gradients of a solve by everything it depends on."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from isocline_de import ProblemError, SolveError, solve_ode

f64 = torch.float64
CHOICES: dict[str, dict[str, Any]] = {
    "dopri5": {"rtol": 1e-10, "atol": 1e-12},
    "dopri8": {"method": "dopri8", "rtol": 1e-10, "atol": 1e-12},
    # No span is a whole number of these steps, where the number of steps would jump with the times.
    "rk4": {"method": "rk4", "step": 0.07},
    "adjoint": {"rtol": 1e-8, "atol": 1e-10, "adjoint": True},
    "adjoint rk4": {"method": "rk4", "step": 0.026, "adjoint": True},
}


@pytest.mark.parametrize("choice", CHOICES.values(), ids=CHOICES)
def test_gradients_by_state_times_and_parameters_match_finite_differences(
    choice: dict[str, Any],
) -> None:
    y0 = torch.tensor([[0.3, 1.2], [1.0, -0.4]], dtype=f64, requires_grad=True)
    t = torch.tensor([0.1, 0.5, 0.8], dtype=f64, requires_grad=True)
    k = torch.tensor([1.5, -0.7], dtype=f64, requires_grad=True)

    def outputs(y0: Tensor, t: Tensor, k: Tensor) -> Tensor:
        def field(s: Tensor, y: Tensor) -> Tensor:
            return torch.stack([y[..., 1], -k[0] * torch.sin(y[..., 0]) + k[1] * s * y[..., 1]], -1)

        named = {"parameters": [k]} if choice.get("adjoint") else {}
        return solve_ode(field, y0, t, **choice, **named).ys

    assert torch.autograd.gradcheck(outputs, (y0, t, k), rtol=1e-4, atol=1e-6)


def test_a_module_brings_its_own_parameters_to_the_adjoint() -> None:
    torch.manual_seed(0)
    y0 = torch.randn(5, 2, dtype=f64)

    class Field(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(2, 2, dtype=f64)

        def forward(self, t: Tensor, y: Tensor) -> Tensor:
            return torch.tanh(self.layer(y)) * t

    field = Field()

    def gradients(**choice: Any) -> list[Tensor]:
        field.zero_grad()
        solve_ode(field, y0, [0.0, 1.0, 2.0], rtol=1e-9, **choice).ys.pow(2).sum().backward()
        return [
            parameter.grad.clone() for parameter in field.parameters() if parameter.grad is not None
        ]

    for direct, adjoint in zip(gradients(), gradients(adjoint=True), strict=True):
        torch.testing.assert_close(direct, adjoint, rtol=1e-6, atol=1e-8)


def test_a_tensor_that_the_adjoint_would_miss_is_refused_not_given_zeros() -> None:
    rate = torch.ones(3, dtype=f64, requires_grad=True)
    field: Callable[[Tensor, Tensor], Tensor] = lambda t, y: -rate.exp() * y  # noqa: E731
    sentence = (
        r"adjoint=True was not told of 1 trainable tensor\(s\).*\(shape \(3,\)\).*parameters="
    )
    with pytest.raises(ProblemError, match=sentence):
        solve_ode(field, torch.ones(3, dtype=f64), [0.0, 1.0], adjoint=True)
    named = solve_ode(field, torch.ones(3, dtype=f64), [0.0, 1.0], adjoint=True, parameters=[rate])
    assert named.ys.requires_grad
    with torch.no_grad():
        solve_ode(field, torch.ones(3, dtype=f64), [0.0, 1.0], adjoint=True)


def test_a_tensor_behind_a_named_one_is_seen() -> None:
    raw = torch.zeros(3, dtype=f64, requires_grad=True)
    rate = raw.exp()
    ys = solve_ode(
        lambda t, y: -rate * y,
        torch.ones(3, dtype=f64),
        [0.0, 1.0],
        adjoint=True,
        parameters=[rate],
    ).ys
    ys[-1].sum().backward()
    torch.testing.assert_close(
        raw.grad, torch.full((3,), -(torch.e**-1), dtype=f64), rtol=1e-6, atol=0.0
    )


@pytest.mark.parametrize("choice", [{"rtol": 1e-4, "atol": 1e-6}, {"method": "rk4", "step": 0.002}])
def test_an_adjoint_that_runs_away_says_so(choice: dict[str, Any]) -> None:
    # Forwards y settles on cos t within a millisecond; backwards every rounding error grows like exp(1000 t).
    rate = torch.tensor(1000.0, dtype=f64, requires_grad=True)
    solution = solve_ode(
        lambda t, y: -rate * (y - torch.cos(t)), torch.ones(1, dtype=f64), [0.0, 0.8], adjoint=True,
        parameters=[rate], **choice,
    )  # fmt: skip
    with pytest.raises(
        SolveError, match=r"the adjoint equation .* on its way back.*leave adjoint out"
    ):
        solution.ys[-1].sum().backward()
