"""Kovasznay's flow behind a grid, Re = 20: a closed form of the Navier–Stokes equations.

    u ∂u/∂x + v ∂u/∂y + ∂p/∂x − (∂²u/∂x² + ∂²u/∂y²)/Re = 0
    u ∂v/∂x + v ∂v/∂y + ∂p/∂y − (∂²v/∂x² + ∂²v/∂y²)/Re = 0
    ∂u/∂x + ∂v/∂y = 0                                        −1/2 < x < 1, −1/2 < y < 3/2

with u and v given on the boundary and p on x = 1, by

    u = 1 − e^{λx} cos 2πy,   v = λ/(2π) e^{λx} sin 2πy,   p = (1 − e^{2λx})/2,   λ = Re/2 − √(Re²/4 + 4π²)

(Kovasznay, Math. Proc. Camb. Phil. Soc. 44, 58–62, 1948), as DeepXDE's example has it.
"""

from typing import Any

import deepxde as dde
import numpy as np
import xarray as xr

from isocline_pinn.catalogue._navier_stokes import steady_navier_stokes
from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.spectral_flow import flow_in_rectangle

REYNOLDS = 20.0
LAMBDA = REYNOLDS / 2 - np.sqrt(REYNOLDS**2 / 4 + 4 * np.pi**2)


def exact(x: np.ndarray) -> np.ndarray:
    """Kovasznay's (u, v, p) at points, shape (n, 2) → (n, 3)."""
    grows, turn = np.exp(LAMBDA * x[:, 0]), 2 * np.pi * x[:, 1]
    u = 1 - grows * np.cos(turn)
    v = LAMBDA / (2 * np.pi) * grows * np.sin(turn)
    return np.stack([u, v, (1 - grows**2) / 2], axis=1)


def problem() -> Problem:
    """The problem, with 2,601 points inside."""
    box = dde.geometry.Rectangle([-0.5, -0.5], [1, 1.5])

    def given(component: int, where: Any) -> Any:
        values = lambda x: exact(x)[:, component : component + 1]  # noqa: E731
        return dde.icbc.DirichletBC(box, values, where, component=component)

    conditions = [given(0, _rim), given(1, _rim), given(2, _outlet)]
    equation = steady_navier_stokes(1 / REYNOLDS)
    data = dde.data.PDE(box, equation, conditions, num_domain=2601, num_boundary=400)
    return Problem(
        name="kovasznay",
        title="Kovasznay's flow behind a grid, Re = 20: a closed form of the Navier–Stokes equations",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place")),
        outputs=(Quantity("u", "velocity"), Quantity("v", "velocity"), Quantity("p", "pressure")),
        dimensions=("y", "x"),
        reference=reference,
        classical=Classical("Chebyshev collocation, degree p", by_collocation, (8, 12, 16, 20, 24)),
        target=1e-10,
        source="DeepXDE's example of Kovasznay's flow, https://deepxde.readthedocs.io",
    )


def _rim(_: np.ndarray, on: bool) -> bool:
    return on


def _outlet(x: np.ndarray, on: bool) -> bool:
    return bool(on and np.isclose(x[0], 1))


def reference() -> xr.Dataset:
    """The closed form on 61 × 81 points."""
    return _labelled(exact(_grid()).T)


def by_collocation(degree: int) -> xr.Dataset:
    """Polynomials of a degree, velocity given all around, the pressure's level by x = 1."""
    outlet = np.stack([np.ones(41), np.linspace(-0.5, 1.5, 41)], axis=1)
    return _labelled(
        flow_in_rectangle(
            (-0.5, -0.5),
            (1.0, 1.5),
            degree,
            1 / REYNOLDS,
            velocity=lambda x: exact(x)[:, :2],
            pressure=(outlet, exact(outlet)[:, 2]),
            axes=(_X, _Y),
        )
    )


_X, _Y = np.linspace(-0.5, 1, 61), np.linspace(-0.5, 1.5, 81)


def _grid() -> np.ndarray:
    return np.stack(np.meshgrid(_X, _Y), axis=-1).reshape(-1, 2)


def _labelled(values: np.ndarray) -> xr.Dataset:
    fields = values.reshape(3, len(_Y), len(_X))
    names = dict(zip("uvp", fields, strict=True))
    return xr.Dataset(
        {name: (("y", "x"), field) for name, field in names.items()}, coords={"y": _Y, "x": _X}
    )
