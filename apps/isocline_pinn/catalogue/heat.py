"""Heat equation: a warm rod cools, its ends on ice.

    ∂u/∂t = a ∂²u/∂x²      0 < x < 1, 0 < t ≤ 1
    u(0, x) = sin πx,   u(t, 0) = u(t, 1) = 0

with a = 0.4, as DeepXDE's example has it. The solution is u = exp(−π²at) sin πx.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.collocation import with_fixed_ends

DIFFUSIVITY = 0.4


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂u/∂t − a ∂²u/∂x² at points (x, t)."""
    u_t = dde.grad.jacobian(u, x, i=0, j=1)
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    return u_t - DIFFUSIVITY * u_xx


def problem() -> Problem:
    """The problem, with 800 points inside."""
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 1))
    ends = dde.icbc.DirichletBC(domain, lambda x: np.zeros((len(x), 1)), lambda _, on: on)
    start = dde.icbc.IC(domain, lambda x: np.sin(np.pi * x[:, 0:1]), lambda _, on: on)
    data = dde.data.TimePDE(
        domain, equation, [ends, start], num_domain=800, num_boundary=80, num_initial=80
    )
    return Problem(
        name="heat",
        title="Heat equation: a warm rod cools, its ends on ice",
        data=data,
        coordinates=(Quantity("x", "place along the rod", "m"), Quantity("t", "time", "s")),
        outputs=(Quantity("u", "temperature", "degC"),),
        hidden=(16, 16),
        reference=reference,
        classical=Classical(
            "Chebyshev collocation, exponentials of its eigenvalues",
            classical,
            (4, 6, 8, 10, 12),
        ),
        target=1e-11,
        source="DeepXDE's example of the heat equation, https://deepxde.readthedocs.io",
    )


def _grid() -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(0, 1, 101), np.linspace(0, 1, 101)


def reference() -> xr.Dataset:
    """The closed form on 101 times and 101 places."""
    t, x = _grid()
    u = np.exp(-(np.pi**2) * DIFFUSIVITY * t)[:, None] * np.sin(np.pi * x)[None, :]
    return xr.Dataset({"u": (("t", "x"), u)}, coords={"t": t, "x": x})


def classical(number: int) -> xr.Dataset:
    """The same grid by polynomials of a degree."""
    t, x = _grid()
    u = with_fixed_ends(
        lambda x: np.sin(np.pi * x), lambda t, pull: np.exp(DIFFUSIVITY * pull * t), t, x, number
    )
    return xr.Dataset({"u": (("t", "x"), u)}, coords={"t": t, "x": x})
