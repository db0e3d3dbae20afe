"""The lid-driven cavity at any Reynolds number; `cavity_100` and `cavity_400` name two of them."""

import deepxde as dde
import numpy as np
import xarray as xr

from isocline_pinn.catalogue._navier_stokes import steady_navier_stokes
from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.finite_elements import grid_of_quadrilaterals
from isocline_pinn.reference.flow import steady_flow

_AXIS = np.linspace(0, 1, 52)


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
