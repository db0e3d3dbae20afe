"""Laplace's equation in a square with four round holes.

    ∂²u/∂x² + ∂²u/∂y² = 0   in [−1/2, 1/2]² without four disks of radius 0.1 about (±0.3, ±0.3)
    u = 1 on the square, u = 0 on the circles

PINNacle's "Poisson 2d-C". Two tables of it are about, `poisson1_cg_data.dat` (1,246 nodes) and
`poisson_classic.dat` (1,255 nodes); both are 2.8e-5 off this reference.
"""

from typing import Any

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.finite_elements import diffusion_reaction, scalar_basis, values_at
from isocline_pinn.reference.perforated import PerforatedRectangle, outside_holes
from isocline_pinn.reference.round_holes import rectangle_with_holes

HOLES = ((0.3, 0.3, 0.1), (-0.3, 0.3, 0.1), (0.3, -0.3, 0.1), (-0.3, -0.3, 0.1))


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂²u/∂x² + ∂²u/∂y² at points (x, y)."""
    return dde.grad.hessian(u, x, i=0, j=0) + dde.grad.hessian(u, x, i=1, j=1)


def problem() -> Problem:
    """The problem, with 2,000 points inside."""
    domain: Any = dde.geometry.Rectangle([-0.5, -0.5], [0.5, 0.5])
    for x, y, radius in HOLES:
        domain = domain - dde.geometry.Disk([x, y], radius)
    rim = dde.icbc.DirichletBC(domain, lambda x: np.ones((len(x), 1)), on_square)
    circles = dde.icbc.DirichletBC(
        domain, lambda x: np.zeros((len(x), 1)), lambda x, on: on and not on_square(x, on)
    )
    data = dde.data.PDE(domain, equation, [rim, circles], num_domain=2000, num_boundary=800)
    return Problem(
        name="poisson_holes",
        title="Laplace's equation in a square with four round holes",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place")),
        outputs=(Quantity("u", "potential"),),
        dimensions=("y", "x"),
        reference=reference,
        reference_error=1e-11,
        classical=Classical(
            "finite elements, cubic on curved triangles", on_mesh, (10, 20, 40, 80)
        ),
        target=3e-5,
        source="PINNacle, Poisson2D_Classic, https://arxiv.org/abs/2306.08827",
    )


def on_square(x: np.ndarray, on: bool) -> bool:
    """Whether a point of the boundary lies on the square."""
    return bool(on and np.isclose(np.abs(x).max(), 0.5))


_AXIS = np.linspace(-0.5, 0.5, 101)


def reference() -> xr.Dataset:
    """The series of `PerforatedRectangle` on 101 × 101 points, NaN in the holes."""
    series = PerforatedRectangle(
        (0.5, 0.5),
        HOLES,
        0.0,
        on_rectangle=lambda x: np.ones(len(x)),
        on_holes=lambda x: np.zeros(len(x)),
        poles=0,
    )
    return outside_holes(_AXIS, _AXIS, HOLES, series)


def on_mesh(across: int) -> xr.Dataset:
    """Cubic finite elements with so many edges along a side."""
    mesh = rectangle_with_holes([-0.5, -0.5], [0.5, 0.5], HOLES, 1 / across)
    basis = scalar_basis(mesh, 3)
    u = diffusion_reaction(
        basis,
        source=lambda x: 0 * x[0],
        boundary=lambda x: (np.abs(x).max(axis=0) > 0.4999).astype(float),
    )
    return outside_holes(_AXIS, _AXIS, HOLES, lambda points: values_at(basis, u, points))
