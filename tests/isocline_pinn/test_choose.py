"""Which family `auto` takes, what it hands over, and what it says about it."""

import numpy as np
import pytest
import torch

from isocline_pinn import load_solution, solve
from isocline_pinn.choose import choose
from isocline_pinn.config import PinnSettings
from isocline_pinn.held_out import compare_residuals, held_out_residuals
from isocline_pinn.problem import open_problem
from isocline_pinn.solution import Solution
from isocline_run import UserError, open_run

VOLTERRA = """
import deepxde as dde
import numpy as np
import torch

def equation(x, y, matrix):
    integral = torch.as_tensor(matrix) @ y
    return (dde.grad.jacobian(y, x) + y)[: len(integral)] - integral

domain = dde.geometry.TimeDomain(0, 5)
start = dde.icbc.IC(domain, lambda x: 1.0 + 0 * x, lambda _, on: on)
data = dde.data.IDE(
    domain, equation, start, 20, kernel=lambda x, s: np.exp(s - x), num_domain=10, num_boundary=2
)
"""


def exact(x):
    return np.exp(-x) * np.cosh(x)


def test_integral_equation_is_left_to_one_network_and_the_note_says_why(write_file, tmp_path):
    file = write_file(VOLTERRA)
    solution = solve(file, method="auto", budget=None)
    x = np.linspace(0, 5, 50)[:, None]
    assert np.abs(solution(x) - exact(x)).max() < 1e-12
    assert solution.method == "whole"
    assert "IDE has an integral or fractional term" in solution.notes[0]
    assert "polynomial features" in solution.notes[1]
    assert solution.levels[-1].blocks == 1
    solution.save(tmp_path / "kept")
    again = load_solution(tmp_path / "kept")
    assert again(x) == pytest.approx(solution(x), abs=1e-13)
    assert again.estimated_error is not None
    assert again.estimated_error(x) == pytest.approx(solution.estimated_error(x), abs=1e-13)


def test_integral_equation_can_still_be_trained(write_file):
    file = write_file(VOLTERRA)
    solution = solve(file, method="trained", budget=None, iterations=30, hidden=(10,))
    x = np.linspace(0, 5, 50)[:, None]
    assert np.abs(solution(x) - exact(x)).max() < 0.05


def test_family_that_is_insisted_on_says_why_it_does_not_serve(write_file):
    with pytest.raises(
        UserError, match=r"do not solve mine: IDE has an integral.*--method trained"
    ):
        solve(write_file(VOLTERRA), method="local")
    few = VOLTERRA.replace("dde.data.IDE(", "dde.data.PDE(").replace(
        "domain, equation, start, 20, kernel=lambda x, s: np.exp(s - x), num_domain=10",
        "dde.geometry.PointCloud(np.linspace(0, 5, 2)[:, None]), lambda x, y: y - x, [], num_domain=2",
    )
    with pytest.raises(UserError, match=r"too few residuals even for polynomials of degree 6"):
        solve(write_file(few.replace("num_boundary=2", "")), method="whole")


class Poor(torch.nn.Module):
    """An answer that is wrong by a factor."""

    def __init__(self, factor):
        super().__init__()
        self.factor = torch.nn.Parameter(torch.tensor(factor))

    def forward(self, x):
        return self.factor * torch.exp(-x)


def poor_solution(problem, factor, estimate, method):
    return Solution(problem, Poor(factor), PinnSettings(), error_estimate=estimate, method=method)


@pytest.mark.parametrize(("factor", "kept"), [(1.001, "trained"), (1.5, "local")])
def test_better_of_two_doubtful_solutions_is_kept(dde, decay, monkeypatch, factor, kept):
    problem = open_problem(decay)
    monkeypatch.setitem(
        choose.__globals__["_FAMILIES"],
        "local",
        lambda *_: poor_solution(problem, 1.1, 0.1, "local"),
    )
    with open_run(None, application="pinn", settings=PinnSettings(budget=None)) as run:
        solution = choose(
            problem,
            PinnSettings(method="auto", budget=None),
            run,
            reserve=0.0,
            train=lambda: poor_solution(problem, factor, None, "trained"),
        )
    assert solution.method == kept
    assert "an estimated error of 1.0e-01, which is not taken for a solution" in solution.notes[-1]


def test_residuals_are_those_of_the_equation_at_new_points(dde, decay):
    problem = open_problem(decay)
    found = held_out_residuals(problem, Poor(1.25))
    assert found["equation 1"] < 1e-12
    assert found["condition 1 (IC)"] == pytest.approx(0.25)
    one, other = (poor_solution(problem, f, None, "trained") for f in (1.25, 2.0))
    assert compare_residuals(problem, one, other) == pytest.approx(0.5, rel=0.2)
