"""Methods against exact solutions: order of the fixed steps, tolerance of the adaptive ones."""

from typing import Any

import pytest
import torch

from isocline_de import METHODS, ProblemError, solve_ode
from isocline_de.analysis import order_of_convergence, refine

FIXED = [method for method in METHODS.values() if not method.adaptive]
ADAPTIVE = [method for method in METHODS.values() if method.adaptive]


@pytest.mark.parametrize("method", FIXED, ids=lambda method: method.name)
def test_a_fixed_step_method_converges_with_its_order(method: Any, problem: Any) -> None:
    t = torch.linspace(problem.start, problem.end, 4, dtype=torch.float64)
    span = abs(problem.end - problem.start)

    def error(step: float) -> float:
        solution = solve_ode(problem.field, problem.y0(), t, method=method.name, step=step)
        return float((solution.ys - problem.exact(t)).abs().max())

    counts = {1: (96, 192, 384), 4: (30, 60, 90)}.get(method.order, (60, 120, 240))
    assert refine(error, [span / count for count in counts]).order == pytest.approx(
        method.order, abs=0.15
    )


@pytest.mark.parametrize("method", ADAPTIVE, ids=lambda method: method.name)
def test_an_adaptive_method_meets_its_tolerance_at_every_output(method: Any, problem: Any) -> None:
    t = torch.linspace(problem.start, problem.end, 30, dtype=torch.float64)
    rtol = {2: 1e-4, 3: 1e-6}.get(method.order, 1e-9)
    solution = solve_ode(problem.field, problem.y0(), t, method=method.name, rtol=rtol, atol=rtol)
    assert float((solution.ys - problem.exact(t)).abs().max()) < 100 * rtol
    assert solution.stats.evaluations > solution.stats.accepted > 0
    assert torch.equal(solution.ts, t)


def test_tighter_tolerances_give_smaller_errors() -> None:
    t = torch.tensor([0.0, 7.0], dtype=torch.float64)
    y0 = torch.tensor([1.0, 0.0], dtype=torch.float64)

    def error(rtol: float) -> float:
        ys = solve_ode(lambda t, y: torch.stack([y[1], -y[0]]), y0, t, rtol=rtol, atol=rtol).ys
        return float((ys[-1, 0] - torch.cos(t[-1])).abs())

    errors = [error(rtol) for rtol in (1e-4, 1e-6, 1e-8, 1e-10)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-8


def test_the_status_is_a_sentence_that_counts() -> None:
    solution = solve_ode(lambda t, y: -y, torch.ones(2), [0.0, 1.0], method="rk4", step=0.25)
    assert solution.status == (
        "solved from t = 0 to t = 1 with rk4 in 4 steps and 16 evaluations of the vector field"
    )
    assert (solution.stats.evaluations, solution.stats.accepted, solution.stats.rejected) == (
        16,
        4,
        0,
    )


def test_nothing_is_evaluated_outside_the_span() -> None:
    seen: list[float] = []

    def field(t: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        seen.append(float(t))
        return -y

    for method in METHODS.values():
        choice: dict[str, Any] = {"rtol": 1e-4} if method.adaptive else {"step": 0.3}
        seen.clear()
        solve_ode(
            field, torch.ones(1, dtype=torch.float64), [0.0, 0.5, 1.0], method=method.name, **choice
        )
        assert min(seen) >= 0.0
        # The starting step of an adaptive method is chosen from one explicit Euler probe.
        assert max(seen) <= 1.0


def test_the_state_may_have_any_shape() -> None:
    for shape in ((), (1,), (3, 2), (2, 3, 4)):
        y0 = torch.full(shape, 2.0, dtype=torch.float64)
        for choice in ({"method": "dopri5"}, {"method": "rk4", "step": 0.1}):
            solution = solve_ode(lambda t, y: -y, y0, [0.0, 1.0], **choice)  # type: ignore[arg-type]
            assert solution.ys.shape == (2, *shape)
            torch.testing.assert_close(
                solution.ys[-1], y0 * torch.exp(torch.tensor(-1.0)), rtol=1e-5, atol=0.0
            )


def test_an_order_of_convergence_is_refused_where_there_is_none() -> None:
    assert order_of_convergence([0.1, 0.05, 0.025], [1e-3, 1.25e-4, 1.5625e-5]) == pytest.approx(3)
    with pytest.raises(
        ProblemError, match="two or more different steps, and got 1 steps and 1 errors"
    ):
        order_of_convergence([0.1], [1e-3])
    with pytest.raises(ProblemError, match="an error of zero is below rounding"):
        order_of_convergence([0.1, 0.05], [1e-3, 0.0])
