"""Poisson's equation with a coefficient that jumps between 25 areas, over a factor of 700.

    a(x, y) (∂²u/∂x² + ∂²u/∂y²) + f(x, y) = 0      −10 < x, y < 10
    ∂u/∂n = −u on the boundary

Each area of 4 × 4 has its own a and its own f = c + d sin πξ sin πη, with ξ, η from 0 to 1 across it.
PINNacle's "Poisson 2d-MS", with its 125 numbers (`pinn_poisson_a_coef`, `pinn_poisson_f_coef` of the data
catalogue). Its text writes −∇·(a ∇u) = f, where the flux a ∂u/∂n is continuous between areas; its code, which
is what a network sees, asks for the equation above inside the areas, and a network has continuous
derivatives. We take it at its code: u and ∂u/∂n are continuous, which is −Δu = f/a.
"""

from functools import cache

import deepxde as dde
import numpy as np
import torch
import xarray as xr
from torch import Tensor

from isocline_data.catalogue import load_catalogue
from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.tensor_product import SpectralElements, solve_sum

HALF, AREAS, WIDTH = 10.0, 5, 4.0


@cache
def coefficients() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tables of a, c and d of each area, each of shape (5, 5), x first.

    Raises:
        DataError: The tables are not here and cannot be fetched.
    """
    tables = load_catalogue()
    a = np.loadtxt(tables.fetch("pinn_poisson_a_coef"))
    f = np.loadtxt(tables.fetch("pinn_poisson_f_coef")).reshape(AREAS, AREAS, 2, 2)
    return a, f[:, :, 0, 0], f[:, :, 1, 1]


def equation(x: Tensor, u: Tensor) -> Tensor:
    """Residual a (∂²u/∂x² + ∂²u/∂y²) + f at points (x, y)."""
    laplacian = dde.grad.hessian(u, x, i=0, j=0) + dde.grad.hessian(u, x, i=1, j=1)
    area = torch.floor((x.detach() + HALF) / WIDTH).clamp(0, AREAS - 1)
    within = torch.sin(np.pi * ((x + HALF) / WIDTH - area))
    i, j = area[:, 0].long(), area[:, 1].long()
    a, c, d = (torch.as_tensor(table, dtype=x.dtype)[i, j, None] for table in coefficients())
    return a * laplacian + c + d * within[:, 0:1] * within[:, 1:2]


def problem() -> Problem:
    """The problem, with 3,000 points inside."""
    coefficients()
    square = dde.geometry.Rectangle([-HALF, -HALF], [HALF, HALF])
    rim = dde.icbc.RobinBC(square, lambda _, u: -u, lambda _, on: on)
    data = dde.data.PDE(square, equation, [rim], num_domain=3000, num_boundary=400)
    return Problem(
        name="poisson_many_areas",
        title="Poisson's equation with a coefficient that jumps between 25 areas, over a factor of 700",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place")),
        outputs=(Quantity("u", "potential"),),
        dimensions=("y", "x"),
        reference=reference,
        reference_error=1e-8,
        classical=Classical("spectral elements on the areas", on_areas, (2, 3, 4, 6, 8, 12)),
        target=1e-6,
        source="PINNacle, Poisson2D_ManyArea, https://arxiv.org/abs/2306.08827",
    )


def reference() -> xr.Dataset:
    """Spectral elements of degree 28, on 101 × 101 points."""
    return on_areas(28)


def on_areas(degree: int) -> xr.Dataset:
    """Polynomials of a degree in each area, by fast diagonalisation."""
    a, c, d = coefficients()
    elements = SpectralElements.between(np.linspace(-HALF, HALF, AREAS + 1), degree)
    operator = elements.stiffness.copy()
    operator[[0, -1], [0, -1]] += 1.0
    share = (elements.places - elements.edges[:-1, np.newaxis]) / WIDTH
    ones = elements.moments.sum(axis=-1)
    sines = (elements.moments * np.sin(np.pi * share)[:, np.newaxis]).sum(axis=-1)
    right = np.einsum("ij,im,jn->mn", c / a, ones, ones)
    right += np.einsum("ij,im,jn->mn", d / a, sines, sines)
    axis = np.linspace(-HALF, HALF, 101)
    through = elements.at(axis)
    u = through @ solve_sum(operator, elements.mass, right) @ through.T
    return xr.Dataset({"u": (("y", "x"), u.T)}, coords={"y": axis, "x": axis})
