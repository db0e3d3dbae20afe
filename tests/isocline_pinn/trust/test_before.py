"""Each bad input gets its sentence before any method is chosen."""

import numpy as np
import pytest
import torch

from isocline_pinn.problem import describe_data
from isocline_pinn.trust import look_before
from isocline_run import UserError


def _heat(dde, equation=None, conditions=(), solution=None):
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 1))

    def heat(x, u):
        return dde.grad.jacobian(u, x, i=0, j=1) - dde.grad.hessian(u, x, i=0, j=0)

    made = [c(domain) for c in conditions]
    return describe_data(
        dde.data.TimePDE(
            domain,
            equation or heat,
            made,
            num_domain=4,
            num_boundary=4,
            num_initial=4,
            solution=solution,
        )
    )


def _walls(dde, value=0.0):
    return lambda d: dde.icbc.DirichletBC(d, lambda x: value, lambda _, on: on)


def _start(dde, function):
    return lambda d: dde.icbc.IC(d, function, lambda _, on: on)


def _raises(problem, text):
    with pytest.raises(UserError, match=text):
        look_before(problem)


def test_a_good_problem_passes_without_a_word(dde):
    start = _start(dde, lambda x: np.sin(np.pi * x[:, 0:1]))
    assert look_before(_heat(dde, conditions=[_walls(dde), start])) == []


def test_an_equation_of_the_wrong_shape_is_told_its_shape(dde):
    def square(x, u):
        return dde.grad.jacobian(u, x, i=0, j=1) - x[:, 0]

    _raises(
        _heat(dde, square), r"equation 1: the residual at 200 points has shape \(200, 200\), for"
    )
    _raises(
        _heat(dde, lambda x, u: (u**2).mean()),
        r"equation 1: the residual at 200 points has shape \(\); return one row a point",
    )
    _raises(
        _heat(dde, lambda x, u: [u, u.detach().numpy()]),
        r"equation 2: its function returned a ndarray; return a tensor of shape \(200, 1\)",
    )


def test_a_residual_that_is_nan_in_places_says_how_many_and_where(dde):
    problem = _heat(dde, lambda x, u: u * torch.sqrt(x[:, 0:1] - 0.25))
    _raises(
        problem,
        r"equation 1 is NaN or infinite at \d\d of 200 points before the first step, one of",
    )


def test_a_logarithm_of_the_solution_is_no_fault(dde):
    look_before(_heat(dde, lambda x, u: torch.log(u) + dde.grad.jacobian(u, x, i=0, j=1)))


def test_a_condition_without_points_is_named(dde):
    nowhere = [lambda d: dde.icbc.DirichletBC(d, lambda x: 0.0, lambda x, on: on and x[0] > 2)]
    _raises(
        _heat(dde, conditions=nowhere), r"condition 1 of 1 \(DirichletBC\) holds at none of the"
    )


@pytest.mark.parametrize("kind", ["array", "tensor", "inputs"])
def test_a_condition_that_does_not_depend_on_the_network_is_named(dde, kind):
    # Field case A3.
    function = {
        "array": lambda x, u, X: np.zeros((len(X), 1)),
        "tensor": lambda x, u, X: torch.zeros(len(X), 1),
        "inputs": lambda x, u, X: x[:, 0:1] * (x[:, 0:1] - 1),
    }[kind]
    given = [lambda d: dde.icbc.OperatorBC(d, function, lambda _, on: on)]
    said = (
        "its function returned a ndarray" if kind == "array" else "does not depend on the network"
    )
    _raises(_heat(dde, conditions=given), rf"condition 1 of 1 \(OperatorBC\):? {said}")


def test_a_row_where_a_column_was_meant_is_named_with_both_shapes(dde):
    # Field case A11: x[0] is the first point.
    start = _start(dde, lambda x: 8 * np.sin(np.pi * x[0]))
    _raises(
        _heat(dde, conditions=[start]),
        r"condition 1 of 1 \(IC\): its value function got points of shape \(\d+, 2\) and gave values of "
        r"shape \(2,\)",
    )


@pytest.mark.parametrize("shape", [(20,), (20, 1)])
def test_values_of_either_shape_are_read_as_columns(dde, shape):
    # Field case A4.
    points = np.random.default_rng(0).uniform(size=(20, 2))
    seen = dde.icbc.PointSetBC(points, np.ones(shape))
    look_before(_heat(dde, conditions=[lambda d: seen]))
    assert tuple(seen.values.shape) == (20, 1)


def test_points_and_values_of_different_number_are_told_apart(dde):
    points = np.random.default_rng(0).uniform(size=(20, 2))
    seen = dde.icbc.PointSetBC(points, np.ones((19, 1)))
    text = (
        r"condition 1 of 1 \(PointSetBC\) has \(20, 2\) points and \(19, 1\) values; give one value"
    )
    _raises(_heat(dde, conditions=[lambda d: seen]), text)


def test_observations_outside_the_domain_are_counted(dde):
    points = np.array([[0.5, 0.5], [1.0, 1.0], [0.5, 1.25]])
    seen = dde.icbc.PointSetBC(points, np.ones((3, 1)))
    _raises(
        _heat(dde, conditions=[lambda d: seen]),
        r"1 of 3 of the points of condition 1 of 1 \(PointSetBC\) lie outside the domain \(x from 0 to 1, "
        r"t from 0 to 1\), the first at x = 0\.5, t = 1\.25; leave them out or enlarge the domain",
    )


def test_an_initial_state_that_does_not_meet_its_walls_is_a_note(dde):
    start = _start(dde, lambda x: np.cos(np.pi * x[:, 0:1]))
    (note,) = look_before(_heat(dde, conditions=[_walls(dde), start]))
    assert "condition 1 of 2 (DirichletBC) and condition 2 of 2 (IC) meet at x = 0, t = 0" in note
    assert "differ there by 1 in u (0 and 1)" in note


def test_a_lid_over_walls_at_rest_is_a_note(dde):
    square = dde.geometry.Rectangle([0, 0], [1, 1])

    def lid(x, on):
        return bool(on and np.isclose(x[1], 1))

    def rest(x, on):
        return bool(on and x[1] < 1)

    def walls(x, on):
        return bool(on and (np.isclose(x[0], 0) or np.isclose(x[0], 1)))

    def equation(x, u):
        return dde.grad.hessian(u, x, i=0, j=0) + dde.grad.hessian(u, x, i=1, j=1)

    def notes(*pairs):
        def wall(value, where):
            return dde.icbc.DirichletBC(square, lambda x: value, where)

        given = [wall(*pair) for pair in pairs]
        return look_before(describe_data(dde.data.PDE(square, equation, given, 4, 8)))

    def floor(x, on):
        return bool(on and np.isclose(x[1], 0))

    (note,) = notes((2.0, lid), (0.0, walls), (0.0, floor))
    assert "meet at x = 0, y = 1 and differ there by 2 in u (2 and 0)" in note
    assert notes((1.0, lid), (0.0, rest)) == []
    with pytest.raises(
        UserError, match=r"hold along a part of the boundary and give u values that"
    ):
        notes((1.0, walls), (0.0, walls))


def test_an_error_in_a_condition_is_one_sentence(dde):
    def fails(x, u, X):
        return u.nothing

    given = [lambda d: dde.icbc.OperatorBC(d, fails, lambda _, on: on)]
    _raises(_heat(dde, conditions=given), r"AttributeError: .*; correct the file")
