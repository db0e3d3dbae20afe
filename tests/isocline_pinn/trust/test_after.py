"""A solution that does not solve is not handed over without a word."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from isocline_pinn import solve
from isocline_pinn.trust import health, look_after, look_before


def _fall(dde):
    """Field case A12: x'' + 14 x' + 49 x = 0, x(0) = 0, x'(0) = −3."""
    span = dde.geometry.TimeDomain(0, 1)

    def equation(t, x):
        return dde.grad.hessian(x, t) + 14 * dde.grad.jacobian(x, t) + 49 * x

    def velocity(t, x, _):
        return dde.grad.jacobian(x, t) + 3

    def start(t, on):
        return bool(on and np.isclose(t[0], 0))

    conditions = [
        dde.icbc.IC(span, lambda t: 0.0, lambda _, on: on),
        dde.icbc.OperatorBC(span, velocity, start),
    ]
    return dde.data.PDE(span, equation, conditions, num_domain=10, num_boundary=2)


class _Zero(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))

    def forward(self, x):
        return self.scale * x[:, :1] ** 4


def test_the_zero_solution_is_told_from_the_right_one(dde):
    solution = solve(_fall(dde), budget=20)
    assert look_after(solution) == []
    assert solution([[1 / 7]])[0, 0] == pytest.approx(-3 / (7 * np.e), rel=1e-8)
    (note,) = look_after(replace(solution, net=_Zero()))
    assert note.startswith("the solution is within 1 % of zero, which meets the equations but not")
    assert "condition 2 of 2 (OperatorBC)" in note


def test_relative_residuals_of_a_good_solution_are_small(dde):
    found = health(solve(_fall(dde), budget=20))
    assert [h.name for h in found] == [
        "equation 1",
        "condition 1 of 2 (IC)",
        "condition 2 of 2 (OperatorBC)",
    ]
    assert found[0].relative < 1e-8
    assert found[2].relative < 1e-10


def test_a_missing_condition_is_named_with_its_place_and_output(dde):
    from isocline_pinn.problem import describe_data

    square = dde.geometry.Rectangle([0, 0], [1, 1])

    def equation(x, u):
        return dde.grad.hessian(u, x, i=0, j=0) + dde.grad.hessian(u, x, i=1, j=1)

    def most(x, on):
        return bool(on and x[0] < 1)

    wall = dde.icbc.DirichletBC(square, lambda x: 0.0, most)
    (note,) = look_before(describe_data(dde.data.PDE(square, equation, [wall], 4, 8)))
    assert "under-determined: u has too few conditions at x = 1 (0 of 1 that the equations" in note


def test_a_derivative_that_is_nothing_but_rounding_raises_no_alarm(dde):
    # Of this flow u does not change along x nor v along y: continuity is zero plus zero.
    def equation(x, w):
        u_y = dde.grad.jacobian(w, x, i=0, j=1)
        u_x = dde.grad.jacobian(w, x, i=0, j=0)
        v_y = dde.grad.jacobian(w, x, i=1, j=1)
        return [u_y - torch.exp(x[:, 1:]), dde.grad.jacobian(w, x, i=1, j=0), u_x + v_y]

    square = dde.geometry.Rectangle([0, 0], [1, 1])
    conditions = [
        dde.icbc.DirichletBC(square, lambda x: np.exp(x[:, 1:]), lambda _, on: on, component=0),
        dde.icbc.DirichletBC(square, lambda x: 1.0, lambda _, on: on, component=1),
    ]
    data = dde.data.PDE(square, equation, conditions, num_domain=20, num_boundary=20)
    solution = solve(data, budget=20)
    assert solution([[0.5, 0.5]])[0] == pytest.approx([np.exp(0.5), 1.0], abs=1e-9)
    assert max(h.relative for h in health(solution)) < 1e-6
    assert look_after(solution) == []
