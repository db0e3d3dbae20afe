"""What a problem lacks is named, and nothing that it does not lack."""

import deepxde as dde
import numpy as np
import pytest

from isocline_pinn import catalogue
from isocline_pinn.local.problem import read_problem, why_not
from isocline_pinn.local.solve import double_precision
from isocline_pinn.trace import Missing, missing_conditions


@pytest.fixture(autouse=True)
def _float64():
    with double_precision():
        yield


def on(_, boundary):
    return boundary


def flow(x, w):
    """Incompressible flow in the plane, steady."""

    def d(i, j):
        return dde.grad.jacobian(w, x, i=i, j=j)

    def laplace(i):
        return sum(dde.grad.hessian(w, x, component=i, i=j, j=j) for j in range(2))

    u, v = w[:, :1], w[:, 1:2]
    return [
        u * d(0, 0) + v * d(0, 1) + d(2, 0) - 0.01 * laplace(0),
        u * d(1, 0) + v * d(1, 1) + d(2, 1) - 0.01 * laplace(1),
        d(0, 0) + d(1, 1),
    ]


def test_an_outlet_with_only_a_pressure_lacks_both_velocities():
    channel = dde.geometry.Rectangle([0, 0], [4, 2])
    step = dde.geometry.Rectangle([0, 1], [1, 2])
    domain = dde.geometry.CSGDifference(channel, step)

    def outlet(x, boundary):
        return boundary and np.isclose(x[0], 4)

    def elsewhere(x, boundary):
        return boundary and not np.isclose(x[0], 4)

    conditions = [
        dde.icbc.DirichletBC(domain, lambda x: 0, elsewhere, component=0),
        dde.icbc.DirichletBC(domain, lambda x: 0, elsewhere, component=1),
        dde.icbc.DirichletBC(domain, lambda x: 0, outlet, component=2),
    ]
    found = missing_conditions(read_problem(dde.data.PDE(domain, flow, conditions, 4, 4)))
    part = "the edge from (4, 0) to (4, 2)"
    assert found == [Missing(part, 0, 2, 1), Missing(part, 1, 2, 1)]


def test_an_obstacle_without_conditions_is_named():
    domain = dde.geometry.Rectangle([0, 0], [1, 1]) - dde.geometry.Disk([0.5, 0.4], 0.2)

    def outer(x, boundary):
        return boundary and (np.isclose(x, 0).any() or np.isclose(x, 1).any())

    def pde(x, u):
        return dde.grad.hessian(u, x, i=0, j=0) + dde.grad.hessian(u, x, i=1, j=1)

    data = dde.data.PDE(domain, pde, [dde.icbc.DirichletBC(domain, lambda x: 0, outer)], 4, 4)
    assert missing_conditions(read_problem(data)) == [Missing("the disk about (0.5, 0.4)", 0, 1, 0)]


def timed(pde, conditions, low=0.0):
    domain = dde.geometry.GeometryXTime(
        dde.geometry.Interval(low, 1), dde.geometry.TimeDomain(0, 1)
    )
    return dde.data.TimePDE(domain, pde, conditions(domain), 4, 4, num_initial=4)


def second(x, u, j):
    return dde.grad.hessian(u, x, i=j, j=j)


def test_a_wave_without_an_initial_velocity_lacks_it():
    data = timed(
        lambda x, u: second(x, u, 1) - second(x, u, 0),
        lambda domain: [
            dde.icbc.DirichletBC(domain, lambda x: 0, on),
            dde.icbc.IC(domain, lambda x: 1, on),
            # Meant for t = 0, but DeepXDE hands over whether x is on the sides.
            dde.icbc.OperatorBC(domain, lambda x, u, _: dde.grad.jacobian(u, x, j=1), on),
        ],
    )
    assert missing_conditions(read_problem(data)) == [Missing("t = 0", 0, 2, 1)]


def test_a_fourth_order_equation_without_conditions_lacks_two_at_each_end():
    def pde(x, u):
        u_xx = second(x, u, 0)
        return dde.grad.jacobian(u, x, j=1) + u_xx + dde.grad.hessian(u_xx, x, i=0, j=0)

    data = timed(pde, lambda domain: [dde.icbc.IC(domain, lambda x: 1, on)])
    found = missing_conditions(read_problem(data))
    assert found == [Missing("x = 0", 0, 2, 0), Missing("x = 1", 0, 2, 0)]


def test_third_order_needs_three_conditions_at_both_ends_together():
    def pde(x, u):
        third = dde.grad.jacobian(second(x, u, 0), x, j=0)
        return dde.grad.jacobian(u, x, j=1) + third

    def conditions(domain):
        return [dde.icbc.IC(domain, lambda x: 1, on), dde.icbc.DirichletBC(domain, lambda x: 0, on)]

    assert missing_conditions(read_problem(timed(pde, conditions))) == [
        Missing("x = 0 or 1", 0, 3, 2)
    ]


def test_what_vanishes_on_a_side_asks_for_nothing_there():
    """A Black–Scholes equation at S = 0, and an output transform that holds the value."""
    line = dde.geometry.Interval(0, 1)

    def right(x, boundary):
        return boundary and np.isclose(x[0], 1)

    condition = dde.icbc.DirichletBC(line, lambda x: 1, right)
    fuchs = dde.data.PDE(line, lambda x, u: x**2 * second(x, u, 0) + x * u - u, [condition], 4, 2)
    assert missing_conditions(read_problem(fuchs)) == []
    plain = dde.data.PDE(line, lambda x, u: second(x, u, 0), [condition], 4, 2)
    assert missing_conditions(read_problem(plain)) == [Missing("x = 0", 0, 1, 0)]
    hard = read_problem(plain, output_transform=lambda x, v: x * v)
    assert missing_conditions(hard) == []


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
@pytest.mark.parametrize("name", catalogue.names())
def test_no_problem_of_the_catalogue_lacks_a_condition(catalogued, name):
    problem = catalogued(name)
    if why_not(problem.data) is None:
        traced = read_problem(problem.data, unknowns=tuple(problem.unknowns.values()))
        assert missing_conditions(traced) == []
