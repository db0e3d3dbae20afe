"""Unknown constants: as regression finds them, with intervals that hold the truth as often as they say."""

import deepxde as dde
import numpy as np
import pytest
from scipy.optimize import curve_fit
from scipy.stats import t as student

from isocline_pinn.local import solve_locally


def _decay(seed, noise=0.01, count=30):
    """u' = −k u with k unknown: the data, the unknown, and the observations."""
    k = dde.Variable(1.0)
    times = np.linspace(0, 2, count)[:, None]
    values = np.exp(-2 * times) + noise * np.random.default_rng(seed).normal(size=times.shape)
    data = dde.data.PDE(
        dde.geometry.TimeDomain(0, 2),
        lambda t, u: dde.grad.jacobian(u, t) + k * u,
        [dde.icbc.PointSetBC(times, values)],
        num_domain=4,
        num_boundary=2,
    )
    return data, k, (times[:, 0], values[:, 0])


def test_a_rate_and_its_deviation_are_those_of_nonlinear_regression():
    data, k, (times, values) = _decay(1)
    found = solve_locally(data, unknowns=[k], tolerance=1e-8).constants[0]
    best, covariance = curve_fit(lambda t, a, rate: a * np.exp(-rate * t), times, values, p0=[1, 1])
    assert found.value == pytest.approx(best[1], rel=1e-6)
    assert found.deviation == pytest.approx(np.sqrt(covariance[1, 1]), rel=1e-2)
    assert found.freedom == pytest.approx(28, abs=0.1)


def test_ninety_per_cent_intervals_hold_the_truth_nine_times_of_ten():
    inside = 0
    for seed in range(100, 150):
        data, k, _ = _decay(seed)
        found = solve_locally(data, unknowns=[k], tolerance=1e-6).constants[0]
        reach = student.ppf(0.95, found.freedom) * found.deviation
        inside += abs(found.value - 2.0) < reach
    assert 0.82 <= inside / 50 <= 0.98


def test_a_diffusivity_is_not_drawn_towards_zero_by_noise():
    k = dde.Variable(0.5)
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 1))
    random = np.random.default_rng(0)
    points = random.uniform(size=(60, 2))
    exact = np.exp(-0.2 * np.pi**2 * points[:, 1:]) * np.sin(np.pi * points[:, :1])
    conditions = [
        dde.icbc.DirichletBC(domain, lambda x: 0.0, lambda _, on: on),
        dde.icbc.PointSetBC(points, exact + 0.01 * random.normal(size=exact.shape)),
    ]
    data = dde.data.TimePDE(
        domain,
        lambda x, u: dde.grad.jacobian(u, x, i=0, j=1) - k * dde.grad.hessian(u, x, i=0, j=0),
        conditions,
        num_domain=4,
        num_boundary=4,
    )
    found = solve_locally(data, unknowns=[k], tolerance=1e-6).constants[0]
    assert abs(found.value - 0.2) < 3 * found.deviation
    assert found.deviation < 0.004
