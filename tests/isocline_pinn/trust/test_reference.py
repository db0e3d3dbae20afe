"""Field case A9: a reference that does not satisfy the user's own equation is noticed before the run."""

import numpy as np
import pytest
import torch

from isocline_pinn.problem import describe_data
from isocline_pinn.trust import look_before
from isocline_pinn.trust.reference import reference_residual


def _exact(x):
    return np.exp(x[:, :1]) * np.sin(np.pi * x[:, 1:2] / 2) * np.sin(np.pi * x[:, 2:] / 2)


def _cube(dde, solution=_exact, *, typo=False):
    cube = dde.geometry.Hypercube([0, 0, 0], [1, 1, 1])

    def equation(x, u):
        u_x, u_y, u_z = (dde.grad.jacobian(u, x, i=0, j=j) for j in range(3))
        u_xx, u_yy = (dde.grad.hessian(u, x, i=j, j=j) for j in range(2))
        u_zz = dde.grad.jacobian(u_y if typo else u_z, x, i=0, j=2)
        e = torch.exp(x[:, :1])
        s, t = torch.sin(np.pi * x[:, 1:2] / 2), torch.sin(np.pi * x[:, 2:] / 2)
        c, d = torch.cos(np.pi * x[:, 1:2] / 2), torch.cos(np.pi * x[:, 2:] / 2)
        w = e * s * t
        f = w * (1 - np.pi**2 / 2) - w * (w + np.pi / 2 * e * (c * t + s * d))
        return u_xx + u_yy + u_zz - u * (u_x + u_y + u_z) - f

    wall = dde.icbc.DirichletBC(cube, _exact, lambda _, on: on)
    data = dde.data.PDE(cube, equation, [wall], num_domain=4, num_boundary=6, solution=solution)
    return describe_data(data)


def test_a_slip_in_the_equation_is_noticed_and_measured(dde):
    middle = np.full((1, 3), 0.5)
    found = reference_residual(_cube(dde, typo=True), middle)
    assert found.values[0, 0] == pytest.approx(4.0680, abs=5e-4)
    (note,) = look_before(_cube(dde, typo=True))
    assert note.startswith("the reference solution does not satisfy equation 1: at x = ")


def test_the_right_file_leaves_nothing(dde):
    found = reference_residual(_cube(dde), np.full((1, 3), 0.5))
    assert abs(found.values[0, 0]) < 1e-4
    assert look_before(_cube(dde)) == []


@pytest.mark.parametrize("kind", ["noise", "single", "table"])
def test_a_reference_of_few_digits_raises_no_alarm(dde, kind):
    random = np.random.default_rng(0)
    function = {
        "noise": lambda x: _exact(x) + 1e-3 * random.normal(size=(len(x), 1)),
        "single": lambda x: _exact(x).astype(np.float32),
        "table": lambda x: _exact(np.round(x, 2)),
    }[kind]
    assert look_before(_cube(dde, function)) == []
