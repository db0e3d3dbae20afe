"""The network that is made for a problem: periodic where it must be, of sines for linear equations."""

import numpy as np
import pytest
import torch

from isocline_pinn.network import make_network, periodic_coordinates
from isocline_pinn.problem import describe_data
from isocline_pinn.trained.linearity import is_linear


def convection(dde, *orders, power=1):
    """u_t + 2 uᵖ⁻¹ u_x = 0 on [−1, 3] × [0, 1] with periodic conditions of the given orders."""
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 3), dde.geometry.TimeDomain(0, 1))

    def equation(x, u):
        u_t, u_x = (dde.grad.jacobian(u, x, i=0, j=j) for j in (1, 0))
        return u_t + 2 * u ** (power - 1) * u_x

    conditions = [
        dde.icbc.PeriodicBC(domain, 0, lambda _, on: on, derivative_order=order) for order in orders
    ]
    start = dde.icbc.IC(domain, lambda x: np.sin(np.pi * x[:, :1] / 2), lambda _, on: on)
    data = dde.data.TimePDE(
        domain, equation, [*conditions, start], num_domain=50, num_boundary=10, num_initial=10
    )
    return describe_data(data)


def test_periodic_condition_makes_the_network_periodic_with_all_derivatives(dde):
    problem = convection(dde, 0)
    assert periodic_coordinates(problem) == (0,)
    net = make_network(problem)
    x = torch.tensor([[-1.0, 0.3], [3.0, 0.3]], requires_grad=True)
    u = net(x)
    (slope,) = torch.autograd.grad(u.sum(), x)
    left, right = u.detach().numpy()
    assert left == pytest.approx(right, abs=1e-12)
    assert slope.numpy()[0] == pytest.approx(slope.numpy()[1], abs=1e-10)
    assert np.abs(slope.numpy()[:, 0]).min() > 1e-6


def test_periodic_slope_alone_leaves_the_values_free(dde):
    assert periodic_coordinates(convection(dde, 1)) == ()


def test_linear_equations_get_sines_and_others_tanh(dde):
    linear, not_linear = convection(dde, 0), convection(dde, 0, power=2)
    assert is_linear(linear.data, None, outputs=1)
    assert not is_linear(not_linear.data, None, outputs=1)
    at = torch.tensor([0.3, 2.0])
    assert make_network(linear).activation(at).tolist() == torch.sin(at).tolist()
    assert make_network(not_linear).activation(at).tolist() == torch.tanh(at).tolist()
