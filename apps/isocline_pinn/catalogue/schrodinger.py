"""Schrödinger equation, nonlinear: a pulse focuses and spreads again.

    i ∂h/∂t + ½ ∂²h/∂x² + |h|² h = 0      −5 < x < 5, 0 < t ≤ π/2
    h(0, x) = 2 / cosh x,   h and ∂h/∂x periodic

for h = u + iv (Raissi, Perdikaris & Karniadakis, J. Comput. Phys. 378, 686–707, 2019). Continued
periodically, the initial values have a kink at x = ±5, where their slope jumps by 0.054. Nothing damps it:
it runs through the whole domain as ever shorter waves, of amplitude 0.014/n² in the n-th mode. Whatever has
n waves across the domain therefore keeps an error of 1.2e-2 n^(−3/2), 1e-5 at n = 100; the reference has
this tail in closed form.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.catalogue._periodic import periodic
from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.kept import kept
from isocline_pinn.reference.split_step import even_schrodinger

HALF = 5.0


def equation(x: Tensor, h: Tensor) -> list[Tensor]:
    """Real and imaginary part of −i times the equation, at points (x, t)."""
    u, v = h[:, 0:1], h[:, 1:2]
    u_t = dde.grad.jacobian(h, x, i=0, j=1)
    v_t = dde.grad.jacobian(h, x, i=1, j=1)
    u_xx = dde.grad.hessian(h, x, component=0, i=0, j=0)
    v_xx = dde.grad.hessian(h, x, component=1, i=0, j=0)
    square = u**2 + v**2
    return [u_t + 0.5 * v_xx + square * v, v_t - 0.5 * u_xx - square * u]


def problem() -> Problem:
    """The problem, with 3,000 points inside."""
    domain = dde.geometry.GeometryXTime(
        dde.geometry.Interval(-HALF, HALF), dde.geometry.TimeDomain(0, np.pi / 2)
    )
    starts = [
        dde.icbc.IC(domain, lambda x: _initial(x[:, 0:1]), lambda _, on: on, component=0),
        dde.icbc.IC(domain, lambda x: np.zeros((len(x), 1)), lambda _, on: on, component=1),
    ]
    conditions = [*starts, *periodic(domain, 2, component=0), *periodic(domain, 2, component=1)]
    data = dde.data.TimePDE(
        domain, equation, conditions, num_domain=3000, num_boundary=200, num_initial=200
    )
    return Problem(
        name="schrodinger",
        title="Schrödinger equation, nonlinear: a pulse focuses and spreads again",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "real part"), Quantity("v", "imaginary part")),
        reference=reference,
        reference_error=1.2e-8,
        classical=Classical(
            "Fourier modes, split steps of order four", classical, (64, 128, 256, 512, 1024)
        ),
        target=1e-8,
        source="Raissi, Perdikaris & Karniadakis 2019, https://doi.org/10.1016/j.jcp.2018.10.045",
    )


def _initial(x: np.ndarray) -> np.ndarray:
    result: np.ndarray = 2 / np.cosh(x)
    return result


@kept
def reference() -> xr.Dataset:
    """2,048 cosine modes and split steps on 101 times and 257 places; ten seconds' work, then kept."""
    return _solution(2048, 160)


def classical(number: int) -> xr.Dataset:
    """The same with a number of modes, and steps in proportion."""
    return _solution(number, max(4, number // 8))


def _solution(number: int, steps_between: int) -> xr.Dataset:
    t, x = np.linspace(0, np.pi / 2, 101), np.linspace(-HALF, HALF, 257)
    half = even_schrodinger(_initial, HALF, t, number, steps_between, 128)
    h = np.hstack([half[:, :0:-1], half])
    return xr.Dataset(
        {"u": (("t", "x"), h.real), "v": (("t", "x"), h.imag)}, coords={"t": t, "x": x}
    )
