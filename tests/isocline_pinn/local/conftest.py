"""Problems with exact solutions, as DeepXDE users write them."""

import deepxde as dde
import numpy as np
import pytest
import torch

from isocline_pinn.local.solve import double_precision


@pytest.fixture(autouse=True)
def _float64():
    with double_precision():
        yield


def everywhere(_, on_boundary):
    return on_boundary


@pytest.fixture
def helmholtz():
    square = dde.geometry.Rectangle([-1, -1], [1, 1])

    def exact(x):
        return np.sin(np.pi * x[:, :1]) * np.sin(4 * np.pi * x[:, 1:])

    def pde(x, y):
        u_xx = dde.grad.hessian(y, x, i=0, j=0)
        u_yy = dde.grad.hessian(y, x, i=1, j=1)
        wave = torch.sin(np.pi * x[:, :1]) * torch.sin(4 * np.pi * x[:, 1:])
        return u_xx + u_yy + y - (1 - 17 * np.pi**2) * wave

    condition = dde.icbc.DirichletBC(square, lambda x: 0, everywhere)
    return dde.data.PDE(square, pde, [condition], num_domain=4, num_boundary=4), exact


@pytest.fixture
def kovasznay():
    rate = 10 - np.sqrt(100 + 4 * np.pi**2)
    rectangle = dde.geometry.Rectangle([-0.5, -0.5], [1, 1.5])

    def exact(x):
        grow, angle = np.exp(rate * x[:, :1]), 2 * np.pi * x[:, 1:]
        u, v = 1 - grow * np.cos(angle), rate / (2 * np.pi) * grow * np.sin(angle)
        return np.hstack([u, v, (1 - grow**2) / 2])

    def pde(x, w):
        u, v = w[:, :1], w[:, 1:2]

        def d(i, j):
            return dde.grad.jacobian(w, x, i=i, j=j)

        def laplace(i):
            return sum(dde.grad.hessian(w, x, component=i, i=j, j=j) for j in range(2))

        return [
            u * d(0, 0) + v * d(0, 1) + d(2, 0) - laplace(0) / 20,
            u * d(1, 0) + v * d(1, 1) + d(2, 1) - laplace(1) / 20,
            d(0, 0) + d(1, 1),
        ]

    def outlet(x, on):
        return on and dde.utils.isclose(x[0], 1)

    conditions = [
        dde.icbc.DirichletBC(rectangle, lambda x: exact(x)[:, :1], everywhere, component=0),
        dde.icbc.DirichletBC(rectangle, lambda x: exact(x)[:, 1:2], everywhere, component=1),
        dde.icbc.DirichletBC(rectangle, lambda x: exact(x)[:, 2:], outlet, component=2),
    ]
    return dde.data.PDE(rectangle, pde, conditions, num_domain=4, num_boundary=4), exact


@pytest.fixture
def convection():
    domain = dde.geometry.GeometryXTime(
        dde.geometry.Interval(0, 2 * np.pi), dde.geometry.TimeDomain(0, 1)
    )

    def pde(x, u):
        return dde.grad.jacobian(u, x, i=0, j=1) + 10 * dde.grad.jacobian(u, x, i=0, j=0)

    conditions = [
        dde.icbc.PeriodicBC(domain, 0, lambda x, on: on and dde.utils.isclose(x[0], 0)),
        dde.icbc.IC(domain, lambda x: np.sin(x[:, :1]), everywhere),
    ]
    data = dde.data.TimePDE(domain, pde, conditions, num_domain=4, num_boundary=4, num_initial=4)
    return data, lambda x: np.sin(x[:, :1] - 10 * x[:, 1:])


@pytest.fixture
def burgers():
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))
    viscosity = 0.01 / np.pi

    def pde(x, u):
        u_x = dde.grad.jacobian(u, x, i=0, j=0)
        return dde.grad.jacobian(u, x, i=0, j=1) + u * u_x - viscosity * dde.grad.hessian(u, x)

    def exact(x):
        """Cole–Hopf by Gauss–Hermite quadrature."""
        node, weight = np.polynomial.hermite.hermgauss(120)
        moved = x[:, :1] - node * 2 * np.sqrt(viscosity * np.maximum(x[:, 1:], 1e-12))
        kernel = weight * np.exp(-np.cos(np.pi * moved) / (2 * np.pi * viscosity))
        return -((np.sin(np.pi * moved) * kernel).sum(1) / kernel.sum(1))[:, None]

    conditions = [
        dde.icbc.DirichletBC(domain, lambda x: 0, everywhere),
        dde.icbc.IC(domain, lambda x: -np.sin(np.pi * x[:, :1]), everywhere),
    ]
    data = dde.data.TimePDE(domain, pde, conditions, num_domain=4, num_boundary=4, num_initial=4)
    return data, exact


@pytest.fixture
def beam():
    line = dde.geometry.Interval(0, 1)

    def second(y, x):
        return dde.grad.hessian(y, x)

    def left(x, on):
        return on and dde.utils.isclose(x[0], 0)

    def right(x, on):
        return on and dde.utils.isclose(x[0], 1)

    conditions = [
        dde.icbc.DirichletBC(line, lambda x: 0, left),
        dde.icbc.NeumannBC(line, lambda x: 0, left),
        dde.icbc.OperatorBC(line, lambda x, y, _: second(y, x), right),
        dde.icbc.OperatorBC(line, lambda x, y, _: dde.grad.jacobian(second(y, x), x), right),
    ]
    data = dde.data.PDE(
        line, lambda x, y: second(second(y, x), x) + 1, conditions, num_domain=4, num_boundary=2
    )
    return data, lambda x: -(x**4) / 24 + x**3 / 6 - x**2 / 4


@pytest.fixture
def l_shape():
    polygon = dde.geometry.Polygon([[0, 0], [1, 0], [1, -1], [-1, -1], [-1, 1], [0, 1]])

    def pde(x, u):
        return -dde.grad.hessian(u, x, i=0, j=0) - dde.grad.hessian(u, x, i=1, j=1) - 1

    condition = dde.icbc.DirichletBC(polygon, lambda x: 0, everywhere)
    return dde.data.PDE(polygon, pde, [condition], num_domain=4, num_boundary=4)
