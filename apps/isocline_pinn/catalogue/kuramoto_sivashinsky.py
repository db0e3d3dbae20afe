"""Kuramoto–Sivashinsky equation: a flame front becomes chaotic.

    ∂u/∂t + α u ∂u/∂x + β ∂²u/∂x² + γ ∂⁴u/∂x⁴ = 0      0 < x < 2π, 0 < t ≤ 1
    u(0, x) = cos x (1 + sin x),   u and its first three derivatives periodic

with α = 100/16, β = 100/16², γ = 100/16⁴ (Wang, Sankaran & Perdikaris, Respecting causality, Comput.
Methods Appl. Mech. Eng. 421, 116813, 2024; PINNacle, arXiv:2306.08827, which names no boundary condition).
The table of the former, `ks_chaotic.mat`, covers the same span and is 1.0e-7 off the reference here, 2.7e-7
at t = 1.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.catalogue._periodic import periodic
from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.fourier import evaluate, self_advection

ALPHA, BETA, GAMMA = 100 / 16, 100 / 16**2, 100 / 16**4
ENDS = (0.0, 2 * np.pi)


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂u/∂t + α u ∂u/∂x + β ∂²u/∂x² + γ ∂⁴u/∂x⁴ at points (x, t)."""
    u_x = dde.grad.jacobian(u, x, i=0, j=0)
    u_t = dde.grad.jacobian(u, x, i=0, j=1)
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    u_xxxx = dde.grad.hessian(u_xx, x, i=0, j=0)
    return u_t + ALPHA * u * u_x + BETA * u_xx + GAMMA * u_xxxx


def problem() -> Problem:
    """The problem, with 3,000 points inside."""
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(*ENDS), dde.geometry.TimeDomain(0, 1))
    start = dde.icbc.IC(domain, lambda x: _initial(x[:, 0:1]), lambda _, on: on)
    conditions = [start, *periodic(domain, 4)]
    data = dde.data.TimePDE(
        domain, equation, conditions, num_domain=3000, num_boundary=200, num_initial=200
    )
    return Problem(
        name="kuramoto_sivashinsky",
        title="Kuramoto–Sivashinsky equation: a flame front becomes chaotic",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "slope of the front"),),
        reference=reference,
        reference_error=6e-9,
        classical=Classical("Fourier modes, ETDRK4", classical, (96, 128, 192, 256, 384, 512)),
        target=1e-5,
        target_budget=300.0,
        source="Wang, Sankaran & Perdikaris 2024, https://doi.org/10.1016/j.cma.2024.116813",
    )


def _initial(x: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.cos(x) * (1 + np.sin(x))
    return result


def reference(number: int = 512, steps_between: int = 80) -> xr.Dataset:
    """Fourier modes and ETDRK4 on 251 times and 512 places, to eight digits; chaos takes the others.

    Args:
        number: Fourier modes, complex ones counted twice.
        steps_between: Time steps from one of the 251 times to the next.
    """
    t, x = np.linspace(0, 1, 251), np.linspace(*ENDS, 512)
    modes = self_advection(
        _initial, lambda k: BETA * k**2 - GAMMA * k**4, ALPHA, ENDS, t, number, steps_between
    )
    return xr.Dataset({"u": (("t", "x"), evaluate(modes, x, *ENDS))}, coords={"t": t, "x": x})


def classical(number: int) -> xr.Dataset:
    """The same with a number of modes, and steps in proportion."""
    return reference(number, max(2, number // 16))
