"""Slow flow through a wide channel past two cylinders.

    u ∂u/∂x + v ∂u/∂y + ∂p/∂x − ν (∂²u/∂x² + ∂²u/∂y²) = 0
    u ∂v/∂x + v ∂v/∂y + ∂p/∂y − ν (∂²v/∂x² + ∂²v/∂y²) = 0
    ∂u/∂x + ∂v/∂y = 0            ν = 1, in [0, 8]² without disks about (6, 6), (2, 1) of radii 1, 0.5
    u = y (8 − y)/16, v = 0 on x = 0;   u = v = 0 on the walls and the cylinders
    p = 2ν ∂u/∂x, ∂u/∂y + ∂v/∂x = 0 on x = 8

PINNacle's classic Navier–Stokes problem. It asks p = 0 of the outlet and nothing of the velocities, which
leaves them open; its table (`ns2d.dat`) was made with an outlet free of traction, which is asked here, and
its velocities are 2.5e-4 off this reference.

At both corners of the outlet the pressure has no bound; errors are those of the velocities.
"""

from typing import Any

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.catalogue._navier_stokes import steady_navier_stokes
from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.flow import steady_flow
from isocline_pinn.reference.kept import kept
from isocline_pinn.reference.round_holes import rectangle_with_holes

VISCOSITY, WIDTH = 1.0, 8.0
CYLINDERS = ((6.0, 6.0, 1.0), (2.0, 1.0, 0.5))


def traction_along_x(x: Tensor, w: Tensor, _: np.ndarray) -> Tensor:
    """p − 2ν ∂u/∂x at points of the outlet."""  # noqa: D403
    return w[:, 2:3] - 2 * VISCOSITY * dde.grad.jacobian(w, x, i=0, j=0)


def traction_along_y(x: Tensor, w: Tensor, _: np.ndarray) -> Tensor:
    """∂u/∂y + ∂v/∂x at points of the outlet."""
    return dde.grad.jacobian(w, x, i=0, j=1) + dde.grad.jacobian(w, x, i=1, j=0)


def problem() -> Problem:
    """The problem, with 3,000 points inside."""
    channel: Any = dde.geometry.Rectangle([0, 0], [WIDTH, WIDTH])
    for x, y, radius in CYLINDERS:
        channel = channel - dde.geometry.Disk([x, y], radius)

    def still(x: np.ndarray) -> np.ndarray:
        return np.zeros((len(x), 1))

    def inflow(x: np.ndarray) -> np.ndarray:
        return x[:, 1:2] * (WIDTH - x[:, 1:2]) / 16

    conditions = [
        dde.icbc.DirichletBC(channel, inflow, _inlet, component=0),
        dde.icbc.DirichletBC(channel, still, _inlet, component=1),
        dde.icbc.DirichletBC(channel, still, _wall, component=0),
        dde.icbc.DirichletBC(channel, still, _wall, component=1),
        dde.icbc.OperatorBC(channel, traction_along_x, _outlet),
        dde.icbc.OperatorBC(channel, traction_along_y, _outlet),
    ]
    equation = steady_navier_stokes(VISCOSITY)
    data = dde.data.PDE(channel, equation, conditions, num_domain=3000, num_boundary=900)
    return Problem(
        name="obstacle_flow",
        title="Slow flow through a wide channel past two cylinders",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place")),
        outputs=(Quantity("u", "velocity"), Quantity("v", "velocity"), Quantity("p", "pressure")),
        dimensions=("y", "x"),
        reference=reference,
        reference_error=5e-4,
        classical=Classical(
            "finite elements of Taylor and Hood, cubic and quadratic on curved triangles",
            on_mesh,
            (6, 8, 12, 16, 20),
        ),
        target=2e-2,
        source="PINNacle, NSEquation_Classic, https://arxiv.org/abs/2306.08827",
    )


def _inlet(x: np.ndarray, on: bool) -> bool:
    return bool(on and np.isclose(x[0], 0))


def _outlet(x: np.ndarray, on: bool) -> bool:
    return bool(on and np.isclose(x[0], WIDTH))


def _wall(x: np.ndarray, on: bool) -> bool:
    return bool(on and not np.isclose(x[0], 0) and not np.isclose(x[0], WIDTH))


@kept
def reference() -> xr.Dataset:
    """28 edges along a side, see `on_mesh`; 16 and 24 differ by 5e-4, most of it at the outlet's corners."""
    return on_mesh(28)


def on_mesh(across: int) -> xr.Dataset:
    """Velocities on 81 × 81 points by triangles with so many edges along a side; the pressure is NaN."""
    mesh = rectangle_with_holes([0, 0], [WIDTH, WIDTH], CYLINDERS, WIDTH / across)
    velocities: dict[str, Any] = {
        "left": lambda p: np.stack([p[1] * (WIDTH - p[1]) / 16, 0 * p[0]]),
        **dict.fromkeys(("bottom", "top", "hole 0", "hole 1"), lambda p: 0 * p),
    }
    flow = steady_flow(mesh, 3, VISCOSITY, velocities, free_of_traction=True)
    axis = np.linspace(0, WIDTH, 81)
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    there = np.full(len(points), True)
    for x, y, radius in CYLINDERS:
        there &= np.hypot(points[:, 0] - x, points[:, 1] - y) >= radius - 1e-9
    values = np.full((3, len(points)), np.nan)
    values[:2, there] = flow.at(points[there])[:2]
    fields = zip("uvp", values.reshape(3, len(axis), len(axis)), strict=True)
    return xr.Dataset(
        {name: (("y", "x"), field) for name, field in fields}, coords={"y": axis, "x": axis}
    )
