import numpy as np
import pytest
import torch

from isocline_pinn import Problem, Quantity, solve
from isocline_pinn.examine import examine
from isocline_pinn.problem import describe_data
from isocline_pinn.trained.residuals import ResidualSystem
from isocline_run import UserError


def _look_at(dde, data, outputs=1):
    net = dde.nn.FNN([data.geom.dim, 6, outputs], "tanh", "Glorot normal")
    return examine(describe_data(data, net), ResidualSystem(data, net))


def test_a_condition_that_does_not_depend_on_the_network_is_named(dde, diffusion):
    # Field case A3.
    for function in (
        lambda x, u, X: np.zeros((len(X), 1)),
        lambda x, u, X: torch.zeros(len(X), 1),
        lambda x, u, X: x[:, 0:1] ** 2 - 1,
    ):
        data = diffusion(
            lambda d, f=function: [
                dde.icbc.IC(d, lambda x: np.sin(np.pi * x[:, 0:1]), lambda _, on: on),
                dde.icbc.OperatorBC(d, f, lambda _, on: on),
            ]
        )
        with pytest.raises(
            UserError,
            match=r"condition 2 of 2 \(OperatorBC\) does not depend on the network: its residual",
        ):
            _look_at(dde, data)


def test_values_without_a_column_are_read_as_one(dde):
    # Field case A4.
    points = np.linspace(0, 1, 20)[:, None]
    seen = dde.icbc.PointSetBC(points, np.sin(2 * np.pi * points[:, 0]))
    data = dde.data.PDE(dde.geometry.Interval(0, 1), None, [seen], num_domain=0, anchors=points)
    terms = _look_at(dde, data)
    assert [len(t.values) for t in terms] == [20]


def test_points_and_values_of_different_number_are_told_apart(dde):
    points = np.linspace(0, 1, 20)[:, None]
    seen = dde.icbc.PointSetBC(points, np.ones((19, 1)))
    data = dde.data.PDE(dde.geometry.Interval(0, 1), None, [seen], num_domain=0, anchors=points)
    with pytest.raises(
        UserError, match=r"\(PointSetBC\) has \(20, 1\) points and \(19, 1\) values"
    ):
        _look_at(dde, data)


def _plate(dde, traction):
    square = dde.geometry.Rectangle([0, 0], [1, 1])

    def top(x, on):
        return bool(on and np.isclose(x[1], 1))

    def equation(x, u):
        return dde.grad.hessian(u, x, i=0, j=0) + dde.grad.hessian(u, x, i=1, j=1)

    return dde.data.PDE(
        square,
        equation,
        [
            dde.icbc.DirichletBC(square, lambda x: 0.0, lambda x, on: on and x[1] < 0.5),
            dde.icbc.NeumannBC(square, traction, top),
        ],
        num_domain=10,
        num_boundary=40,
    )


def test_a_row_where_a_column_was_meant_is_named_with_its_shape(dde):
    # Field case A11: x[0] is the first point.
    data = _plate(dde, lambda x: 8 * np.sin(np.pi * x[0]))
    with pytest.raises(
        UserError,
        match=r"condition 2 of 2 \(NeumannBC\).*shape \(\d+, 2\) and gave values of shape \(2,\)",
    ):
        _look_at(dde, data)


@pytest.mark.parametrize(
    "traction",
    [lambda x: 8.0, lambda x: 8 * np.sin(np.pi * x[:, 0]), lambda x: 8 * np.sin(np.pi * x[:, 0:1])],
)
def test_a_number_a_row_of_values_and_a_column_are_understood(dde, traction):
    terms = _look_at(dde, _plate(dde, traction))
    assert all(len(t.values) == t.last - t.first for t in terms)


def test_a_residual_that_was_broadcast_to_a_square_is_named(dde):
    def equation(x, u):
        return dde.grad.jacobian(u, x, i=0, j=0) - x[:, 0]

    line = dde.geometry.Interval(0, 1)
    data = dde.data.PDE(line, equation, [], num_domain=30)
    with pytest.raises(
        UserError, match=r"equation 1: the residual at 30 points has shape \(30, 30\)"
    ):
        _look_at(dde, data)


def test_a_condition_without_points_is_named(dde, diffusion):
    data = diffusion(lambda d: [dde.icbc.DirichletBC(d, lambda x: 0.0, lambda _, on: False)])
    with pytest.raises(
        UserError, match=r"condition 1 of 1 \(DirichletBC\) holds at none of the points"
    ):
        _look_at(dde, data)


def test_a_residual_that_is_nan_at_the_start_says_which_how_many_and_where(dde):
    def equation(x, u):
        return dde.grad.jacobian(u, x) / torch.where(x > 0.5, x - x, x)

    line = dde.geometry.Interval(0, 1)
    data = dde.data.PDE(line, equation, [], num_domain=20, train_distribution="uniform")
    with pytest.raises(
        UserError,
        match=r"equation 1 is NaN or infinite at 1\d\d of 200 points before the first step, one of them x",
    ):
        solve(data, method="trained", iterations=1, budget=None, hidden=(4,))


def test_an_error_in_the_equation_is_one_sentence_with_its_line(decay):
    text = decay.read_text().replace("dde.grad.jacobian(u, t) + u", "u.missing")
    decay.write_text(text)
    with pytest.raises(UserError, match=r"decay\.py, line 5: AttributeError: .*; correct the file"):
        solve(decay, method="trained", iterations=1, budget=None)


def test_sentences_name_the_coordinates_of_the_problem(dde):
    line = dde.geometry.Interval(0, 1)
    data = dde.data.PDE(line, lambda x, u: u / (x - x), [], num_domain=5)
    problem = Problem("mine", "mine", data, (Quantity("depth", units="m"),), (Quantity("T"),))
    with pytest.raises(UserError, match=r"one of them depth = 0\."):
        solve(problem, method="trained", iterations=1, budget=None, hidden=(4,))
