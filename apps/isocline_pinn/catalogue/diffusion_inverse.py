"""Diffusion, inverse: the diffusivity from ten observations at the end.

    ∂u/∂t = C ∂²u/∂x² − exp(−t) (1 − π²) sin πx      −1 < x < 1, 0 < t ≤ 1
    u(0, x) = sin πx,   u(t, ±1) = 0

DeepXDE's example: C = 1 is unknown, begun at 2; u is observed, exactly, at ten places at t = 1. The solution
is u = exp(−t) sin πx.
"""

import deepxde as dde
import numpy as np
import torch
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.chebyshev import (
    chebyshev_points,
    differentiation_matrix,
    interpolate,
)
from isocline_pinn.reference.shooting import fitted, trajectory

TRUTH = {"C": 1.0}
DEGREE = 14


def problem() -> Problem:
    """The problem, with 500 points inside and ten observations."""
    diffusivity = dde.Variable(2.0)

    def equation(x: Tensor, u: Tensor) -> Tensor:
        u_t = dde.grad.jacobian(u, x, i=0, j=1)
        u_xx = dde.grad.hessian(u, x, i=0, j=0)
        wave = torch.exp(-x[:, 1:2]) * torch.sin(np.pi * x[:, 0:1])
        return u_t - diffusivity * u_xx + (1 - np.pi**2) * wave

    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))
    points = observed_points()
    conditions = [
        dde.icbc.DirichletBC(domain, _solution, lambda _, on: on),
        dde.icbc.IC(domain, _solution, lambda _, on: on),
        dde.icbc.PointSetBC(points, _solution(points)),
    ]
    data = dde.data.TimePDE(
        domain, equation, conditions, num_domain=500, num_boundary=60, num_initial=60
    )
    return Problem(
        name="diffusion_inverse",
        title="Diffusion, inverse: the diffusivity from ten observations at the end",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "concentration"),),
        hidden=(16, 16),
        unknowns={"C": diffusivity},
        truth=TRUTH,
        reference=reference,
        classical=Classical(
            f"Chebyshev collocation, degree {DEGREE}; Runge–Kutta of order 8, digits of its tolerance; "
            "Gauss–Newton",
            classical,
            (3, 5, 7, 9),
        ),
        target=1e-6,
        source="DeepXDE's example of inverse diffusion, https://deepxde.readthedocs.io",
    )


def _solution(x: np.ndarray) -> np.ndarray:
    values: np.ndarray = np.sin(np.pi * x[:, 0:1]) * np.exp(-x[:, 1:2])
    return values


def observed_points() -> np.ndarray:
    """Ten places from end to end at t = 1, shape (10, 2)."""
    return np.stack([np.linspace(-1, 1, 10), np.ones(10)], axis=1)


def _grid() -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(0, 1, 51), np.linspace(-1, 1, 101)


def reference() -> xr.Dataset:
    """The closed form on 51 times and 101 places."""
    t, x = _grid()
    u = np.exp(-t)[:, None] * np.sin(np.pi * x)[None, :]
    return xr.Dataset({"u": (("t", "x"), u)}, coords={"t": t, "x": x})


def classical(digits: int) -> xr.Dataset:
    """The same, and C, from the observations."""
    t, x = _grid()
    points = observed_points()

    def at_the_end(constants: np.ndarray) -> np.ndarray:
        return interpolate(_nodal(constants[0], np.array([0.0, 1.0]), digits)[-1], points[:, 0])

    found = fitted(at_the_end, _solution(points)[:, 0], np.array([2.0]))
    u = interpolate(_nodal(found[0], t, digits), x)
    return xr.Dataset({"u": (("t", "x"), u), "C": found[0]}, coords={"t": t, "x": x})


def _nodal(diffusivity: float, t: np.ndarray, digits: int) -> np.ndarray:
    """U at Chebyshev points, shape (m, DEGREE + 1)."""
    nodes, first = chebyshev_points(DEGREE), differentiation_matrix(DEGREE)
    second = (first @ first)[1:-1, 1:-1]
    wave = np.sin(np.pi * nodes[1:-1])

    def slope(time: float, u: np.ndarray) -> np.ndarray:
        change: np.ndarray = diffusivity * second @ u - np.exp(-time) * (1 - np.pi**2) * wave
        return change

    return np.pad(trajectory(slope, wave, t, digits), ((0, 0), (1, 1)))
