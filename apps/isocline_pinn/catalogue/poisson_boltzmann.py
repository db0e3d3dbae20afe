"""Poisson–Boltzmann equation, linear, in a square with four round holes: a screened potential.

    −(∂²u/∂x² + ∂²u/∂y²) + 64 u = 10 (17 + x² + y²) sin πx sin 4πy
                                           in [−1, 1]² without four disks
    u = 0.2 on the square, u = 1 on the circles

The disks are about (0.5, 0.5), (0.4, −0.4), (−0.2, −0.7), (−0.6, 0.5), with radii 0.2, 0.4, 0.1, 0.3.
PINNacle's "Poisson–Boltzmann 2d-CG".
"""

from typing import Any

import deepxde as dde
import numpy as np
import torch
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.finite_elements import diffusion_reaction, scalar_basis, values_at
from isocline_pinn.reference.perforated import PerforatedRectangle, outside_holes
from isocline_pinn.reference.round_holes import rectangle_with_holes

HOLES = ((0.5, 0.5, 0.2), (0.4, -0.4, 0.4), (-0.2, -0.7, 0.1), (-0.6, 0.5, 0.3))
WAVE = 8.0
# sin αx sin βy
ALPHA, BETA = np.pi, 4 * np.pi


def equation(x: Tensor, u: Tensor) -> Tensor:
    """−∂²u/∂x² − ∂²u/∂y² + k² u − f at points (x, y)."""
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    u_yy = dde.grad.hessian(u, x, i=1, j=1)
    a, b = x[:, 0:1], x[:, 1:2]
    f = 10 * (17 + a**2 + b**2) * torch.sin(ALPHA * a) * torch.sin(BETA * b)
    return -u_xx - u_yy + WAVE**2 * u - f


def problem() -> Problem:
    """The problem, with 2,000 points inside."""
    domain: Any = dde.geometry.Rectangle([-1, -1], [1, 1])
    for x, y, radius in HOLES:
        domain = domain - dde.geometry.Disk([x, y], radius)
    rim = dde.icbc.DirichletBC(domain, lambda x: np.full((len(x), 1), 0.2), on_square)
    circles = dde.icbc.DirichletBC(
        domain, lambda x: np.ones((len(x), 1)), lambda x, on: on and not on_square(x, on)
    )
    data = dde.data.PDE(domain, equation, [rim, circles], num_domain=2000, num_boundary=800)
    return Problem(
        name="poisson_boltzmann",
        title="Poisson–Boltzmann equation, linear, in a square with four round holes: "
        "a screened potential",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place")),
        outputs=(Quantity("u", "potential"),),
        dimensions=("y", "x"),
        reference=reference,
        reference_error=1e-9,
        classical=Classical(
            "finite elements, cubic on curved triangles", on_mesh, (12, 24, 48, 96)
        ),
        target=1e-4,
        source="PINNacle, PoissonBoltzmann2D, https://arxiv.org/abs/2306.08827",
    )


def on_square(x: np.ndarray, on: bool) -> bool:
    """Whether a point of the boundary lies on the square."""
    return bool(on and np.isclose(np.abs(x).max(), 1.0))


_AXIS = np.linspace(-1, 1, 101)


def reference() -> xr.Dataset:
    """A particular solution and the series of `PerforatedRectangle`, on 101 × 101 points."""
    rest = PerforatedRectangle(
        (1.0, 1.0),
        HOLES,
        WAVE,
        on_rectangle=lambda x: 0.2 - particular(x),
        on_holes=lambda x: 1.0 - particular(x),
    )
    return outside_holes(_AXIS, _AXIS, HOLES, lambda x: particular(x) + rest(x))


def particular(x: np.ndarray) -> np.ndarray:
    """(A + B (x² + y²)) sin αx sin βy + C x cos αx sin βy + D y sin αx cos βy, shape (n, 2) → (n,)."""
    whole = ALPHA**2 + BETA**2 + WAVE**2
    b = 10 / whole
    c, d = 4 * ALPHA * b / whole, 4 * BETA * b / whole
    a = (170 + 4 * b - 2 * ALPHA * c - 2 * BETA * d) / whole
    sx, cx = np.sin(ALPHA * x[:, 0]), np.cos(ALPHA * x[:, 0])
    sy, cy = np.sin(BETA * x[:, 1]), np.cos(BETA * x[:, 1])
    squares = x[:, 0] ** 2 + x[:, 1] ** 2
    result: np.ndarray = (a + b * squares) * sx * sy + c * x[:, 0] * cx * sy + d * x[:, 1] * sx * cy
    return result


def on_mesh(across: int) -> xr.Dataset:
    """Cubic finite elements with so many edges along a side."""
    mesh = rectangle_with_holes([-1, -1], [1, 1], HOLES, 2 / across)
    basis = scalar_basis(mesh, 3)

    def source(x: np.ndarray) -> np.ndarray:
        wave = np.sin(ALPHA * x[0]) * np.sin(BETA * x[1])
        return np.asarray(10 * (17 + x[0] ** 2 + x[1] ** 2) * wave)

    u = diffusion_reaction(
        basis,
        source,
        boundary=lambda x: np.where(np.abs(x).max(axis=0) > 0.9999, 0.2, 1.0),
        reaction=WAVE**2,
    )
    return outside_holes(_AXIS, _AXIS, HOLES, lambda points: values_at(basis, u, points))
