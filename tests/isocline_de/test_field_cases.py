"""Inputs that went wrong in other libraries, with the right answers."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from isocline_de import BlowUpError, ProblemError, solve_ode

f64 = torch.float64


@pytest.mark.parametrize("choice", [{}, {"discontinuities": [5.0, 6.0]}, {"max_step": 0.5}])
def test_a_narrow_pulse_is_not_stepped_over(choice: dict[str, Any]) -> None:
    # D2, SciPy-User, June 2012: all zeros.
    def field(t: Tensor, n: Tensor) -> Tensor:
        pulse = ((t > 5) & (t < 6)).to(n.dtype)
        return pulse * (1 - n) - n

    t = torch.cat([torch.linspace(0, 10, 1000, dtype=f64), torch.tensor([6.0], dtype=f64)]).unique()
    n = solve_ode(field, torch.zeros(1, dtype=f64), t, **choice).ys[:, 0]
    assert float(n[t == 6.0]) == pytest.approx(0.5 * (1 - math.exp(-2)), abs=1e-5)
    assert float(n[-1]) == pytest.approx(0.0079184, abs=1e-6)


def test_named_jumps_are_stepped_to_by_fixed_steps_too() -> None:
    def field(t: Tensor, n: Tensor) -> Tensor:
        return ((t > 5) & (t < 6)).to(n.dtype) * (1 - n) - n

    solution = solve_ode(
        field,
        torch.zeros(1, dtype=f64),
        [0.0, 10.0],
        method="rk4",
        step=0.07,
        discontinuities=[6.0, 5.0, 12.0],
    )
    assert float(solution.ys[-1]) == pytest.approx(
        0.5 * (1 - math.exp(-2)) * math.exp(-4), abs=1e-7
    )


@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128])
def test_a_complex_state_stays_complex_and_time_stays_real(dtype: torch.dtype) -> None:
    # D5, torchdiffeq 219: refused, or time became complex.
    A = torch.tensor([[0, 1], [-100, 0]], dtype=dtype).requires_grad_()
    y0 = torch.tensor([1, 9], dtype=dtype)
    times = set()

    def field(t: Tensor, y: Tensor) -> Tensor:
        times.add(t.dtype)
        return A @ y

    ys = solve_ode(field, y0, torch.tensor([0.0, 2.0]), rtol=1e-6).ys
    assert ys.dtype == dtype
    assert times == {y0.abs().dtype}
    torch.testing.assert_close(
        ys[-1].detach(), torch.tensor([1.22973, -5.45671], dtype=dtype), rtol=1e-4, atol=1e-4
    )
    ys[-1].abs().pow(2).sum().backward()
    assert A.grad is not None
    assert bool(torch.isfinite(A.grad).all())
    assert float(A.grad.abs().max()) > 0


def test_fixed_steps_end_exactly_at_the_last_time_in_single_precision() -> None:
    # D6, torchdiffeq 138: the last grid point fell short of the end.
    seen: list[float] = []

    def field(t: Tensor, y: Tensor) -> Tensor:
        seen.append(float(t))
        return y

    with torch.no_grad():
        solution = solve_ode(
            field, torch.ones(1), torch.tensor([0.0, 5.9]), method="euler", step=1e-4
        )
    assert solution.stats.accepted == 59_000
    assert float(solution.ts[-1]) == pytest.approx(5.9)
    assert seen[-1] == pytest.approx(5.9 - 1e-4, abs=1e-6)
    assert solution.ys.dtype == torch.float32
    assert float(solution.ys[-1]) == pytest.approx(364.93, rel=2e-4)


def test_the_adjoint_takes_frozen_tensors_among_its_parameters() -> None:
    # D7, torchdiffeq 118: the whole output lost its gradient.
    x = torch.tensor([0.3, -0.5, 1.2], dtype=f64, requires_grad=True)
    frozen = torch.ones(3, dtype=f64)
    y0 = torch.tensor([1.0, 2.0, 0.5], dtype=f64)
    solution = solve_ode(
        lambda t, y: x * y * frozen, y0, [0.0, 1.0], adjoint=True, parameters=[x, frozen]
    )
    torch.testing.assert_close(solution.ys[-1], y0 * x.exp(), rtol=1e-6, atol=0.0)
    solution.ys[-1].sum().backward()
    torch.testing.assert_close(x.grad, (y0 * x.exp()).detach(), rtol=1e-5, atol=0.0)
    assert frozen.grad is None


def test_the_end_time_alone_is_refused() -> None:
    # D8, torchdiffeq 251: y0 came back in silence.
    k = torch.tensor(0.5, dtype=f64, requires_grad=True)
    with pytest.raises(
        ProblemError,
        match=r"t has only one time \(1\).*y0 is the state at t\[0\], so pass t = \[start",
    ):
        solve_ode(lambda t, y: -k * y, torch.ones(1, dtype=f64), torch.tensor([1.0]))


@pytest.mark.parametrize(
    "choice",
    [
        {},
        {"method": "dopri8"},
        {"method": "bosh3"},
        {"adjoint": True},
        {"method": "rk4", "step": 0.01},
    ],
)
@pytest.mark.parametrize(
    ("forcing", "by_end", "by_start"), [(0.0, 1.648721, -1.648721), (1.0, 2.297443, -1.648721)]
)
def test_gradients_by_both_times(
    choice: dict[str, Any], forcing: float, by_end: float, by_start: float
) -> None:
    # D9, torchdiffeq 166.
    t = torch.tensor([0.0, 0.5], dtype=f64, requires_grad=True)
    solution = solve_ode(lambda s, y: y + forcing * s, torch.ones(1, dtype=f64), t, **choice)
    solution.ys[-1].sum().backward()
    assert t.grad is not None
    torch.testing.assert_close(
        t.grad, torch.tensor([by_start, by_end], dtype=f64), rtol=1e-5, atol=0.0
    )


@pytest.mark.parametrize("choice", [{}, {"method": "rk4", "step": 0.01}])
def test_time_may_run_backwards(choice: dict[str, Any]) -> None:
    # D11, torchebm 154: the loop ended at once.
    seen: list[float] = []

    def field(t: Tensor, y: Tensor) -> Tensor:
        seen.append(float(t))
        return y

    solution = solve_ode(field, torch.full((1,), math.e, dtype=f64), [1.0, 0.6, 0.0], **choice)
    assert solution.ts.tolist() == [1.0, 0.6, 0.0]
    torch.testing.assert_close(solution.ys[:, 0], solution.ts.exp(), rtol=1e-6, atol=0.0)
    assert (seen[0], min(seen)) == (1.0, pytest.approx(0.0, abs=1e-300))


@pytest.mark.parametrize("choice", [{}, {"method": "bosh3", "rtol": 1e-4}, {"method": "dopri8"}])
def test_a_blow_up_is_named_with_its_time_and_last_finite_state(choice: dict[str, Any]) -> None:
    # D16, torchdiffeq 244: "underflow in dt nan".
    sentence = (
        r"seems to blow up at t = 1.*sample \[1\] went from 1 at.*last finite state \[0.*after"
    )
    with pytest.raises(BlowUpError, match=sentence) as caught:
        solve_ode(lambda t, y: y * y, torch.tensor([[0.1], [1.0]], dtype=f64), [0.0, 2.0], **choice)
    assert 0.999 < caught.value.time < 1.001
    assert caught.value.sample == (1,)
    assert caught.value.state is not None
    assert float(caught.value.state[1]) > 1e6
    assert bool(torch.isfinite(caught.value.state).all())


@pytest.mark.parametrize("method", ["euler", "rk4"])
def test_fixed_steps_do_not_cross_a_blow_up_either(method: str) -> None:
    with pytest.raises(BlowUpError, match="seems to blow up at t = 1"):
        solve_ode(
            lambda t, y: y * y, torch.ones(1, dtype=f64), [0.0, 2.0], method=method, step=0.01
        )
