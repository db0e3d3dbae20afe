"""Whole problems to the accuracy that the engine promises, each with an honest estimate."""

import deepxde as dde
import numpy as np
import pytest
import torch

from isocline_pinn.local import BadConditionError, UnsuitableProblemError, solve_locally, why_not


def points_of(data, count=3000):
    low, high = [], []
    geometry = data.geom
    if isinstance(geometry, dde.geometry.GeometryXTime):
        low.append(geometry.timedomain.t0)
        high.append(geometry.timedomain.t1)
        geometry = geometry.geometry
    low = np.concatenate([np.ravel(geometry.bbox[0]), low])
    high = np.concatenate([np.ravel(geometry.bbox[1]), high])
    points = np.random.default_rng(7).uniform(low, high, (count, len(low)))
    return points[np.ravel(geometry.inside(points[:, : geometry.dim]))]


def error(result, data, exact):
    points = points_of(data)
    truth = exact(points)
    return float(
        (
            np.linalg.norm(result.solution(points) - truth, axis=0) / np.linalg.norm(truth, axis=0)
        ).max()
    )


@pytest.mark.parametrize(
    ("name", "tolerance", "reached"),
    [
        ("helmholtz", 1e-10, 1e-10),
        ("kovasznay", 1e-8, 1e-9),
        ("convection", 1e-11, 1e-11),
        ("burgers", 1e-6, 1e-7),
        ("beam", 1e-12, 1e-13),
    ],
)
def test_the_solution_is_as_good_as_promised_and_its_estimate_is_true(
    request, name, tolerance, reached
):
    data, exact = request.getfixturevalue(name)
    result = solve_locally(data, tolerance=tolerance)
    truth = error(result, data, exact)
    assert truth < reached
    assert result.error_estimate is not None
    if truth > 1e-14:
        assert truth / 3 < result.error_estimate < 3 * truth


def test_derivatives_of_the_solution_are_right(helmholtz):
    data, _ = helmholtz
    result = solve_locally(data, tolerance=1e-8)
    points = points_of(data, 200)
    expected = np.pi * np.cos(np.pi * points[:, :1]) * np.sin(4 * np.pi * points[:, 1:])
    np.testing.assert_allclose(result.derivative(points, (1, 0)), expected, atol=1e-6)


def test_two_runs_are_the_same_bit_for_bit(convection):
    data, _ = convection
    points = points_of(data, 50)
    first, second = (solve_locally(data, tolerance=1e-4).solution(points) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
def test_a_singular_corner_is_not_reported_as_converged(l_shape):
    result = solve_locally(l_shape, tolerance=1e-3)
    assert result.error_estimate is not None
    assert result.error_estimate > 1e-6


def test_an_unknown_constant_is_found_from_observations():
    line = dde.geometry.Interval(0, 1)
    factor = dde.Variable(2.0)
    where = np.linspace(0.05, 0.95, 12)[:, None]

    def pde(x, u):
        return dde.grad.hessian(u, x) + factor * torch.sin(np.pi * x)

    conditions = [
        dde.icbc.DirichletBC(line, lambda x: 0, lambda _, on: on),
        dde.icbc.PointSetBC(where, 3 * np.sin(np.pi * where) / np.pi**2),
    ]
    data = dde.data.PDE(line, pde, conditions, num_domain=4, num_boundary=2)
    result = solve_locally(data, unknowns=[factor], tolerance=1e-9)
    assert result.constants[0].value == pytest.approx(3.0, rel=1e-8)
    assert float(factor.detach()) == result.constants[0].value


def test_an_output_transform_is_used():
    line = dde.geometry.Interval(0, 1)
    data = dde.data.PDE(
        line, lambda x, u: dde.grad.hessian(u, x) + np.pi**2 * torch.sin(np.pi * x), [], 4, 2
    )
    result = solve_locally(data, tolerance=1e-10, output_transform=lambda x, v: x * (1 - x) * v)
    points = np.linspace(0, 1, 21)[:, None]
    np.testing.assert_allclose(result.solution(points), np.sin(np.pi * points), atol=1e-9)


def test_a_condition_that_selects_no_point_is_named():
    line = dde.geometry.Interval(0, 1)
    nowhere = dde.icbc.DirichletBC(line, lambda x: 0, lambda x, on: on and x[0] > 2)
    data = dde.data.PDE(line, lambda x, u: dde.grad.hessian(u, x), [nowhere], 4, 2)
    with pytest.raises(BadConditionError, match=r"condition 1 \(DirichletBC\) selects none of 2"):
        solve_locally(data)


def test_an_integral_equation_is_refused_by_name():
    line = dde.geometry.TimeDomain(0, 1)
    data = dde.data.IDE(
        line, lambda x, y, z: z, [], 4, kernel=lambda x, s: s, num_domain=4, num_boundary=2
    )
    assert "IDE has an integral" in why_not(data)
    with pytest.raises(UnsuitableProblemError, match="couples points far apart"):
        solve_locally(data)


def test_a_periodic_condition_between_two_points_is_one_row():
    line = dde.geometry.Interval(-1, 1)

    def left(x, on):
        return on and dde.utils.isclose(x[0], -1)

    conditions = [
        dde.icbc.DirichletBC(line, lambda x: 0, left),
        dde.icbc.PeriodicBC(line, 0, left),
    ]

    def pde(x, u):
        return dde.grad.hessian(u, x) + np.pi**2 * torch.sin(np.pi * x)

    result = solve_locally(dde.data.PDE(line, pde, conditions, 4, 2), tolerance=1e-10)
    points = np.linspace(-1, 1, 21)[:, None]
    np.testing.assert_allclose(result.solution(points), np.sin(np.pi * points), atol=1e-10)


def test_a_constant_that_no_residual_depends_on_at_first_is_found():
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))
    diffusivity = dde.Variable(2.0)

    def exact(x):
        return np.sin(np.pi * x[:, :1]) * np.exp(-x[:, 1:])

    def pde(x, u):
        source = (np.pi**2 - 1) * torch.sin(np.pi * x[:, :1]) * torch.exp(-x[:, 1:])
        return dde.grad.jacobian(u, x, j=1) - diffusivity * dde.grad.hessian(u, x) - source

    where = np.stack([np.linspace(-1, 1, 10), np.ones(10)], 1)
    conditions = [
        dde.icbc.DirichletBC(domain, exact, lambda _, on: on),
        dde.icbc.IC(domain, exact, lambda _, on: on),
        dde.icbc.PointSetBC(where, exact(where)),
    ]
    data = dde.data.TimePDE(domain, pde, conditions, 4, 4, num_initial=4)
    result = solve_locally(data, unknowns=[diffusivity], tolerance=1e-8)
    assert result.constants[0].value == pytest.approx(1.0, rel=1e-8)
    assert error(result, data, exact) < 1e-8


