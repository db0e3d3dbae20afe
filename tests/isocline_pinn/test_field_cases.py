"""Problems that people brought to public trackers, with their right answers."""

import numpy as np
import pytest

from isocline_pinn import Problem, Quantity, solve


def _solve(data, **settings):
    return solve(data, **({"budget": 30, "iterations": 40} | settings))


def test_a1_clamped_beam_bends_as_it_should_and_alike_for_every_seed(dde):
    line = dde.geometry.Interval(0, 1)

    def equation(x, u):
        u_xx = dde.grad.hessian(u, x)
        return dde.grad.hessian(u_xx, x) + 1

    def end(place):
        return lambda x, on: bool(on and np.isclose(x[0], place))

    conditions = [
        kind(line, lambda x: 0.0, end(place))
        for kind in (dde.icbc.DirichletBC, dde.icbc.NeumannBC)
        for place in (0, 1)
    ]
    x = np.linspace(0, 1, 101)[:, None]
    exact = -(x**2) * (1 - x) ** 2 / 24
    middles = []
    for seed in range(3):
        data = dde.data.PDE(line, equation, conditions, num_domain=10, num_boundary=2)
        solution = _solve(data, seed=seed, iterations=80, hidden=(10, 10), points=40)
        found = solution(x)
        assert np.linalg.norm(found - exact) / np.linalg.norm(exact) < 1e-2
        assert np.abs(found[[0, -1]]).max() < 1e-2 * np.abs(exact).max()
        middles.append(found[50, 0])
    assert middles == pytest.approx([-1 / 384] * 3, rel=1e-2)


def test_a3_an_operator_on_the_output_is_a_dirichlet_condition(dde, diffusion):
    def start(domain):
        return dde.icbc.IC(domain, lambda x: np.sin(np.pi * x[:, 0:1]), lambda _, on: on)

    data = diffusion(
        lambda d: [start(d), dde.icbc.OperatorBC(d, lambda x, u, X: u, lambda _, on: on)]
    )
    solution = _solve(data, hidden=(12, 12), points=250, iterations=30)
    axis = np.linspace(-1, 1, 21)
    points = np.array([[x, t] for x in axis for t in np.linspace(0, 1, 11)])
    exact = np.exp(-points[:, 1]) * np.sin(np.pi * points[:, 0])
    found = solution(points)[:, 0]
    assert np.linalg.norm(found - exact) / np.linalg.norm(exact) < 1e-2


@pytest.mark.parametrize("shape", [(20,), (20, 1)])
def test_a4_measured_points_are_fitted_whatever_shape_their_values_have(dde, shape):
    points = np.linspace(0, 1, 20)[:, None]
    seen = dde.icbc.PointSetBC(points, np.sin(2 * np.pi * points).reshape(shape))
    data = dde.data.PDE(dde.geometry.Interval(0, 1), None, [seen], num_domain=0, anchors=points)
    solution = _solve(data, hidden=(12,))
    error = solution(points)[:, 0] - np.sin(2 * np.pi * points[:, 0])
    assert np.mean(error**2) < 1e-4


def test_a8_a_matched_outlet_couples_real_and_imaginary_part(dde):
    k = 2 * np.pi
    line = dde.geometry.Interval(0, 1)

    def equations(x, p):
        return [dde.grad.hessian(p, x, component=c) + k**2 * p[:, c : c + 1] for c in (0, 1)]

    def slope(c):
        return lambda x, p: dde.grad.jacobian(p, x, i=c)

    def left(x, on):
        return bool(on and np.isclose(x[0], 0))

    def right(x, on):
        return bool(on and np.isclose(x[0], 1))

    operator = dde.icbc.OperatorBC
    conditions = [
        operator(line, lambda x, p, _: slope(0)(x, p), left),
        operator(line, lambda x, p, _: slope(1)(x, p) + k, left),
        operator(line, lambda x, p, _: slope(0)(x, p) - k * p[:, 1:2], right),
        operator(line, lambda x, p, _: slope(1)(x, p) + k * p[:, 0:1], right),
    ]
    data = dde.data.PDE(line, equations, conditions, num_domain=60, num_boundary=2)
    solution = _solve(data, hidden=(16, 16), iterations=60)
    x = np.linspace(0, 1, 101)[:, None]
    real, imaginary = solution(x).T
    assert np.hypot(real, imaginary) == pytest.approx(1, abs=0.02)
    assert real == pytest.approx(np.cos(k * x[:, 0]), abs=0.02)
    assert imaginary == pytest.approx(-np.sin(k * x[:, 0]), abs=0.02)


