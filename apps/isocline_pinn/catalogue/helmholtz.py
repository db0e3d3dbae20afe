"""Helmholtz equation in two dimensions: a standing wave of 1 × 4 half waves a unit.

    ∂²u/∂x² + ∂²u/∂y² + k² u = q(x, y)      −1 < x, y < 1,   u = 0 on the boundary

with k = 1 and q such that u = sin(a₁πx) sin(a₂πy), a₁ = 1, a₂ = 4 (Wang, Teng & Perdikaris, SIAM J. Sci.
Comput. 43, A3055–A3081, 2021).
"""

import deepxde as dde
import numpy as np
import torch
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.finite_elements import (
    diffusion_reaction,
    grid_of_quadrilaterals,
    scalar_basis,
    values_at,
)

A1, A2, K = 1.0, 4.0, 1.0


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂²u/∂x² + ∂²u/∂y² + k² u − q at points (x, y)."""
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    u_yy = dde.grad.hessian(u, x, i=1, j=1)
    wave = torch.sin(A1 * np.pi * x[:, 0:1]) * torch.sin(A2 * np.pi * x[:, 1:2])
    q = (K**2 - (A1 * np.pi) ** 2 - (A2 * np.pi) ** 2) * wave
    return u_xx + u_yy + K**2 * u - q


def problem() -> Problem:
    """The problem, with 1,500 points inside."""
    square = dde.geometry.Rectangle([-1, -1], [1, 1])
    rim = dde.icbc.DirichletBC(square, lambda x: np.zeros((len(x), 1)), lambda _, on: on)
    data = dde.data.PDE(square, equation, [rim], num_domain=1500, num_boundary=400)
    return Problem(
        name="helmholtz",
        title="Helmholtz equation in two dimensions: a standing wave of 1 × 4 half waves a unit",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place")),
        outputs=(Quantity("u", "amplitude"),),
        dimensions=("y", "x"),
        reference=reference,
        classical=Classical("finite elements, degree p on 4 × 8 cells", on_mesh, (3, 5, 7, 9, 11)),
        target=1e-11,
        source="Wang, Teng & Perdikaris 2021, https://doi.org/10.1137/20M1318043",
    )


def reference() -> xr.Dataset:
    """The closed form on 101 × 101 points."""
    x = y = np.linspace(-1, 1, 101)
    u = np.sin(A2 * np.pi * y)[:, None] * np.sin(A1 * np.pi * x)[None, :]
    return xr.Dataset({"u": (("y", "x"), u)}, coords={"y": y, "x": x})


def on_mesh(degree: int) -> xr.Dataset:
    """Elements of a degree, four along x and eight along y, on 101 × 101 points."""
    mesh = grid_of_quadrilaterals(np.linspace(-1, 1, 5), np.linspace(-1, 1, 9))
    basis = scalar_basis(mesh, degree)
    scale = (A1 * np.pi) ** 2 + (A2 * np.pi) ** 2 - K**2
    u = diffusion_reaction(
        basis,
        source=lambda x: scale * np.sin(A1 * np.pi * x[0]) * np.sin(A2 * np.pi * x[1]),
        boundary=lambda x: 0 * x[0],
        reaction=-(K**2),
    )
    axis = np.linspace(-1, 1, 101)
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    values = values_at(basis, u, points).reshape(101, 101)
    return xr.Dataset({"u": (("y", "x"), values)}, coords={"y": axis, "x": axis})
