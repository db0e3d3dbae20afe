"""Heat in a ball of five dimensions, warmed from inside and through its surface.

    ∂u/∂t = (1/5) Δu − (|x|²/5) exp(|x|²/2 + t)      |x| < 1, 0 < t ≤ 1
    ∂u/∂n = exp(|x|²/2 + t) on |x| = 1,   u(0, x) = exp(|x|²/2)

PINNacle's "Heat nd". The solution is u = exp(|x|²/2 + t). Everything depends on |x| alone, and so a classical
solver solves in one dimension; the network is not told.
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
from isocline_pinn.reference.implicit import march

DIMENSIONS = 5


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂u/∂t − Δu/5 + (|x|²/5) exp(|x|²/2 + t) at points (x₁, …, x₅, t)."""
    laplacian = sum(dde.grad.hessian(u, x, i=i, j=i) for i in range(DIMENSIONS))
    square = (x[:, :DIMENSIONS] ** 2).sum(dim=1, keepdim=True)
    source = -square / DIMENSIONS * torch.exp(square / 2 + x[:, DIMENSIONS:])
    return dde.grad.jacobian(u, x, i=0, j=DIMENSIONS) - laplacian / DIMENSIONS - source


def exact(x: np.ndarray) -> np.ndarray:
    """exp(|x|²/2 + t) at points, shape (n, 6) → (n, 1)."""
    square = (x[:, :DIMENSIONS] ** 2).sum(axis=1, keepdims=True)
    return np.asarray(np.exp(square / 2 + x[:, DIMENSIONS:]))


def problem() -> Problem:
    """The problem, with 4,000 points inside."""
    ball = dde.geometry.Hypersphere([0] * DIMENSIONS, 1)
    domain = dde.geometry.GeometryXTime(ball, dde.geometry.TimeDomain(0, 1))
    surface = dde.icbc.NeumannBC(domain, exact, lambda _, on: on)
    start = dde.icbc.IC(domain, exact, lambda _, on: on)
    data = dde.data.TimePDE(
        domain, equation, [surface, start], num_domain=4000, num_boundary=1500, num_initial=1500
    )
    return Problem(
        name="heat_5d",
        title="Heat in a ball of five dimensions, warmed from inside and through its surface",
        data=data,
        coordinates=(*(Quantity(name, "place") for name in NAMES), Quantity("t", "time")),
        outputs=(Quantity("u", "temperature"),),
        dimensions=("t", *NAMES),
        reference=reference,
        classical=Classical(
            "Chebyshev collocation in |x|², degree p; implicit Runge–Kutta of order 4",
            in_radius,
            (2, 3, 4, 6, 8),
        ),
        target=2e-5,
        source="PINNacle, HeatND, https://arxiv.org/abs/2306.08827",
    )


NAMES = tuple(f"x{i + 1}" for i in range(DIMENSIONS))
_T = np.linspace(0, 1, 5)
_AXES = (
    np.linspace(-0.9, 0.9, 7),
    np.linspace(-0.8, 0.8, 5),
    np.linspace(-0.5, 0.7, 3),
    np.array([-0.3, 0.4]),
    np.array([-0.2, 0.5]),
)


def reference() -> xr.Dataset:
    """The closed form on 5 times and 7 × 5 × 3 × 2 × 2 places, NaN outside the ball."""
    return _labelled(np.exp(_squares() / 2 + _T.reshape(-1, *[1] * DIMENSIONS)))


def in_radius(degree: int) -> xr.Dataset:
    """u(s, t) with s = |x|²: Δu = 4s ∂²u/∂s² + 10 ∂u/∂s, and ∂u/∂n = 2 ∂u/∂s where s = 1."""
    s = (1 + chebyshev_points(degree)) / 2
    slope = 2 * differentiation_matrix(degree)
    laplacian = 4 * s[:, None] * (slope @ slope) + 2 * DIMENSIONS * slope
    mass, stiffness = np.eye(degree + 1), -laplacian / DIMENSIONS
    mass[0], stiffness[0] = 0.0, 2 * slope[0]

    def load(t: float) -> np.ndarray:
        heat = -s / DIMENSIONS * np.exp(s / 2 + t)
        heat[0] = np.exp(0.5 + t)
        return heat

    states = np.stack(list(march(mass, stiffness, load, np.exp(s / 2), _T, degree)))
    squares = np.minimum(_squares(), 1.0).reshape(-1)
    fields = interpolate(states, 2 * squares - 1)
    return _labelled(fields.reshape(len(_T), *_squares().shape))


def _squares() -> np.ndarray:
    mesh = np.meshgrid(*_AXES, indexing="ij", sparse=True)
    return np.asarray(sum(axis**2 for axis in mesh))


def _labelled(u: np.ndarray) -> xr.Dataset:
    values = np.where(_squares() <= 1, u, np.nan)
    coords = {"t": _T, **dict(zip(NAMES, _AXES, strict=True))}
    return xr.Dataset({"u": (("t", *NAMES), values)}, coords=coords)
