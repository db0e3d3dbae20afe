"""The surrogate's jets come back through any way of taking derivatives."""

import deepxde as dde
import numpy as np
import pytest
import torch

from isocline_pinn.trace import evaluate, multi_indices, trace_term


@pytest.fixture
def points():
    return np.random.default_rng(0).uniform(-1, 1, (7, 2))


@pytest.fixture
def jets(points):
    random = np.random.default_rng(1)
    keys = [(c, a) for c in range(2) for a in multi_indices(2, 4)]
    return {key: random.standard_normal(len(points)) for key in keys}


def nonlinear(x, u):
    u_x = dde.grad.jacobian(u, x, i=0, j=0)
    v_yy = dde.grad.hessian(u, x, component=1, i=1, j=1)
    flux = dde.grad.jacobian(u[:, :1] * u_x, x, i=0, j=1)
    fourth = dde.grad.hessian(dde.grad.hessian(u, x, component=0, i=0, j=0), x, i=1, j=1)
    plain = torch.autograd.grad(u[:, 1:].sum(), x, create_graph=True)[0][:, :1]
    return [flux + torch.sin(x[:, :1]) * v_yy, fourth * u[:, 1:] - plain]


def test_residuals_equal_the_same_expression_in_the_jets(points, jets):
    result = evaluate(nonlinear, points, jets, 2)
    u, u_x, u_y = jets[0, (0, 0)], jets[0, (1, 0)], jets[0, (0, 1)]
    first = u_y * u_x + u * jets[0, (1, 1)] + np.sin(points[:, 0]) * jets[1, (0, 2)]
    second = jets[0, (2, 2)] * jets[1, (0, 0)] - jets[1, (1, 0)]
    np.testing.assert_allclose(result.residuals, [first, second], rtol=1e-13)


def test_sensitivities_are_the_partial_derivatives(points, jets):
    result = evaluate(nonlinear, points, jets, 2)
    np.testing.assert_allclose(result.sensitivities[0][0, (1, 1)], jets[0, (0, 0)], rtol=1e-13)
    np.testing.assert_allclose(result.sensitivities[0][1, (0, 2)], np.sin(points[:, 0]), rtol=1e-13)
    np.testing.assert_allclose(result.sensitivities[1][0, (2, 2)], jets[1, (0, 0)], rtol=1e-13)


def test_tracing_finds_exactly_the_derivatives_in_use(points):
    traced = trace_term(nonlinear, points, 2)
    expected = {(0, a) for a in [(0, 0), (1, 0), (0, 1), (1, 1), (2, 2)]}
    expected |= {(1, (0, 0)), (1, (0, 2)), (1, (1, 0))}
    assert set(traced.jets) == expected
    assert not traced.linear
    assert traced.residuals == 2


def test_an_equation_with_variable_coefficients_is_linear(points):
    def pde(x, u):
        return torch.exp(x[:, :1]) * dde.grad.hessian(u, x, i=0, j=0) + u - x[:, 1:]

    assert trace_term(pde, points, 1).linear


def test_unknown_constants_give_a_column_each(points, jets):
    a, b = dde.Variable(2.0), dde.Variable(3.0)

    def pde(x, u):
        return a * b * u[:, :1] + a**2 * u[:, 1:]

    result = evaluate(pde, points, jets, 2, unknowns=(a, b))
    u, v = jets[0, (0, 0)], jets[1, (0, 0)]
    np.testing.assert_allclose(result.constants[0][:, 0], 3 * u + 4 * v, rtol=1e-13)
    np.testing.assert_allclose(result.constants[0][:, 1], 2 * u, rtol=1e-13)


def test_tracing_sees_what_a_constant_of_zero_multiplies(points):
    drift = dde.Variable(0.0)

    def pde(x, u):
        return drift * dde.grad.jacobian(u, x, i=0, j=0) + dde.grad.jacobian(u, x, i=0, j=1)

    traced = trace_term(pde, points, 1, unknowns=[drift])
    assert traced.jets == ((0, (0, 1)), (0, (1, 0)))
    assert float(drift.detach()) == 0.0