def test_a12_a_velocity_given_at_one_point_is_not_drowned(dde):
    span = dde.geometry.TimeDomain(0, 1)

    def equation(t, x):
        return dde.grad.hessian(x, t) + 14 * dde.grad.jacobian(x, t) + 49 * x

    conditions = [
        dde.icbc.IC(span, lambda t: 0.0, lambda _, on: on),
        dde.icbc.OperatorBC(
            span,
            lambda t, x, _: dde.grad.jacobian(x, t) + 3,
            lambda t, on: bool(np.isclose(t[0], 0)),
        ),
    ]
    data = dde.data.PDE(span, equation, conditions, num_domain=40, num_boundary=2)
    solution = _solve(data, hidden=(12, 12), points=100)
    t = np.linspace(0, 1, 701)[:, None]
    found = solution(t)[:, 0]
    assert found.min() == pytest.approx(-3 / (7 * np.e), rel=5e-3)
    assert t[found.argmin(), 0] == pytest.approx(1 / 7, abs=5e-3)


@pytest.mark.parametrize("length", [1, 5, 10, 100])
def test_a15_a_long_interval_needs_no_rescaling(dde, length):
    line = dde.geometry.Interval(0, length)

    def end(place):
        return lambda x, on: bool(on and np.isclose(x[0], place))

    conditions = [
        dde.icbc.DirichletBC(line, lambda x: 0.0, end(0)),
        dde.icbc.DirichletBC(line, lambda x: 1.0, end(length)),
    ]
    data = dde.data.PDE(
        line, lambda x, u: dde.grad.hessian(u, x), conditions, num_domain=20, num_boundary=2
    )
    solution = _solve(data, hidden=(8, 8), points=60, iterations=30)
    x = np.linspace(0, length, 101)[:, None]
    assert solution(x) == pytest.approx(x / length, abs=1e-2)


def test_a11_the_corrected_plate_is_solved(dde):
    lam, mu, q, pi = 1.0, 0.5, 4.0, np.pi
    solution = _solve(_plate(dde, lam, mu, q), hidden=(16, 16), points=350, iterations=40)
    axis = np.linspace(0, 1, 21)
    points = np.array([[x, y] for x in axis for y in axis])
    exact = np.sin(pi * points[:, 0]) * q * points[:, 1] ** 4 / 4
    found = solution(points)[:, 1]
    assert np.linalg.norm(found - exact) / np.linalg.norm(exact) < 5e-2


def _plate(dde, lam, mu, q):
    """Displacements and stresses (u_x, u_y, σ_xx, σ_yy, σ_xy) of a plate under traction at its top."""
    import torch

    square, pi = dde.geometry.Rectangle([0, 0], [1, 1]), np.pi
    sin, cos = torch.sin, torch.cos

    def equations(x, f):
        def d(i, j):
            return dde.grad.jacobian(f, x, i=i, j=j)

        e_xx, e_yy, e_xy = d(0, 0), d(1, 1), (d(0, 1) + d(1, 0)) / 2
        X, Y = x[:, 0:1], x[:, 1:2]
        f_x = lam * (4 * pi**2 * cos(2 * pi * X) * sin(pi * Y) - pi * cos(pi * X) * q * Y**3)
        f_x += mu * (9 * pi**2 * cos(2 * pi * X) * sin(pi * Y) - pi * cos(pi * X) * q * Y**3)
        f_y = lam * (-3 * sin(pi * X) * q * Y**2 + 2 * pi**2 * sin(2 * pi * X) * cos(pi * Y))
        f_y += mu * (
            -6 * sin(pi * X) * q * Y**2
            + 2 * pi**2 * sin(2 * pi * X) * cos(pi * Y)
            + pi**2 * sin(pi * X) * q * Y**4 / 4
        )
        return [
            d(2, 0) + d(4, 1) + f_x,
            d(4, 0) + d(3, 1) + f_y,
            lam * (e_xx + e_yy) + 2 * mu * e_xx - f[:, 2:3],
            lam * (e_xx + e_yy) + 2 * mu * e_yy - f[:, 3:4],
            2 * mu * e_xy - f[:, 4:5],
        ]

    def on(axis, place):
        return lambda x, edge: bool(edge and np.isclose(x[axis], place))

    def sides(x, edge):
        return bool(edge and (np.isclose(x[0], 0) or np.isclose(x[0], 1)))

    def fixed(component, where):
        return dde.icbc.DirichletBC(square, lambda x: 0.0, where, component=component)

    def traction(x):
        return (lam + 2 * mu) * q * np.sin(pi * x[:, 0:1])

    conditions = [
        fixed(0, on(1, 0)),
        fixed(0, on(1, 1)),
        fixed(1, on(1, 0)),
        fixed(1, sides),
        fixed(2, sides),
        dde.icbc.DirichletBC(square, traction, on(1, 1), component=3),
    ]
    return dde.data.PDE(square, equations, conditions, num_domain=300, num_boundary=80)


