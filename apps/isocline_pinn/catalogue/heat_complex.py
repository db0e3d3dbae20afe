"""Heat in a plate with seventeen round holes, each warmed or cooled through its rim.

    ∂u/∂t = ∂²u/∂x² + ∂²u/∂y²      in [−8, 8] × [−12, 12] without seventeen disks, 0 < t ≤ 3
    ∂u/∂n = g − u on the boundary,  u(0, x, y) = 0

with g = 5 on the eleven disks of radius 1, g = 1 on the six of radius 0.4, and g = 0.1 on the rectangle.
PINNacle's "Heat 2d-CG". At t = 0 the conditions disagree, 0 ≠ g: near the rims u grows as √t, and its
derivatives have no bound there.
"""

from typing import Any

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.finite_elements import (
    facet_moments,
    heat_matrices,
    scalar_basis,
    values_at,
)
from isocline_pinn.reference.implicit import march
from isocline_pinn.reference.kept import kept
from isocline_pinn.reference.round_holes import rectangle_with_holes

LARGE = tuple(
    (x, y, 1.0)
    for x, y in (
        *((a, b) for a in (-4.0, 4.0) for b in (-9.0, -3.0, 3.0, 9.0)),
        *((0.0, b) for b in (-6.0, 0.0, 6.0)),
    )
)
SMALL = tuple((x, y, 0.4) for x in (-3.2, 3.2) for y in (-6.0, 0.0, 6.0))


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂u/∂t − ∂²u/∂x² − ∂²u/∂y² at points (x, y, t)."""
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    u_yy = dde.grad.hessian(u, x, i=1, j=1)
    return dde.grad.jacobian(u, x, i=0, j=2) - u_xx - u_yy


def problem() -> Problem:
    """The problem, with 6,000 points inside."""
    plate = dde.geometry.Rectangle([-8, -12], [8, 12])
    disks = [dde.geometry.Disk([x, y], radius) for x, y, radius in (*LARGE, *SMALL)]
    # One difference with a balanced union: a chain of seventeen differences is sampled 2¹⁷ times.
    domain = dde.geometry.GeometryXTime(plate - _union(disks), dde.geometry.TimeDomain(0, 3))
    conditions = [
        dde.icbc.RobinBC(domain, lambda _, u: 5 - u, lambda x, on: on and _on(LARGE, x)),
        dde.icbc.RobinBC(domain, lambda _, u: 1 - u, lambda x, on: on and _on(SMALL, x)),
        dde.icbc.RobinBC(
            domain, lambda _, u: 0.1 - u, lambda x, on: on and not _on((*LARGE, *SMALL), x)
        ),
        dde.icbc.IC(domain, lambda x: np.zeros((len(x), 1)), lambda _, on: on),
    ]
    data = dde.data.TimePDE(
        domain, equation, conditions, num_domain=6000, num_boundary=3000, num_initial=1500
    )
    return Problem(
        name="heat_complex",
        title="Heat in a plate with seventeen round holes, each warmed or cooled through its rim",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "temperature"),),
        reference=reference,
        reference_error=5e-5,
        classical=Classical(
            "finite elements, cubic on curved triangles; implicit Runge–Kutta of order 4",
            on_mesh,
            (10, 14, 20, 28),
        ),
        target=1e-4,
        source="PINNacle, HeatComplex, https://arxiv.org/abs/2306.08827",
    )


def _union(shapes: list[Any]) -> Any:
    half = len(shapes) // 2
    return shapes[0] if half == 0 else _union(shapes[:half]) | _union(shapes[half:])


def _on(disks: tuple[tuple[float, float, float], ...], x: np.ndarray) -> bool:
    return any(np.isclose(np.hypot(x[0] - a, x[1] - b), radius) for a, b, radius in disks)


@kept
def reference() -> xr.Dataset:
    """Forty edges along the short side, see `on_mesh`; from 28 they differ by 3e-5."""
    return on_mesh(40)


def on_mesh(across: int) -> xr.Dataset:
    """On 7 times and 49 × 33 places, NaN in the holes.

    Args:
        across: Edges along the short side; half as many steps in time from one of the 7 times to the next,
            the first of them halved eight times towards t = 0.
    """
    times, x, y = np.linspace(0, 3, 7), np.linspace(-8, 8, 33), np.linspace(-12, 12, 49)
    holes = (*LARGE, *SMALL)
    mesh = rectangle_with_holes([-8, -12], [8, 12], holes, 16 / across)
    basis = scalar_basis(mesh, 3)
    mass, stiffness, _ = heat_matrices(basis, (1.0, 1.0), lambda p: 0 * p[0])
    given = dict.fromkeys(("left", "right", "bottom", "top"), 0.1)
    given |= {f"hole {k}": 5.0 if k < len(LARGE) else 1.0 for k in range(len(holes))}
    load = np.zeros(basis.N)
    for name, value in given.items():
        rim, moments = facet_moments(basis, mesh.boundaries[name])
        stiffness, load = stiffness + rim, load + value * moments
    states = march(mass, stiffness, lambda _: load, np.zeros(basis.N), times, across // 2, 8)
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    there = np.full(len(points), True)
    for a, b, radius in holes:
        there &= np.hypot(points[:, 0] - a, points[:, 1] - b) >= radius - 1e-9
    u = np.full((len(times), len(points)), np.nan)
    for field, state in zip(u, states, strict=True):
        field[there] = values_at(basis, state, points[there])
    return xr.Dataset(
        {"u": (("t", "y", "x"), u.reshape(len(times), len(y), len(x)))},
        coords={"t": times, "y": y, "x": x},
    )
