"""The lid-driven cavity at any Reynolds number; `cavity_100` and `cavity_400` name two of them."""

from collections.abc import Callable

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.finite_elements import grid_of_quadrilaterals
from isocline_pinn.reference.flow import steady_flow

_AXIS = np.linspace(0, 1, 52)


def steady_navier_stokes(viscosity: float) -> Callable[[Tensor, Tensor], list[Tensor]]:
    """Both momenta and continuity at points (x, y), with w = (u, v, p)."""

    def equation(x: Tensor, w: Tensor) -> list[Tensor]:
        u, v = w[:, 0:1], w[:, 1:2]
        u_x, u_y = (dde.grad.jacobian(w, x, i=0, j=j) for j in (0, 1))
        v_x, v_y = (dde.grad.jacobian(w, x, i=1, j=j) for j in (0, 1))
        p_x, p_y = (dde.grad.jacobian(w, x, i=2, j=j) for j in (0, 1))
        u_xx, u_yy = (dde.grad.hessian(w, x, component=0, i=j, j=j) for j in (0, 1))
        v_xx, v_yy = (dde.grad.hessian(w, x, component=1, i=j, j=j) for j in (0, 1))
        return [
            u * u_x + v * u_y + p_x - viscosity * (u_xx + u_yy),
            u * v_x + v * v_y + p_y - viscosity * (v_xx + v_yy),
            u_x + v_y,
        ]

    return equation


def cavity(reynolds: float, name: str, title: str, target: float) -> Problem:
    """The cavity with a lid of speed 1, and 3,000 points inside."""
    square = dde.geometry.Rectangle([0, 0], [1, 1])

    def on_lid(x: np.ndarray, on: bool) -> bool:
        return bool(on and np.isclose(x[1], 1))

    def on_wall(x: np.ndarray, on: bool) -> bool:
        return bool(on and not np.isclose(x[1], 1))

    def still(x: np.ndarray) -> np.ndarray:
        return np.zeros((len(x), 1))

    conditions = [
        dde.icbc.DirichletBC(square, lambda x: np.ones((len(x), 1)), on_lid, component=0),
        dde.icbc.DirichletBC(square, still, on_lid, component=1),
        dde.icbc.DirichletBC(square, still, on_wall, component=0),
        dde.icbc.DirichletBC(square, still, on_wall, component=1),
        dde.icbc.PointSetBC(np.zeros((1, 2)), np.zeros((1, 1)), component=2),
    ]
    equation = steady_navier_stokes(1 / reynolds)
    data = dde.data.PDE(square, equation, conditions, num_domain=3000, num_boundary=800)
    return Problem(
        name=name,
        title=title,
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place")),
        outputs=(Quantity("u", "velocity"), Quantity("v", "velocity"), Quantity("p", "pressure")),
        dimensions=("y", "x"),
        classical=Classical(
            "finite elements of Taylor and Hood, degrees 3 and 2, cells crowded at the walls",
            lambda cells: cavity_on_mesh(reynolds, cells),
            (4, 6, 8, 12, 16, 24),
        ),
        target=target,
        source="Ghia, Ghia & Shin 1982, https://doi.org/10.1016/0021-9991(82)90058-4",
    )


def cavity_on_mesh(reynolds: float, cells: int) -> xr.Dataset:
    """Velocities on 52 × 52 points by cells² elements whose lines are Chebyshev points.

    The pressure, which grows without bound towards the lid's corners, is left NaN, and so are the
    velocities at those corners, where lid and wall disagree.
    """
    lines = (1 - np.cos(np.pi * np.arange(cells + 1) / cells)) / 2
    mesh = grid_of_quadrilaterals(lines, lines).with_boundaries(
        {"walls": lambda x: x[1] < 1 - 1e-12, "lid": lambda x: x[1] > 1 - 1e-12}
    )
    flow = steady_flow(
        mesh,
        3,
        1 / reynolds,
        {"lid": lambda x: np.stack([1 + 0 * x[0], 0 * x[0]]), "walls": lambda x: 0 * x},
        pressure_at=(np.zeros(2), 0.0),
    )
    points = np.stack(np.meshgrid(_AXIS, _AXIS), axis=-1).reshape(-1, 2)
    values = flow.at(points).reshape(3, len(_AXIS), len(_AXIS))
    values[2] = np.nan
    values[:, -1, [0, -1]] = np.nan
    fields = {name: (("y", "x"), field) for name, field in zip("uvp", values, strict=True)}
    return xr.Dataset(fields, coords={"y": _AXIS, "x": _AXIS})