def test_a16_a_factor_nine_decades_from_its_start_is_found_and_said_to_be_far(dde):
    pre_factor, small = dde.Variable(1.0), 2e-6 / 7.8e8
    days = np.linspace(1, 2000, 20)[:, None]
    seen = dde.icbc.PointSetBC(days, 1 / (1 / 1000 + 2e-6 * (days - 1)))
    data = dde.data.PDE(
        dde.geometry.TimeDomain(1, 2000),
        lambda t, u: dde.grad.jacobian(u, t) + pre_factor * small * u**2,
        [seen],
        num_domain=20,
        num_boundary=2,
    )
    unknowns = {"A": pre_factor}
    problem = Problem(
        "paper", "paper", data, (Quantity("t"),), (Quantity("DP"),), unknowns=unknowns
    )
    solution = solve(problem, budget=20)
    assert solution.unknowns["A"].value == pytest.approx(7.8e8, rel=5e-2)
    assert any("A = 7.8e+08 is 9 decades from its start 1" in note for note in solution.notes)


def _periodic_strip(dde, shape, length):
    """u_xx + u_yy = −(k² + π²) cos kx sin πy with k = 2π/length, periodic in x, zero at y = 0 and 1."""
    import torch

    wave = 2 * np.pi / length

    def equation(x, u):
        source = torch.cos(wave * x[:, :1]) * torch.sin(np.pi * x[:, 1:])
        laplacian = dde.grad.hessian(u, x, i=0, j=0) + dde.grad.hessian(u, x, i=1, j=1)
        return laplacian + (wave**2 + np.pi**2) * source

    def level(x, on):
        return bool(on and (np.isclose(x[1], 0) or np.isclose(x[1], 1)))

    def left(x, on):
        return bool(on and np.isclose(x[0], 0))

    conditions = [
        dde.icbc.DirichletBC(shape, lambda x: 0.0, level),
        dde.icbc.PeriodicBC(shape, 0, left),
        dde.icbc.PeriodicBC(shape, 0, left, derivative_order=1),
    ]
    data = dde.data.PDE(shape, equation, conditions, num_domain=40, num_boundary=40)
    return data, lambda x: np.cos(wave * x[:, 0]) * np.sin(np.pi * x[:, 1])


@pytest.mark.parametrize("kind", ["union", "difference"])
def test_a14_a_glued_domain_is_periodic_across_the_whole_of_it(dde, kind):
    rectangle = dde.geometry.Rectangle
    shape = {
        "union": rectangle([0, 0], [1, 1]) | rectangle([1, 0], [2, 1]),
        "difference": rectangle([0, 0], [2, 1]) - rectangle([1, -0.1], [2.1, 1.1]),
    }[kind]
    high = 2.0 if kind == "union" else 1.0
    data, exact = _periodic_strip(dde, shape, high)
    points = np.random.default_rng(0).uniform([0, 0], [high, 1], (200, 2))
    assert _solve(data)(points)[:, 0] == pytest.approx(exact(points), abs=1e-6)
    pair = data.bcs[1].collocation_points(np.array([[0.0, 0.5], [0.3, 0.2]]))
    assert pair.tolist() == [[0.0, 0.5], [high, 0.5]]


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
def test_a10_a_condition_on_an_inner_quadrilateral_runs(dde):
    outer = dde.geometry.Rectangle([-0.5, -0.5], [1, 0.5])
    hole = dde.geometry.Polygon([[0, 0], [0, 0.1], [0.1, 0.1], [0.07, 0]])
    assert hole.area == pytest.approx(0.0085)
    shape = outer - hole

    def inner(x, on):
        return bool(on and hole.on_boundary(x[None])[0])

    def edge(x, on):
        return bool(on and outer.on_boundary(x[None])[0])

    def equation(x, u):
        return dde.grad.hessian(u, x, i=0, j=0) + dde.grad.hessian(u, x, i=1, j=1)

    # x² − y² is harmonic, so that it is the solution although the hole's corners point inwards.
    def harmonic(x):
        return x[:, :1] ** 2 - x[:, 1:] ** 2

    conditions = [dde.icbc.DirichletBC(shape, harmonic, where) for where in (inner, edge)]
    data = dde.data.PDE(shape, equation, conditions, num_domain=100, num_boundary=100)
    points = np.random.default_rng(0).uniform([-0.5, -0.5], [1, 0.5], (300, 2))
    points = points[shape.inside(points)]
    assert not hole.inside(points).any()
    assert _solve(data)(points) == pytest.approx(harmonic(points), abs=1e-2)
