"""Poisson's equation on an L: a membrane under even load, singular at the inner corner.

    −(∂²u/∂x² + ∂²u/∂y²) = 1   in [−1, 1]² without its upper right quarter,   u = 0 on the boundary

DeepXDE's example. At the inner corner u behaves as r^(2/3): its second derivatives are not square
integrable there, which every method that asks for the equation point by point feels.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.finite_elements import (
    diffusion_reaction,
    grid_of_quadrilaterals,
    scalar_basis,
    values_at,
)
from isocline_pinn.reference.l_shape import poisson_on_l


def equation(x: Tensor, u: Tensor) -> Tensor:
    """−∂²u/∂x² − ∂²u/∂y² − 1 at points (x, y)."""
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    u_yy = dde.grad.hessian(u, x, i=1, j=1)
    return -u_xx - u_yy - 1


def problem() -> Problem:
    """The problem, with 1,200 points inside."""
    shape = dde.geometry.Polygon([[0, 0], [0, 1], [-1, 1], [-1, -1], [1, -1], [1, 0]])
    rim = dde.icbc.DirichletBC(shape, lambda x: np.zeros((len(x), 1)), lambda _, on: on)
    data = dde.data.PDE(shape, equation, [rim], num_domain=1200, num_boundary=400)
    return Problem(
        name="poisson_lshape",
        title="Poisson's equation on an L: a membrane under even load, singular at the inner corner",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place")),
        outputs=(Quantity("u", "deflection"),),
        dimensions=("y", "x"),
        reference=reference,
        reference_error=1e-9,
        classical=Classical(
            "finite elements, degree p on p layers of cells graded to the inner corner",
            on_mesh,
            (2, 3, 4, 6, 8, 10),
        ),
        target=1e-6,
        source="DeepXDE's example of Poisson's equation on an L, https://deepxde.readthedocs.io",
    )


def reference() -> xr.Dataset:
    """The corner series on 101 × 101 points, NaN outside the L; its largest value is 0.1494."""
    x = y = np.linspace(-1, 1, 101)
    u = poisson_on_l(*np.meshgrid(x, y))
    return xr.Dataset({"u": (("y", "x"), u)}, coords={"y": y, "x": x})


def on_mesh(degree: int) -> xr.Dataset:
    """On 101 × 101 points, NaN outside the L.

    Args:
        degree: Of the elements; as many cells lead from the inner corner to each side, each a quarter as
            long as the next one out.
    """
    s = np.append(0, 0.25 ** np.arange(degree - 1, -1, -1.0))
    lines = np.concatenate([-s[::-1], s[1:]])
    # The long cells are halved until they are no longer than a quarter.
    lines = np.unique(np.concatenate([lines, np.linspace(-1, 1, 9)]).round(12))
    box = grid_of_quadrilaterals(lines, lines)
    middle = box.p[:, box.t].mean(axis=1)
    mesh = box.restrict(np.flatnonzero((middle[0] < 0) | (middle[1] < 0)))
    basis = scalar_basis(mesh, degree)
    u = diffusion_reaction(basis, lambda x: 1 + 0 * x[0], lambda x: 0 * x[0])
    axis = np.linspace(-1, 1, 101)
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    there = (points[:, 0] <= 0) | (points[:, 1] <= 0)
    values = np.full(len(points), np.nan)
    values[there] = values_at(basis, u, points[there])
    return xr.Dataset({"u": (("y", "x"), values.reshape(101, 101))}, coords={"y": axis, "x": axis})
