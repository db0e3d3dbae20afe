"""Every sentence of a failing solve, by its text."""

from typing import Any

import pytest
import torch
from torch import Tensor

from isocline_de import (
    DifferentialEquationError,
    NonFiniteError,
    ProblemError,
    StepUnderflowError,
    TooManyStepsError,
    solve_ode,
)

f64 = torch.float64
ONE = torch.ones(1, dtype=f64)
SPAN = [0.0, 1.0]


def decay(t: Tensor, y: Tensor) -> Tensor:
    return -y


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            {"method": "dopri"},
            r"there is no method 'dopri'; did you mean 'dopri\d'\? The methods are euler, midpoint",
        ),
        ({"method": "magic"}, r"there is no method 'magic'; choose one of euler, midpoint"),
        (
            {"y0": torch.ones(1, dtype=torch.int64)},
            r"y0 has dtype int64, and a real or complex.*pass y0.double\(\)",
        ),
        ({"y0": torch.ones(0)}, r"y0 has shape \(0,\) and holds no number"),
        (
            {"y0": torch.tensor([[1.0], [float("nan")]])},
            r"y0\[1, 0\] is nan, and the solve needs a finite",
        ),
        (
            {"y0": torch.tensor(float("inf"))},
            r"y0 is inf, and the solve needs a finite initial state",
        ),
        ({"t": [2.0]}, r"t has only one time \(2\), and a solve needs its start and its end"),
        ({"t": torch.zeros(0)}, r"t has no time, and a solve needs its start and its end"),
        ({"t": torch.zeros(2, 2)}, r"t has shape \(2, 2\), and a vector of times is expected"),
        ({"t": torch.zeros(2, dtype=torch.complex64)}, r"t has dtype complex64, and time is real"),
        ({"t": [0.0, float("nan"), 1.0]}, r"t\[1\] is nan; drop missing times"),
        (
            {"t": [0.0, 1.0, 1.0]},
            r"t\[1\] and t\[2\] are both 1, and times must differ; pass t.unique\(\)",
        ),
        (
            {"t": [0.0, 2.0, 1.0, 3.0]},
            r"not in order: t\[1\] = 2 is followed by t\[2\] = 1; sort the times",
        ),
        (
            {"t": [3.0, 1.0, 2.0, 0.0]},
            r"not in order: t\[1\] = 1 is followed by t\[2\] = 2; sort the times",
        ),
        (
            {"method": "rk4"},
            r"rk4 is a fixed-step method and no step was given; pass step=…, or use",
        ),
        (
            {"step": 0.1},
            r"dopri5 chooses its own steps and step = 0.1 was given; pass max_step=0.1",
        ),
        (
            {"method": "rk4", "step": 0.1, "max_step": 0.2},
            r"rk4 takes one fixed step, not max_step = 0.2",
        ),
        ({"method": "rk4", "step": -0.1}, r"step = -0.1, and a step is a positive length of time"),
        ({"max_step": 0.0}, r"max_step = 0, and a step is a positive length of time"),
        ({"rtol": -1.0}, r"rtol = -1 and atol = 1e-09: tolerances are positive numbers"),
        (
            {"y0": torch.ones(1), "rtol": 1e-9},
            r"rtol = 1e-09 is finer than float32 resolves.*double precision",
        ),
        ({"discontinuities": [float("nan")]}, r"discontinuities holds nan; pass finite times"),
        (
            {"vector_field": lambda t, y: None},
            r"vector_field returned a NoneType, and a tensor shaped like y0",
        ),
        (
            {"vector_field": lambda t, y: torch.ones(3, dtype=f64)},
            r"vector_field returned shape \(3,\) for a state \(1,\); return one dy/dt for each number of y0",
        ),
        (
            {"vector_field": lambda t, y: y.float()},
            r"vector_field returned float32 for a float64 state; cast its parameters and const",
        ),
        (
            {"y0": torch.ones(1, dtype=torch.complex128), "adjoint": True},
            r"adjoint=True needs a real state and y0 is complex; leave adjoint out",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    arguments: dict[str, Any], sentence: str
) -> None:
    given = {"vector_field": decay, "y0": ONE, "t": SPAN} | arguments
    with pytest.raises(ProblemError, match=sentence):
        solve_ode(given.pop("vector_field"), given.pop("y0"), given.pop("t"), **given)


@pytest.mark.parametrize("choice", [{}, {"method": "rk4", "step": 0.125}])
def test_an_undefined_right_hand_side_is_named_with_time_and_sample(choice: dict[str, Any]) -> None:
    def field(t: Tensor, y: Tensor) -> Tensor:
        edge = torch.tensor([[9.0, 9.0], [9.0, 0.5], [9.0, 9.0]], dtype=f64)
        return torch.sqrt(edge - t)

    sentence = (
        r"returns (NaN or inf just after|nan at) t = 0\.5 for sample \[1\], still finite.*look for"
    )
    with pytest.raises(NonFiniteError, match=sentence) as caught:
        solve_ode(field, torch.ones(3, 2, dtype=f64), SPAN, **choice)
    assert caught.value.time == pytest.approx(0.5)
    assert caught.value.sample == (1,)


@pytest.mark.parametrize("choice", [{}, {"method": "euler", "step": 0.1}])
def test_a_right_hand_side_undefined_at_the_start_is_named_at_once(choice: dict[str, Any]) -> None:
    sentence = r"the vector field returns nan at t = 0 for the state, still finite there"
    with pytest.raises(NonFiniteError, match=sentence):
        solve_ode(lambda t, y: y * float("nan"), ONE, SPAN, **choice)


def test_a_trial_step_into_an_undefined_region_is_only_shortened() -> None:
    # y' = -√y from 1 reaches (1 - t/2)² without leaving y ≥ 0, though long trial steps do.
    solution = solve_ode(
        lambda t, y: -torch.sqrt(y), ONE, [0.0, 1.99], max_step=10.0, rtol=1e-3, atol=1e-3
    )
    assert float(solution.ys[-1]) == pytest.approx(0.005**2, abs=1e-3)


def test_a_solution_that_outgrows_its_precision_is_a_blow_up() -> None:
    with pytest.raises(
        DifferentialEquationError, match=r"seems to blow up at t = .* the state went from 1 at the"
    ):
        solve_ode(lambda t, y: 10 * y, torch.ones(1), [0.0, 20.0], method="rk4", step=0.1)


def test_a_singular_slope_at_a_moderate_state_is_no_blow_up() -> None:
    def field(t: Tensor, y: Tensor) -> Tensor:
        return torch.where(t < 0.5, -1.0, 1.0) * 1e30 * torch.sin(1e30 * t) + 0 * y

    with pytest.raises(
        StepUnderflowError, match=r"the step shrank to .* although the state stays moderate.*stiff"
    ):
        solve_ode(field, torch.full((1,), 1e20, dtype=f64), [1.0, 2.0], rtol=1e-12, atol=1e-30)


def test_steps_are_limited() -> None:
    with pytest.raises(
        TooManyStepsError, match=r"50 steps reached only t = .*may be stiff: loosen rtol.*max_steps"
    ):
        solve_ode(lambda t, y: -1e6 * (y - torch.cos(t)), ONE, SPAN, max_steps=50)


def test_errors_of_the_users_own_function_pass_through() -> None:
    def field(t: Tensor, y: Tensor) -> Tensor:
        raise KeyError("rate")

    with pytest.raises(KeyError, match="rate"):
        solve_ode(field, ONE, SPAN)
