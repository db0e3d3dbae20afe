"""Wave equation: a string that sounds two tones at once.

    ∂²u/∂t² = c² ∂²u/∂x²      0 < x < 1, 0 < t ≤ 1
    u(0, x) = sin πx + ½ sin 4πx,   ∂u/∂t(0, x) = 0,   u(t, 0) = u(t, 1) = 0

with c = 2 (Wang, Yu & Perdikaris, J. Comput. Phys. 449, 110768, 2022). The solution is
u = sin πx cos 2πt + ½ sin 4πx cos 8πt. The literature calls it the two-frequency or 1-D wave (PINNacle,
arXiv:2306.08827, has the same); there is no second file for it.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.collocation import with_fixed_ends

SPEED = 2.0


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂²u/∂t² − c² ∂²u/∂x² at points (x, t)."""
    u_tt = dde.grad.hessian(u, x, i=1, j=1)
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    return u_tt - SPEED**2 * u_xx


def problem() -> Problem:
    """The problem, with 2,000 points inside."""
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 1))
    ends = dde.icbc.DirichletBC(domain, lambda x: np.zeros((len(x), 1)), lambda _, on: on)
    start = dde.icbc.IC(domain, _initial, lambda _, on: on)
    # DeepXDE's initial condition holds u itself; its derivative is held by an operator at t = 0.
    at_rest = dde.icbc.OperatorBC(
        domain,
        lambda x, u, _: dde.grad.jacobian(u, x, i=0, j=1),
        lambda x, _: bool(np.isclose(x[1], 0.0)),
    )
    data = dde.data.TimePDE(
        domain, equation, [ends, start, at_rest], num_domain=2000, num_boundary=200, num_initial=200
    )
    return Problem(
        name="wave",
        title="Wave equation: a string that sounds two tones at once",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "displacement"),),
        hidden=(32, 32),
        reference=reference,
        classical=Classical(
            "Chebyshev collocation, cosines of its eigenvalues",
            classical,
            (12, 16, 20, 24, 28, 32),
        ),
        target=1e-11,
        source="Wang, Yu & Perdikaris 2022, https://doi.org/10.1016/j.jcp.2021.110768",
    )


def _initial(x: np.ndarray) -> np.ndarray:
    return np.sin(np.pi * x[:, 0:1]) + 0.5 * np.sin(4 * np.pi * x[:, 0:1])


def _grid() -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(0, 1, 101), np.linspace(0, 1, 101)


def reference() -> xr.Dataset:
    """The closed form on 101 times and 101 places."""
    t, x = _grid()
    low = np.cos(SPEED * np.pi * t)[:, None] * np.sin(np.pi * x)
    high = np.cos(4 * SPEED * np.pi * t)[:, None] * np.sin(4 * np.pi * x)
    return xr.Dataset({"u": (("t", "x"), low + 0.5 * high)}, coords={"t": t, "x": x})


def classical(number: int) -> xr.Dataset:
    """The same grid by polynomials of a degree."""
    t, x = _grid()
    u = with_fixed_ends(
        lambda x: _initial(x[:, None])[:, 0],
        lambda t, pull: np.cos(SPEED * np.sqrt(-pull) * t),
        t,
        x,
        number,
    )
    return xr.Dataset({"u": (("t", "x"), u)}, coords={"t": t, "x": x})
