"""Poisson's equation in ten dimensions.

    Σᵢ ∂²u/∂xᵢ² = −(π²/4) Σᵢ sin(πxᵢ/2)      0 < xᵢ < 1, i = 1 … 10

with u given on the boundary by the solution u = Σᵢ sin(πxᵢ/2). PINNacle's "Poisson nd", there in five
dimensions. Whoever sees that the solution is a sum over directions needs ten ordinary differential
equations; the classical solver beside ours does not use it.
"""

from collections.abc import Sequence

import deepxde as dde
import numpy as np
import torch
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.tensor_product import poisson_on_cube

DIMENSIONS = 10


def equation(x: Tensor, u: Tensor) -> Tensor:
    """Σᵢ ∂²u/∂xᵢ² + (π²/4) Σᵢ sin(πxᵢ/2) at points."""
    laplacian = sum(dde.grad.hessian(u, x, i=i, j=i) for i in range(DIMENSIONS))
    return laplacian + np.pi**2 / 4 * torch.sin(np.pi / 2 * x).sum(dim=1, keepdim=True)


def exact(x: np.ndarray) -> np.ndarray:
    """Σᵢ sin(πxᵢ/2) at points, shape (n, 10) → (n, 1)."""
    return np.asarray(np.sin(np.pi / 2 * x).sum(axis=1, keepdims=True))


def problem() -> Problem:
    """The problem, with 6,000 points inside."""
    cube = dde.geometry.Hypercube([0] * DIMENSIONS, [1] * DIMENSIONS)
    rim = dde.icbc.DirichletBC(cube, exact, lambda _, on: on)
    data = dde.data.PDE(cube, equation, [rim], num_domain=6000, num_boundary=3000)
    return Problem(
        name="poisson_10d",
        title="Poisson's equation in ten dimensions",
        data=data,
        coordinates=tuple(Quantity(name, "place") for name in NAMES),
        outputs=(Quantity("u", "potential"),),
        dimensions=NAMES,
        reference=reference,
        classical=Classical(
            "Chebyshev collocation, degree p, fast diagonalisation", by_collocation, (2, 3, 4, 5)
        ),
        target=1e-4,
        target_budget=300.0,
        source="PINNacle, PoissonND, https://arxiv.org/abs/2306.08827",
    )


NAMES = tuple(f"x{i + 1}" for i in range(DIMENSIONS))
_AXES = (
    *(np.linspace(0, 1, 5) for _ in range(2)),
    *(np.array([0.2, 0.7]) for _ in range(5)),
    *(np.array([place]) for place in (0.15, 0.5, 0.85)),
)


def reference() -> xr.Dataset:
    """The closed form on 5 × 5 × 2⁵ points: a grid that is full in seven directions and single in three."""
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
