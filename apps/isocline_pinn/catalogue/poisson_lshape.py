"""Poisson's equation on an L: a membrane under even load, singular at the inner corner.

    −(∂²u/∂x² + ∂²u/∂y²) = 1   in [−1, 1]² without its upper right quarter,   u = 0 on the boundary

DeepXDE's example. At the inner corner u behaves as r^(2/3): its second derivatives are not square
integrable there, which every method that asks for the equation point by point feels.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Problem, Quantity
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
        source="DeepXDE's example of Poisson's equation on an L, https://deepxde.readthedocs.io",
    )


def reference() -> xr.Dataset:
    """The corner series on 101 × 101 points, NaN outside the L; its largest value is 0.1494."""
    x = y = np.linspace(-1, 1, 101)
    u = poisson_on_l(*np.meshgrid(x, y))
    return xr.Dataset({"u": (("y", "x"), u)}, coords={"y": y, "x": x})
