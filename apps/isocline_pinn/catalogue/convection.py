"""Convection, β = 50: a sine is carried eight times around.

    ∂u/∂t + β ∂u/∂x = 0      0 < x < 2π, 0 < t ≤ 1
    u(0, x) = sin x,   u periodic

with β = 50: easy for any mesh, and where Krishnapriyan et al. (Characterizing possible failure modes in
physics-informed neural networks, NeurIPS 2021, arXiv:2109.01050) saw training fail. The solution is
u = sin(x − βt).
"""

import deepxde as dde
import numpy as np
import xarray as xr
from scipy.integrate import solve_ivp
from torch import Tensor

from isocline_pinn.catalogue._periodic import periodic
from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.fourier import evaluate, places, wavenumbers

SPEED = 50.0
ENDS = (0.0, 2 * np.pi)


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂u/∂t + β ∂u/∂x at points (x, t)."""
    u_x = dde.grad.jacobian(u, x, i=0, j=0)
    u_t = dde.grad.jacobian(u, x, i=0, j=1)
    return u_t + SPEED * u_x


def problem() -> Problem:
    """The problem, with 1,500 points inside."""
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(*ENDS), dde.geometry.TimeDomain(0, 1))
    start = dde.icbc.IC(domain, lambda x: np.sin(x[:, 0:1]), lambda _, on: on)
    data = dde.data.TimePDE(
        domain,
        equation,
        [start, *periodic(domain, 1)],
        num_domain=1500,
        num_boundary=200,
        num_initial=200,
    )
    return Problem(
        name="convection",
        title="Convection, β = 50: a sine is carried eight times around",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "concentration"),),
        reference=reference,
        classical=Classical(
            "Fourier collocation, 16 places; Runge–Kutta of order 8, digits of its tolerance",
            classical,
            (3, 5, 7, 9, 11, 13),
        ),
        target=1e-10,
        source="Krishnapriyan et al. 2021, https://arxiv.org/abs/2109.01050",
    )


def _grid() -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(0, 1, 101), np.linspace(*ENDS, 256)


def reference() -> xr.Dataset:
    """The closed form on 101 times and 256 places."""
    t, x = _grid()
    u = np.sin(x[None, :] - SPEED * t[:, None])
    return xr.Dataset({"u": (("t", "x"), u)}, coords={"t": t, "x": x})


def classical(digits: int) -> xr.Dataset:
    """The same grid by a Runge–Kutta method of tolerance 10^−digits."""
    t, x = _grid()
    k = wavenumbers(16, *ENDS)

    def slope(_: float, u: np.ndarray) -> np.ndarray:
        change: np.ndarray = -SPEED * np.fft.irfft(1j * k * np.fft.rfft(u), 16)
        return change

    tolerance = 10.0**-digits
    solved = solve_ivp(
        slope,
        (0, 1),
        np.sin(places(16, *ENDS)),
        method="DOP853",
        t_eval=t,
        rtol=tolerance,
        atol=tolerance,
    )
    u = evaluate(np.fft.rfft(solved.y.T), x, *ENDS)
    return xr.Dataset({"u": (("t", "x"), u)}, coords={"t": t, "x": x})
