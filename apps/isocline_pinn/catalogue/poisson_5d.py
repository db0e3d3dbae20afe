"""Poisson's equation in five dimensions.

    Σᵢ ∂²u/∂xᵢ² = −(π²/4) Σᵢ sin(πxᵢ/2)      0 < xᵢ < 1, i = 1 … 5

with u given on the boundary by the solution u = Σᵢ sin(πxᵢ/2). PINNacle's "Poisson nd". Whoever sees that the
solution is a sum over directions needs five ordinary differential equations; the classical solver beside
ours does not use it.
"""

from collections.abc import Sequence

import deepxde as dde
import numpy as np
import torch
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.tensor_product import poisson_on_cube

DIMENSIONS = 5


def equation(x: Tensor, u: Tensor) -> Tensor:
    """Σᵢ ∂²u/∂xᵢ² + (π²/4) Σᵢ sin(πxᵢ/2) at points."""
    laplacian = sum(dde.grad.hessian(u, x, i=i, j=i) for i in range(DIMENSIONS))
    return laplacian + np.pi**2 / 4 * torch.sin(np.pi / 2 * x).sum(dim=1, keepdim=True)


def exact(x: np.ndarray) -> np.ndarray:
    """Σᵢ sin(πxᵢ/2) at points, shape (n, 5) → (n, 1)."""
    return np.asarray(np.sin(np.pi / 2 * x).sum(axis=1, keepdims=True))


def problem() -> Problem:
    """The problem, with 4,000 points inside."""
    cube = dde.geometry.Hypercube([0] * DIMENSIONS, [1] * DIMENSIONS)
    rim = dde.icbc.DirichletBC(cube, exact, lambda _, on: on)
    data = dde.data.PDE(cube, equation, [rim], num_domain=4000, num_boundary=2000)
    return Problem(
        name="poisson_5d",
        title="Poisson's equation in five dimensions",
        data=data,
        coordinates=tuple(Quantity(name, "place") for name in NAMES),
        outputs=(Quantity("u", "potential"),),
        dimensions=NAMES,
        reference=reference,
        classical=Classical(
            "Chebyshev collocation, degree p, fast diagonalisation", by_collocation, (3, 4, 5, 6, 8)
        ),
        target=1e-7,
        target_budget=60.0,
        source="PINNacle, PoissonND, https://arxiv.org/abs/2306.08827",
    )


NAMES = tuple(f"x{i + 1}" for i in range(DIMENSIONS))
_AXES = (
    np.linspace(0, 1, 9),
    np.linspace(0, 1, 9),
    np.linspace(0.1, 0.9, 4),
    np.linspace(0.1, 0.9, 4),
    np.linspace(0.1, 0.9, 4),
)


def reference() -> xr.Dataset:
    """The closed form on 9 × 9 × 4 × 4 × 4 points."""
    return _labelled(_sum_of_sines(np.meshgrid(*_AXES, indexing="ij", sparse=True)))


def by_collocation(degree: int) -> xr.Dataset:
    """Polynomials of a degree in each direction."""
    scale = -(np.pi**2) / 4
    u = poisson_on_cube(
        DIMENSIONS, degree, lambda x: scale * _sum_of_sines(x), _sum_of_sines, _AXES
    )
    return _labelled(u)


def _sum_of_sines(x: Sequence[np.ndarray]) -> np.ndarray:
    return np.asarray(sum(np.sin(np.pi / 2 * axis) for axis in x))


def _labelled(u: np.ndarray) -> xr.Dataset:
    return xr.Dataset({"u": (NAMES, u)}, coords=dict(zip(NAMES, _AXES, strict=True)))
