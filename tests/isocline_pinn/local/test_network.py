"""The function found is a network like any other, and `solve` uses it where it is asked to."""

import numpy as np
import pytest
import torch

from isocline_pinn import solve
from isocline_pinn.catalogue import load_problem
from isocline_pinn.local import solve_locally
from isocline_pinn.local.network import LocalNetwork
from isocline_run import UserError


@pytest.fixture(scope="module")
def found():
    return solve_locally(load_problem("heat").data, tolerance=1e-6)


def test_the_module_is_the_function_and_autograd_gives_its_derivatives(found):
    network = LocalNetwork(found.pieces)
    low, high = found.blocks[:, 0].min(axis=0), found.blocks[:, 1].max(axis=0)
    points = low + (high - low) * np.random.default_rng(0).random((50, 2))
    x = torch.from_numpy(points).requires_grad_()
    u = network(x)
    np.testing.assert_allclose(u.detach().numpy(), found.solution(points), atol=1e-13)
    (first,) = torch.autograd.grad(u.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first[:, 0].sum(), x)
    np.testing.assert_allclose(first.detach()[:, 1:], found.derivative(points, (0, 1)), atol=1e-10)
    np.testing.assert_allclose(second[:, :1], found.derivative(points, (2, 0)), atol=1e-8)


def test_solve_with_local_networks_tells_its_error():
    solution = solve("heat", method="local", tolerance=1e-8, budget=None)
    assert solution.relative_l2() < 1e-7
    assert solution.error_estimate is not None
    assert solution.relative_l2() < 3 * solution.error_estimate + 1e-12
    dataset = solution.to_dataset()
    assert float(np.abs(dataset["residual"]).max()) < 1e-5


def test_auto_takes_local_networks_where_they_fit():
    solution = solve("helmholtz", method="auto", tolerance=1e-6, budget=None)
    assert solution.error_estimate is not None
    assert solution.relative_l2() < 1e-5


def test_what_local_networks_cannot_solve_is_said_or_left_to_others(monkeypatch):
    monkeypatch.setattr("isocline_pinn.choose.why_not", lambda data: "it has an integral")
    with pytest.raises(
        UserError, match="do not solve heat: it has an integral; try --method trained"
    ):
        solve("heat", method="local")
    solution = solve("heat", method="auto", budget=None, tolerance=1e-6)
    assert solution.method == "whole"
    assert solution.notes[0] == "Local networks do not serve: it has an integral."
    assert solution.relative_l2() < 1e-6
