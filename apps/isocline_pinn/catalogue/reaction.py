"""Reaction, ρ = 5: growth to saturation, faster where more is there.

    ∂u/∂t = ρ u (1 − u)      0 < x < 2π, 0 < t ≤ 1
    u(0, x) = exp(−8 (x − π)² / π²),   u periodic

with ρ = 5 (Krishnapriyan et al., Characterizing possible failure modes in physics-informed neural
networks, NeurIPS 2021, arXiv:2109.01050). Each place grows by itself: u = h eᵖᵗ / (h eᵖᵗ + 1 − h), p = ρ and
h = u(0, x). At both ends h = 3.4e-4, where a network trained by gradients tends to stay at zero.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from scipy.integrate import solve_ivp
from torch import Tensor

from isocline_pinn.catalogue._periodic import periodic
from isocline_pinn.problem import Classical, Problem, Quantity

RATE = 5.0
ENDS = (0.0, 2 * np.pi)


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂u/∂t − ρ u (1 − u) at points (x, t)."""
    u_t = dde.grad.jacobian(u, x, i=0, j=1)
    return u_t - RATE * u * (1 - u)


def problem() -> Problem:
    """The problem, with 1,000 points inside."""
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(*ENDS), dde.geometry.TimeDomain(0, 1))
    start = dde.icbc.IC(domain, lambda x: _initial(x[:, 0:1]), lambda _, on: on)
    data = dde.data.TimePDE(
        domain,
        equation,
        [start, *periodic(domain, 1)],
        num_domain=1000,
        num_boundary=100,
        num_initial=200,
    )
    return Problem(
        name="reaction",
        title="Reaction, ρ = 5: growth to saturation, faster where more is there",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "concentration"),),
        reference=reference,
        classical=Classical(
            "Runge–Kutta of order 8 at every place, digits of its tolerance",
            classical,
            (3, 5, 7, 9, 11, 13),
        ),
        target=1e-10,
        source="Krishnapriyan et al. 2021, https://arxiv.org/abs/2109.01050",
    )


def _initial(x: np.ndarray) -> np.ndarray:
    result: np.ndarray = np.exp(-8 * (x - np.pi) ** 2 / np.pi**2)
    return result


def _grid() -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(0, 1, 101), np.linspace(*ENDS, 256)


def reference() -> xr.Dataset:
    """The closed form on 101 times and 256 places."""
    t, x = _grid()
    grown = np.exp(RATE * t)[:, None] * _initial(x)
    u = grown / (grown + 1 - _initial(x))
    return xr.Dataset({"u": (("t", "x"), u)}, coords={"t": t, "x": x})


def classical(digits: int) -> xr.Dataset:
    """The same grid by a Runge–Kutta method of tolerance 10^−digits."""
    t, x = _grid()
    tolerance = 10.0**-digits
    solved = solve_ivp(
        lambda _, u: RATE * u * (1 - u),
        (0, 1),
        _initial(x),
        method="DOP853",
        t_eval=t,
        rtol=tolerance,
        atol=tolerance,
    )
    return xr.Dataset({"u": (("t", "x"), solved.y.T)}, coords={"t": t, "x": x})