def test_refinement_stops_where_it_gains_nothing():
    line = dde.geometry.Interval(0, 1)
    where = np.linspace(0.02, 0.98, 25)[:, None]
    noise = 1e-3 * np.random.default_rng(0).standard_normal(where.shape)
    data = dde.data.PDE(
        line,
        lambda x, u: dde.grad.hessian(u[:, :1], x) - u[:, 1:],
        [
            dde.icbc.DirichletBC(line, lambda x: 0, lambda _, on: on, component=0),
            dde.icbc.PointSetBC(where, np.sin(np.pi * where) + noise, component=0),
        ],
        4,
        2,
    )
    assert len(solve_locally(data, tolerance=1e-14, budget=20).levels) < 40


def test_features_that_carry_periodicity_close_the_domain():
    polar = dde.geometry.Rectangle([0, 0], [1, 2 * np.pi])

    def pde(x, u):
        r = x[:, :1]
        u_r = dde.grad.jacobian(u, x, j=0)
        u_rr, u_tt = (dde.grad.hessian(u, x, i=j, j=j) for j in range(2))
        return r * u_r + r**2 * u_rr + u_tt

    rim = dde.icbc.DirichletBC(
        polar, lambda x: np.cos(x[:, 1:2]), lambda x, on: on and dde.utils.isclose(x[0], 1)
    )
    data = dde.data.PDE(polar, pde, [rim], 4, 4)

    def features(x):
        r, angle = x[:, :1], x[:, 1:]
        return torch.cat([r * torch.sin(angle), r * torch.cos(angle)], 1)

    result = solve_locally(data, tolerance=1e-10, feature_transform=features)
    assert error(result, data, lambda x: x[:, :1] * np.cos(x[:, 1:])) < 1e-11


def test_features_that_only_add_inputs_close_nothing():
    line = dde.geometry.Interval(0, 1)
    conditions = [dde.icbc.DirichletBC(line, lambda x: x, lambda _, on: on)]
    data = dde.data.PDE(line, lambda x, u: dde.grad.hessian(u, x), conditions, 4, 2)

    def features(x):
        return torch.cat([x, torch.sin(2 * np.pi * x), x * (1 - x), torch.ones_like(x)], 1)

    result = solve_locally(data, tolerance=1e-10, feature_transform=features)
    assert error(result, data, lambda x: x) < 1e-13


def test_constants_a_hundred_times_smaller_than_their_start_are_found():
    line = dde.geometry.Interval(0, 1)
    viscosity, permeability = dde.Variable(0.1), dde.Variable(0.1)

    def exact(x):
        return 1 - np.cosh(20 * (x - 0.5)) / np.cosh(10)

    def pde(x, u):
        return -viscosity / 0.4 * dde.grad.hessian(u, x) + 1e-3 * u / permeability - 1

    where = np.linspace(0.1, 0.9, 6)[:, None]
    data = dde.data.PDE(line, pde, [dde.icbc.PointSetBC(where, exact(where))], 4, 2)
    result = solve_locally(
        data,
        unknowns=[viscosity, permeability],
        tolerance=1e-9,
        output_transform=lambda x, v: x * (1 - x) * v,
    )
    assert [c.value for c in result.constants] == pytest.approx([1e-3, 1e-3], rel=1e-8)


def test_a_constant_from_noisy_observations_is_within_its_interval():
    """The equation holds and the observations scatter about it, not the other way round."""
    line = dde.geometry.Interval(0, 1)
    stiffness = dde.Variable(1.3)
    where = np.linspace(0.01, 1, 80)[:, None]
    clean = where**4 / 24 - where**3 / 6 + where**2 / 4
    noisy = clean * (1 + 0.02 * np.random.default_rng(0).standard_normal(where.shape))

    def second(y, x):
        return dde.grad.hessian(y, x)

    def left(x, on):
        return on and x[0] < 0.5

    def right(x, on):
        return on and x[0] > 0.5

    conditions = [
        dde.icbc.DirichletBC(line, lambda x: 0, left),
        dde.icbc.NeumannBC(line, lambda x: 0, left),
        dde.icbc.OperatorBC(line, lambda x, y, _: second(y, x), right),
        dde.icbc.OperatorBC(line, lambda x, y, _: dde.grad.jacobian(second(y, x), x), right),
        dde.icbc.PointSetBC(where, noisy),
    ]

    def pde(x, y):
        return stiffness * second(second(y, x), x) - 1

    data = dde.data.PDE(line, pde, conditions, 4, 2)
    found = solve_locally(data, unknowns=[stiffness], tolerance=1e-8).constants[0]
    assert abs(found.value - 1) < 3 * found.deviation < 0.02
