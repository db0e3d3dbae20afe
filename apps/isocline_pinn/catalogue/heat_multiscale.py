"""Heat that spreads 250,000 times slower along x than along y, from ten waves along x.

    ∂u/∂t = (500π)⁻² ∂²u/∂x² + π⁻² ∂²u/∂y²      0 < x, y < 1, 0 < t ≤ 5
    u(0, x, y) = sin 20πx sin πy,   u = 0 on the boundary

PINNacle's "Heat 2d-MS". The solution is u = exp(−(1 + 1/625) t) sin 20πx sin πy; PINNacle's table
(`heat_multiscale_lesspoints.dat`) is 1.3e-2 off it, and 9.8e-2 at t = 5.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from scipy.sparse.linalg import spsolve
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.finite_elements import (
    grid_of_quadrilaterals,
    heat_matrices,
    scalar_basis,
    values_at,
)
from isocline_pinn.reference.implicit import march

ALONG_X, ALONG_Y = (500 * np.pi) ** -2, np.pi**-2


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂u/∂t − a ∂²u/∂x² − b ∂²u/∂y² at points (x, y, t)."""
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    u_yy = dde.grad.hessian(u, x, i=1, j=1)
    return dde.grad.jacobian(u, x, i=0, j=2) - ALONG_X * u_xx - ALONG_Y * u_yy


def waves(x: np.ndarray) -> np.ndarray:
    """The start at points, shape (n, ≥ 2) → (n, 1)."""
    return np.asarray(np.sin(20 * np.pi * x[:, 0:1]) * np.sin(np.pi * x[:, 1:2]))


def problem() -> Problem:
    """The problem, with 4,000 points inside."""
    square = dde.geometry.Rectangle([0, 0], [1, 1])
    domain = dde.geometry.GeometryXTime(square, dde.geometry.TimeDomain(0, 5))
    rim = dde.icbc.DirichletBC(domain, lambda x: np.zeros((len(x), 1)), lambda _, on: on)
    start = dde.icbc.IC(domain, waves, lambda _, on: on)
    data = dde.data.TimePDE(
        domain, equation, [rim, start], num_domain=4000, num_boundary=1000, num_initial=1000
    )
    return Problem(
        name="heat_multiscale",
        title="Heat that spreads 250,000 times slower along x than along y, from ten waves along x",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "temperature"),),
        reference=reference,
        classical=Classical(
            "finite elements, degree p on 10 × 1 cells; implicit Runge–Kutta of order 4",
            on_mesh,
            (4, 6, 8, 10, 12),
        ),
        target=1e-5,
        source="PINNacle, HeatMultiscale, https://arxiv.org/abs/2306.08827",
    )


_T, _Y, _X = np.linspace(0, 5, 11), np.linspace(0, 1, 21), np.linspace(0, 1, 101)


def reference() -> xr.Dataset:
    """The closed form on 11 times and 101 × 21 places."""
    decay = np.exp(-(1 + 1 / 625) * _T)
    return _labelled(decay[:, None, None] * waves(_places()).reshape(len(_Y), len(_X)))


def on_mesh(degree: int) -> xr.Dataset:
    """Elements of a degree, each as wide as a wave, and as many steps between two times."""
    basis = scalar_basis(
        grid_of_quadrilaterals(np.linspace(0, 1, 11), np.linspace(0, 1, 2)), degree
    )
    mass, stiffness, moments = heat_matrices(
        basis, (ALONG_X, ALONG_Y), lambda x: np.sin(20 * np.pi * x[0]) * np.sin(np.pi * x[1])
    )
    inside = basis.complement_dofs(basis.get_dofs())
    mass, stiffness = mass[inside][:, inside], stiffness[inside][:, inside]
    start = spsolve(mass.tocsc(), moments[inside])
    states = march(mass, stiffness, lambda _: 0 * start, start, _T, degree)
    fields = []
    for state in states:
        whole = np.zeros(basis.N)
        whole[inside] = state
        fields.append(values_at(basis, whole, _places()).reshape(len(_Y), len(_X)))
    return _labelled(np.stack(fields))


def _places() -> np.ndarray:
    return np.stack(np.meshgrid(_X, _Y), axis=-1).reshape(-1, 2)


def _labelled(u: np.ndarray) -> xr.Dataset:
    return xr.Dataset({"u": (("t", "y", "x"), u)}, coords={"t": _T, "y": _Y, "x": _X})
