"""Poisson's equation on a cube of any dimension; `poisson_5d` and `poisson_10d` name two of them."""

from collections.abc import Sequence

import deepxde as dde
import numpy as np
import torch
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.tensor_product import poisson_on_cube


def equation(x: Tensor, u: Tensor) -> Tensor:
    """Σᵢ ∂²u/∂xᵢ² + (π²/4) Σᵢ sin(πxᵢ/2) at points, shape (n, d)."""
    laplacian = sum(dde.grad.hessian(u, x, i=i, j=i) for i in range(x.shape[1]))
    return laplacian + np.pi**2 / 4 * torch.sin(np.pi / 2 * x).sum(dim=1, keepdim=True)


def exact(x: np.ndarray) -> np.ndarray:
    """Σᵢ sin(πxᵢ/2) at points, shape (n, d) → (n, 1)."""
    return np.asarray(np.sin(np.pi / 2 * x).sum(axis=1, keepdims=True))


def poisson_cube(
    name: str,
    title: str,
    axes: Sequence[np.ndarray],
    *,
    points: int,
    degrees: tuple[int, ...],
    target: float,
    target_budget: float,
) -> Problem:
    """The problem in as many dimensions as there are axes.

    Args:
        name: Of the problem.
        title: Of the problem.
        axes: Of the grid on which solutions are compared.
        points: Inside the cube; half as many on its boundary.
        degrees: Of the classical solver.
        target: Relative L2 error to reach.
        target_budget: Seconds for it.
    """
    dimensions = len(axes)
    names = tuple(f"x{i + 1}" for i in range(dimensions))
    cube = dde.geometry.Hypercube([0] * dimensions, [1] * dimensions)
    rim = dde.icbc.DirichletBC(cube, exact, lambda _, on: on)
    data = dde.data.PDE(cube, equation, [rim], num_domain=points, num_boundary=points // 2)

    def labelled(u: np.ndarray) -> xr.Dataset:
        return xr.Dataset({"u": (names, u)}, coords=dict(zip(names, axes, strict=True)))

    def reference() -> xr.Dataset:
        return labelled(_sum_of_sines(np.meshgrid(*axes, indexing="ij", sparse=True)))

    def by_collocation(degree: int) -> xr.Dataset:
        scale = -(np.pi**2) / 4
        u = poisson_on_cube(
            dimensions, degree, lambda x: scale * _sum_of_sines(x), _sum_of_sines, axes
        )
        return labelled(u)

    return Problem(
        name=name,
        title=title,
        data=data,
        coordinates=tuple(Quantity(coordinate, "place") for coordinate in names),
        outputs=(Quantity("u", "potential"),),
        dimensions=names,
        reference=reference,
        classical=Classical(
            "Chebyshev collocation, degree p, fast diagonalisation", by_collocation, degrees
        ),
        target=target,
        target_budget=target_budget,
        source="PINNacle, PoissonND, https://arxiv.org/abs/2306.08827",
    )


def _sum_of_sines(x: Sequence[np.ndarray]) -> np.ndarray:
    return np.asarray(sum(np.sin(np.pi / 2 * axis) for axis in x))
