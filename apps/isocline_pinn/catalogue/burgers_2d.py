"""Burgers' equations in two dimensions, ν = 0.001: random waves break into a net of shocks.

    ∂u/∂t + u ∂u/∂x + v ∂u/∂y = ν ∇²u
    ∂v/∂t + u ∂v/∂x + v ∂v/∂y = ν ∇²v      0 < x, y < 4, 0 < t ≤ 1
    u(0) = 2 w₁ / m + c₁,   v(0) = 2 w₂ / m + c₂,   u and v periodic
    w = Σ_ij a_ij sin 2π(ix + jy) + b_ij cos 2π(ix + jy),   i, j = 0 … 3

with ν = 0.001, normal random a, b and c, and m the largest value of w₁ and w₂ (PINNacle, arXiv:2306.08827;
its own initial values, drawn with the seed that its script states, to all digits; its script asks for
periodic values alone, which leaves the slopes open: they are periodic here too). The waves have period 1:
the square holds sixteen copies of one cell, which PINNacle's definition does not tell a method. The shocks
are 4ν/|u| = 0.002 thick, a two-thousandth of the side.
"""

from collections.abc import Callable
from functools import cache

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.catalogue._periodic import periodic_square
from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.kept import kept
from isocline_pinn.reference.plane import Plane, march

VISCOSITY, SIDE, WAVES, SEED = 0.001, 4.0, 4, 20220722


def equation(x: Tensor, f: Tensor) -> list[Tensor]:
    """∂u/∂t + u ∂u/∂x + v ∂u/∂y − ν ∇²u, and the same for v, at points (x, y, t)."""
    residuals = []
    for i in range(2):
        change = dde.grad.jacobian(f, x, i=i, j=2)
        along = dde.grad.jacobian(f, x, i=i, j=0)
        across = dde.grad.jacobian(f, x, i=i, j=1)
        xx = dde.grad.hessian(f, x, component=i, i=0, j=0)
        yy = dde.grad.hessian(f, x, component=i, i=1, j=1)
        carried = f[:, 0:1] * along + f[:, 1:2] * across
        residuals.append(change + carried - VISCOSITY * (xx + yy))
    return residuals


def problem() -> Problem:
    """The problem, with 8,000 points inside."""
    domain = dde.geometry.GeometryXTime(
        dde.geometry.Rectangle([0, 0], [SIDE, SIDE]), dde.geometry.TimeDomain(0, 1)
    )
    conditions = []
    for i in range(2):
        conditions.append(dde.icbc.IC(domain, _velocity(i), lambda _, on: on, component=i))
        conditions += periodic_square(domain, 0, SIDE, i)
    data = dde.data.TimePDE(
        domain, equation, conditions, num_domain=8000, num_boundary=1000, num_initial=2000
    )
    return Problem(
        name="burgers_2d",
        title="Burgers' equations in two dimensions, ν = 0.001: random waves break into a net of shocks",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "velocity along x"), Quantity("v", "velocity along y")),
        reference=reference,
        reference_error=1e-3,
        classical=Classical("Fourier modes of one cell, ETDRK4", classical, (64, 128, 256)),
        target=1e-2,
        target_budget=300.0,
        source="PINNacle, Hao et al. 2023, https://arxiv.org/abs/2306.08827",
    )


def _velocity(component: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: initial(x[:, 0:1], x[:, 1:2])[component]


@cache
def _amplitudes() -> tuple[np.ndarray, np.ndarray, float, np.ndarray]:
    """Of sines and cosines, each (2, 4, 4); the largest value on PINNacle's 512 × 512 places; c."""
    generator = np.random.RandomState(SEED)  # PINNacle's generator: its numbers are wanted
    drawn = generator.randn(2, 2, WAVES, WAVES)
    sines, cosines = drawn[:, 0], drawn[:, 1]
    places = np.linspace(0, SIDE, 512)
    largest = float(_waves(sines, cosines, *np.meshgrid(places, places)).max())
    return sines, cosines, largest, generator.randn(2)


def _waves(sines: np.ndarray, cosines: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    order = np.arange(WAVES)
    along = np.exp(2j * np.pi * order * x[..., None])
    across = np.exp(2j * np.pi * order * y[..., None])
    # sin and cos of a sum: the imaginary and real part of a product.
    coefficients = cosines - 1j * sines
    total: np.ndarray = np.einsum("fij,...i,...j->f...", coefficients, along, across).real
    return total


def initial(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The velocities u and v at t = 0, shape (2, ...).

    Example:
        >>> initial(np.array(0.0), np.array(0.0)).round(6)
        array([0.609343, 1.394456])
    """
    sines, cosines, largest, shift = _amplitudes()
    waves = _waves(sines, cosines, x, y)
    result: np.ndarray = 2 * waves / largest + shift.reshape(2, *[1] * (waves.ndim - 1))
    return result


@kept
def reference() -> xr.Dataset:
    """Fourier modes and ETDRK4 on 11 times and 129 × 129 places; a minute's work, then kept."""
    return solution(512, 150)


def classical(number: int) -> xr.Dataset:
    """The same with a number of modes, and steps in proportion."""
    return solution(number, number // 3)


def solution(
    number: int, steps_between: int, *, times: np.ndarray | None = None, intervals: int = 32
) -> xr.Dataset:
    """By Fourier modes of one cell and ETDRK4, repeated over the square.

    With ω = ∂v/∂x − ∂u/∂y, advection is ∇|u|²/2 − (vω, −uω): six transforms in place of eight.

    Args:
        number: Fourier modes in each direction of a cell.
        steps_between: Time steps from one time to the next.
        times: Equally spaced from 0; 11 of them when None.
        intervals: Of the places in each direction of a cell, a divisor of `number`.
    """
    plane = Plane(number, 0.0, 1.0)
    t = np.linspace(0, 1, 11) if times is None else times
    along, across = plane.wavenumbers
    highest = np.pi * number
    # Damps the last modes only: a shock rings less than with a third of them taken away.
    filtered = np.exp(-36 * ((along / highest) ** 36 + (across / highest) ** 36))
    gradient = -0.5j * filtered * np.stack([along, across])

    def advection(modes: np.ndarray) -> np.ndarray:
        u, v = plane.fields(modes)
        curl = plane.fields(1j * (along * modes[1] - across * modes[0]))
        turned = filtered * plane.modes(np.stack([v * curl, -u * curl]))
        change: np.ndarray = gradient * plane.modes(u * u + v * v) + turned
        return change

    linear = np.stack([VISCOSITY * plane.laplacian] * 2)
    start = initial(*plane.places)
    velocity = march(plane, start, linear, advection, t, steps_between, intervals)
    # Sixteen copies of the cell, which has its last places in common with the next.
    index = np.arange(intervals * int(SIDE) + 1) % intervals
    whole = velocity[:, :, index][:, :, :, index]
    dims, x = ("t", "y", "x"), np.linspace(0, SIDE, len(index))
    return xr.Dataset(
        {"u": (dims, whole[:, 0]), "v": (dims, whole[:, 1])}, coords={"t": t, "y": x, "x": x}
    )
