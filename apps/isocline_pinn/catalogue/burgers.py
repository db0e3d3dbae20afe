"""Burgers' equation, ν = 0.01/π: a sine steepens into a shock.

    ∂u/∂t + u ∂u/∂x = ν ∂²u/∂x²      −1 < x < 1, 0 < t ≤ 0.99
    u(0, x) = −sin πx,   u(t, ±1) = 0

The problem of Raissi, Perdikaris & Karniadakis (J. Comput. Phys. 378, 686–707, 2019) and DeepXDE's example.
DeepXDE's table `Burgers.npz` agrees with the reference here to 3e-12; PINNacle's `burgers1d.dat` is 1.3e-2
off.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.cole_hopf import burgers_from_sine
from isocline_pinn.reference.fourier import evaluate, self_advection

VISCOSITY = 0.01 / np.pi


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂u/∂t + u ∂u/∂x − ν ∂²u/∂x² at points (x, t)."""
    u_x = dde.grad.jacobian(u, x, i=0, j=0)
    u_t = dde.grad.jacobian(u, x, i=0, j=1)
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    return u_t + u * u_x - VISCOSITY * u_xx


def problem() -> Problem:
    """The problem, with 1,400 points inside to begin with."""
    domain = dde.geometry.GeometryXTime(
        dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 0.99)
    )
    walls = dde.icbc.DirichletBC(domain, lambda x: np.zeros((len(x), 1)), lambda _, on: on)
    start = dde.icbc.IC(domain, lambda x: -np.sin(np.pi * x[:, 0:1]), lambda _, on: on)
    data = dde.data.TimePDE(
        domain, equation, [walls, start], num_domain=1400, num_boundary=80, num_initial=160
    )
    return Problem(
        name="burgers",
        title="Burgers' equation, ν = 0.01/π: a sine steepens into a shock",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "velocity"),),
        reference=reference,
        classical=Classical("Fourier modes, ETDRK4", classical, (256, 512, 1024, 1536, 2048, 3072)),
        target=1e-11,
        source="Raissi, Perdikaris & Karniadakis 2019, https://doi.org/10.1016/j.jcp.2018.10.045",
    )


def _grid() -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(0, 0.99, 100), np.linspace(-1, 1, 256)


def reference() -> xr.Dataset:
    """The solution of Cole and Hopf on 100 times and 256 places."""
    t, x = _grid()
    u = burgers_from_sine(t, x, VISCOSITY)
    return xr.Dataset({"u": (("t", "x"), u)}, coords={"t": t, "x": x})


def classical(number: int) -> xr.Dataset:
    """The same grid by a number of Fourier modes; the walls hold by symmetry."""
    t, x = _grid()
    modes = self_advection(
        lambda x: -np.sin(np.pi * x),
        lambda k: -VISCOSITY * k**2,
        1.0,
        (-1.0, 1.0),
        t,
        number,
        number // 40,
    )
    return xr.Dataset({"u": (("t", "x"), evaluate(modes, x, -1.0, 1.0))}, coords={"t": t, "x": x})
