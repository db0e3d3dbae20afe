import numpy as np
import pytest

from isocline_pinn import Problem, Quantity, solve


def _decay_problem(dde, seed, noise):
    """u' = −k u on [0, 2] with k unknown, seen at 30 times with an error of `noise`."""
    k = dde.Variable(1.0)
    span = dde.geometry.TimeDomain(0, 2)
    t = np.linspace(0, 2, 30)[:, None]
    values = np.exp(-2 * t) + noise * np.random.default_rng(seed).normal(size=t.shape)
    data = dde.data.PDE(
        span,
        lambda t, u: dde.grad.jacobian(u, t) + k * u,
        [dde.icbc.PointSetBC(t, values)],
        num_domain=40,
        num_boundary=2,
    )
    return Problem("decay", "decay", data, (Quantity("t"),), (Quantity("u"),), unknowns={"k": k})


def test_standard_error_of_a_rate_is_that_of_the_regression(dde):
    noise = 0.01
    solution = solve(
        _decay_problem(dde, 1, noise),
        method="trained",
        budget=None,
        iterations=25,
        hidden=(8,),
        points=60,
    )
    # The same by hand: u = a e^{−kt} with a and k free, at the true values.
    t = np.linspace(0, 2, 30)
    sensitivity = np.stack([np.exp(-2 * t), -t * np.exp(-2 * t)], axis=1)
    expected = noise * np.sqrt(np.linalg.inv(sensitivity.T @ sensitivity)[1, 1])
    found = solution.unknowns["k"]
    assert found.standard_error == pytest.approx(expected, rel=0.4)
    assert abs(found.value - 2) < 3 * expected


def test_lotka_volterra_rates_are_recovered_with_error_bars(dde):
    solution = solve("lotka_volterra", method="trained", budget=None, iterations=60, points=150)
    for name, estimate in solution.unknowns.items():
        assert estimate.value == pytest.approx(estimate.truth, rel=0.05), name
        assert 0 < estimate.standard_error < 0.05
        assert abs(estimate.value - estimate.truth) < 4 * estimate.standard_error
