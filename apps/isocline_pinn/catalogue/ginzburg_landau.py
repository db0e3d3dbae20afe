"""Ginzburg–Landau equation, complex, in two dimensions: a vortex grows and turns.

    ∂A/∂t = ε ∇²A + k A − k (1 + 1.5 i) A |A|²      −1 < x, y < 1, 0 < t ≤ 1
    A(0) = 10 (y + i x) exp(−25 (x² + y²)),   A and its slopes periodic

for A = u + iv with k = 10 and ε = k/2500 (Wang et al., PirateNets, arXiv:2402.00326, 2024, whose own error
is 1.5e-2).
"""

import deepxde as dde
import numpy as np
import xarray as xr
from scipy.fft import fft2, ifft2
from torch import Tensor

from isocline_pinn.catalogue._periodic import periodic_square
from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.etd import integrate

RATE = 10.0
SPREAD, TWIST = RATE / 2500, 1.5
ENDS = (-1.0, 1.0)


def equation(x: Tensor, a: Tensor) -> list[Tensor]:
    """Real and imaginary part of the equation at points (x, y, t)."""
    u, v = a[:, 0:1], a[:, 1:2]
    square = u**2 + v**2
    u_t = dde.grad.jacobian(a, x, i=0, j=2)
    v_t = dde.grad.jacobian(a, x, i=1, j=2)
    u_xx = dde.grad.hessian(a, x, component=0, i=0, j=0)
    u_yy = dde.grad.hessian(a, x, component=0, i=1, j=1)
    v_xx = dde.grad.hessian(a, x, component=1, i=0, j=0)
    v_yy = dde.grad.hessian(a, x, component=1, i=1, j=1)
    return [
        u_t - SPREAD * (u_xx + u_yy) - RATE * (u - (u - TWIST * v) * square),
        v_t - SPREAD * (v_xx + v_yy) - RATE * (v - (v + TWIST * u) * square),
    ]


def problem() -> Problem:
    """The problem, with 6,000 points inside."""
    domain = dde.geometry.GeometryXTime(
        dde.geometry.Rectangle([ENDS[0]] * 2, [ENDS[1]] * 2), dde.geometry.TimeDomain(0, 1)
    )
    starts = [
        dde.icbc.IC(domain, lambda x: _initial(x[:, 0:1], x[:, 1:2]).real, _start, component=0),
        dde.icbc.IC(domain, lambda x: _initial(x[:, 0:1], x[:, 1:2]).imag, _start, component=1),
    ]
    sides = [*periodic_square(domain, *ENDS, 0), *periodic_square(domain, *ENDS, 1)]
    data = dde.data.TimePDE(
        domain,
        equation,
        [*starts, *sides],
        num_domain=6000,
        num_boundary=800,
        num_initial=1000,
    )
    return Problem(
        name="ginzburg_landau",
        title="Ginzburg–Landau equation, complex, in two dimensions: a vortex grows and turns",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "real part"), Quantity("v", "imaginary part")),
        reference=reference,
        reference_error=2e-8,
        classical=Classical("Fourier modes, ETDRK4", classical, (64, 128, 192)),
        target=1e-2,
        target_budget=300.0,
        source="Wang, Li, Chen & Perdikaris 2024, https://arxiv.org/abs/2402.00326",
    )


def _start(_: np.ndarray, on: bool) -> bool:
    return on


def _initial(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    result: np.ndarray = 10 * (y + 1j * x) * np.exp(-25 * (x**2 + y**2))
    return result


def reference() -> xr.Dataset:
    """Fourier modes and ETDRK4 on 21 times and 65 × 65 places."""
    return solution(192, 40)


def classical(number: int) -> xr.Dataset:
    """The same with a number of modes, and steps in proportion."""
    return solution(number, max(4, number // 8))


def solution(
    number: int, steps_between: int, *, times: np.ndarray | None = None, intervals: int = 64
) -> xr.Dataset:
    """By Fourier modes and ETDRK4.

    Args:
        number: Fourier modes in each direction.
        steps_between: Time steps from one time to the next.
        times: Equally spaced from 0; 21 of them when None.
        intervals: Of the places in each direction, a divisor of `number`.
    """
    t = np.linspace(0, 1, 21) if times is None else times
    k = 2 * np.pi / (ENDS[1] - ENDS[0]) * np.fft.fftfreq(number, 1 / number)
    x = ENDS[0] + (ENDS[1] - ENDS[0]) * np.arange(number) / number
    linear = RATE - SPREAD * (k[:, None] ** 2 + k[None, :] ** 2)

    def saturation(modes: np.ndarray) -> np.ndarray:
        a = ifft2(modes.reshape(number, number))
        change: np.ndarray = fft2(-RATE * (1 + 1j * TWIST) * a * (a.real**2 + a.imag**2))
        return change.ravel()

    start = fft2(_initial(*np.meshgrid(x, x))).ravel()
    modes = integrate(start, linear.ravel(), saturation, t, steps_between)
    stride = number // intervals
    shown = np.stack([ifft2(m.reshape(number, number))[::stride, ::stride] for m in modes])
    a = np.pad(shown, [(0, 0), (0, 1), (0, 1)], mode="wrap")
    dims, x = ("t", "y", "x"), np.linspace(*ENDS, intervals + 1)
    return xr.Dataset({"u": (dims, a.real), "v": (dims, a.imag)}, coords={"t": t, "y": x, "x": x})
