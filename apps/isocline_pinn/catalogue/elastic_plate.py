"""Elastic plate: displacements and stresses under a load that varies, in plane strain.

    ∂σxx/∂x + ∂σxy/∂y = fx,   ∂σxy/∂x + ∂σyy/∂y = fy       0 < x, y < 1
    σxx = (λ + 2μ) ∂ux/∂x + λ ∂uy/∂y,   σyy = (λ + 2μ) ∂uy/∂y + λ ∂ux/∂x
    σxy = μ (∂ux/∂y + ∂uy/∂x)

    ux = 0 on y = 0 and y = 1;   uy = 0 on x = 0, x = 1 and y = 0
    σxx = 0 on x = 0 and x = 1;   σyy = (λ + 2μ) Q sin πx on y = 1

with λ = 1, μ = 0.5, Q = 4 and fx, fy such that ux = cos 2πx sin πy, uy = Q y⁴ sin πx / 4 (Haghighat, Raissi,
Moure, Gomez & Juanes, Comput. Methods Appl. Mech. Eng. 379, 113741, 2021), as DeepXDE's example has it.
"""

from types import ModuleType
from typing import Any

import deepxde as dde
import numpy as np
import torch
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.elasticity import displacement
from isocline_pinn.reference.finite_elements import (
    gradients_at,
    grid_of_quadrilaterals,
    values_at,
)

LAME, SHEAR, LOAD = 1.0, 0.5, 4.0
NAMES = ("ux", "uy", "sxx", "syy", "sxy")


def equation(x: Tensor, w: Tensor) -> list[Tensor]:
    """Both balances of forces and the three laws of Hooke at points (x, y)."""
    ux_x, ux_y = (dde.grad.jacobian(w, x, i=0, j=j) for j in (0, 1))
    uy_x, uy_y = (dde.grad.jacobian(w, x, i=1, j=j) for j in (0, 1))
    sxx_x = dde.grad.jacobian(w, x, i=2, j=0)
    syy_y = dde.grad.jacobian(w, x, i=3, j=1)
    sxy_x, sxy_y = (dde.grad.jacobian(w, x, i=4, j=j) for j in (0, 1))
    fx, fy = force(x[:, 0:1], x[:, 1:2], torch)
    return [
        sxx_x + sxy_y - fx,
        sxy_x + syy_y - fy,
        (LAME + 2 * SHEAR) * ux_x + LAME * uy_y - w[:, 2:3],
        (LAME + 2 * SHEAR) * uy_y + LAME * ux_x - w[:, 3:4],
        SHEAR * (ux_y + uy_x) - w[:, 4:5],
    ]


def force(x: Any, y: Any, of: ModuleType) -> tuple[Any, Any]:
    """(fx, fy), by the sines of a module: NumPy's or PyTorch's."""
    pi, both = np.pi, LAME + 2 * SHEAR
    waves, bends = of.cos(2 * pi * x) * of.sin(pi * y), of.cos(pi * x) * y**3
    # fx = (λ + 2μ) ∂²ux/∂x² + μ ∂²ux/∂y² + (λ + μ) ∂²uy/∂x∂y, and so for fy.
    fx = -(4 * both + SHEAR) * pi**2 * waves + (LAME + SHEAR) * LOAD * pi * bends
    lift = (3 * both * y**2 - SHEAR * pi**2 * y**4 / 4) * LOAD * of.sin(pi * x)
    fy = lift - (LAME + SHEAR) * 2 * pi**2 * of.sin(2 * pi * x) * of.cos(pi * y)
    return fx, fy


def exact(x: np.ndarray) -> np.ndarray:
    """Displacements and stresses at points, shape (n, 2) → (n, 5)."""
    pi, both = np.pi, LAME + 2 * SHEAR
    a, b = pi * x[:, 0], pi * x[:, 1]
    y = x[:, 1]
    ux, uy = np.cos(2 * a) * np.sin(b), LOAD * y**4 * np.sin(a) / 4
    ux_x, uy_y = -2 * pi * np.sin(2 * a) * np.sin(b), LOAD * y**3 * np.sin(a)
    sheared = pi * np.cos(2 * a) * np.cos(b) + pi * LOAD * y**4 * np.cos(a) / 4
    return np.stack(
        [ux, uy, both * ux_x + LAME * uy_y, both * uy_y + LAME * ux_x, SHEAR * sheared], axis=1
    )


def problem() -> Problem:
    """The problem, with 1,500 points inside."""
    square = dde.geometry.Rectangle([0, 0], [1, 1])

    def side(axis: int, *places: float) -> Any:
        return lambda x, on: on and any(np.isclose(x[axis], place) for place in places)

    def given(where: Any, component: int) -> Any:
        values = lambda x: exact(x)[:, component : component + 1]  # noqa: E731
        return dde.icbc.DirichletBC(square, values, where, component=component)

    conditions = [
        given(side(1, 0, 1), 0),
        given(side(0, 0, 1), 1),
        given(side(1, 0), 1),
        given(side(0, 0, 1), 2),
        given(side(1, 1), 3),
    ]
    data = dde.data.PDE(square, equation, conditions, num_domain=1500, num_boundary=500)
    return Problem(
        name="elastic_plate",
        title="Elastic plate: displacements and stresses under a load that varies, in plane strain",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place")),
        outputs=tuple(
            Quantity(name, "displacement" if name.startswith("u") else "stress") for name in NAMES
        ),
        dimensions=("y", "x"),
        reference=reference,
        classical=Classical("finite elements, degree p on 2 × 2 cells", on_mesh, (3, 5, 7, 9, 11)),
        target=1e-9,
        source="Haghighat et al. 2021, https://doi.org/10.1016/j.cma.2021.113741",
    )


_AXIS = np.linspace(0, 1, 51)


def reference() -> xr.Dataset:
    """The closed form on 51 × 51 points."""
    return _labelled(exact(_grid()).T)


def on_mesh(degree: int) -> xr.Dataset:
    """Displacements by finite elements of a degree on four cells, stresses from their derivatives."""
    mesh = grid_of_quadrilaterals(np.linspace(0, 1, 3), np.linspace(0, 1, 3)).with_boundaries(
        {
            "ux": lambda x: np.isclose(x[1], 0) | np.isclose(x[1], 1),
            "uy": lambda x: np.isclose(x[0], 0) | np.isclose(x[0], 1) | np.isclose(x[1], 0),
            "pulled": lambda x: np.isclose(x[1], 1),
        }
    )
    pull = (LAME + 2 * SHEAR) * LOAD
    basis, u = displacement(
        mesh,
        degree,
        (LAME, SHEAR),
        force=lambda x: np.stack(force(x[0], x[1], np)),
        normal_stress=lambda x: pull * np.sin(np.pi * x[0]),
    )
    points = _grid()
    (ux_x, ux_y), (uy_x, uy_y) = gradients_at(basis, u, points)
    both = LAME + 2 * SHEAR
    stresses = [both * ux_x + LAME * uy_y, both * uy_y + LAME * ux_x, SHEAR * (ux_y + uy_x)]
    return _labelled(np.stack([*values_at(basis, u, points), *stresses]))


def _grid() -> np.ndarray:
    return np.stack(np.meshgrid(_AXIS, _AXIS), axis=-1).reshape(-1, 2)


def _labelled(values: np.ndarray) -> xr.Dataset:
    fields = values.reshape(5, len(_AXIS), len(_AXIS))
    named = {name: (("y", "x"), field) for name, field in zip(NAMES, fields, strict=True)}
    return xr.Dataset(named, coords={"y": _AXIS, "x": _AXIS})
