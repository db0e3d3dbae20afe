"""Korteweg–de Vries equation, μ = 0.022: a cosine breaks into solitons.

    ∂u/∂t + u ∂u/∂x + μ² ∂³u/∂x³ = 0      −1 < x < 1, 0 < t ≤ 1
    u(0, x) = cos πx,   u, ∂u/∂x, ∂²u/∂x² periodic

with μ = 0.022: the experiment of Zabusky & Kruskal (Phys. Rev. Lett. 15, 240–243, 1965), as Wang, Sankaran,
Wang & Perdikaris have it (An expert's guide to training physics-informed neural networks,
arXiv:2308.08468, 2023). Their table `kdv.mat` differs from the reference here by 4.0e-10.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.catalogue._periodic import periodic
from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.fourier import evaluate, self_advection

DISPERSION = 0.022**2
ENDS = (-1.0, 1.0)


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂u/∂t + u ∂u/∂x + μ² ∂³u/∂x³ at points (x, t)."""
    u_x = dde.grad.jacobian(u, x, i=0, j=0)
    u_t = dde.grad.jacobian(u, x, i=0, j=1)
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    u_xxx = dde.grad.jacobian(u_xx, x, i=0, j=0)
    return u_t + u * u_x + DISPERSION * u_xxx


def problem() -> Problem:
    """The problem, with 2,000 points inside."""
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(*ENDS), dde.geometry.TimeDomain(0, 1))
    start = dde.icbc.IC(domain, lambda x: np.cos(np.pi * x[:, 0:1]), lambda _, on: on)
    conditions = [start, *periodic(domain, 3)]
    data = dde.data.TimePDE(
        domain, equation, conditions, num_domain=2000, num_boundary=200, num_initial=200
    )
    return Problem(
        name="kdv",
        title="Korteweg–de Vries equation, μ = 0.022: a cosine breaks into solitons",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "elevation"),),
        reference=reference,
        reference_error=2e-11,
        classical=Classical("Fourier modes, ETDRK4", classical, (96, 128, 192, 256, 320, 384, 512)),
        target=1e-7,
        source="Zabusky & Kruskal 1965; Wang et al. 2023, https://arxiv.org/abs/2308.08468",
    )


def reference(number: int = 512, steps_between: int = 80) -> xr.Dataset:
    """Fourier modes and ETDRK4 on 201 times and 512 places, to eleven digits.

    Args:
        number: Fourier modes, complex ones counted twice.
        steps_between: Time steps from one of the 201 times to the next.
    """
    t, x = np.linspace(0, 1, 201), np.linspace(*ENDS, 512)
    modes = self_advection(
        lambda x: np.cos(np.pi * x),
        lambda k: 1j * DISPERSION * k**3,
        1.0,
        ENDS,
        t,
        number,
        steps_between,
    )
    return xr.Dataset({"u": (("t", "x"), evaluate(modes, x, *ENDS))}, coords={"t": t, "x": x})


def classical(number: int) -> xr.Dataset:
    """The same with a number of modes, and steps in proportion."""
    return reference(number, max(1, number // 24))
