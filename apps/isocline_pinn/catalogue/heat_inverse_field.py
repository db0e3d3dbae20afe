"""Heat equation, inverse: a diffusivity field from noisy temperatures.

    ∂u/∂t = ∂(a ∂u/∂x)/∂x + ∂(a ∂u/∂y)/∂y + f(x, y, t)      −1 < x, y < 1, 0 < t ≤ 1
    a(x, y) given on the boundary

with f such that u = e^{−t} sin πx sin πy and a = 2 + sin πx sin πy. u is observed at 2,500 random points of
space and time with an error of 0.1; neither u nor a is known otherwise, not even at t = 0. PINNacle's "Heat
inverse"; there a network learns a as a function of x, y and t, and so does ours: ∂a/∂t = 0 is asked of it.
"""

from typing import Any

import deepxde as dde
import numpy as np
import torch
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.field_inversion import Polynomials, find_field, rim_of_rectangle

NOISE = 0.1


def equation(x: Tensor, w: Tensor) -> list[Tensor]:
    """∂u/∂t − ∇·(a ∇u) − f and ∂a/∂t at points (x, y, t), with w = (u, a)."""
    a = w[:, 1:2]
    u_x, u_y, u_t = (dde.grad.jacobian(w, x, i=0, j=j) for j in (0, 1, 2))
    flux = dde.grad.jacobian(a * u_x, x, i=0, j=0) + dde.grad.jacobian(a * u_y, x, i=0, j=1)
    f = source(x[:, 0:1], x[:, 1:2], x[:, 2:3], torch)
    return [u_t - flux - f, dde.grad.jacobian(w, x, i=1, j=2)]


def source(x: Any, y: Any, t: Any, of: Any) -> Any:
    """F at points, by the functions of a module: NumPy's or PyTorch's."""
    sx, cx, sy, cy = (g(np.pi * v) for v in (x, y) for g in (of.sin, of.cos))
    wave = sx * sy
    slopes = (cx * sy) ** 2 + (sx * cy) ** 2
    return of.exp(-t) * ((4 * np.pi**2 - 1) * wave + np.pi**2 * (2 * wave**2 - slopes))


def _wave(x: np.ndarray) -> np.ndarray:
    return np.asarray(np.sin(np.pi * x[:, 0]) * np.sin(np.pi * x[:, 1]))


def problem() -> Problem:
    """The problem, with 4,000 points inside and 2,500 observations."""
    square = dde.geometry.Rectangle([-1, -1], [1, 1])
    domain = dde.geometry.GeometryXTime(square, dde.geometry.TimeDomain(0, 1))
    points, values = observations()
    conditions = [
        dde.icbc.PointSetBC(points, values[:, None], component=0),
        dde.icbc.DirichletBC(
            domain, lambda x: 2 + _wave(x)[:, None], lambda _, on: on, component=1
        ),
    ]
    data = dde.data.TimePDE(
        domain, equation, conditions, num_domain=4000, num_boundary=1000, num_initial=0
    )
    return Problem(
        name="heat_inverse_field",
        title="Heat equation, inverse: a diffusivity field from noisy temperatures",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "temperature"), Quantity("a", "diffusivity")),
        reference=reference,
        classical=Classical(
            "Gauss–Newton on polynomials of degree p for u and a", by_polynomials, (3, 5, 7)
        ),
        target=5.3e-2,
        source="PINNacle, HeatInv, https://arxiv.org/abs/2306.08827",
    )


def observations() -> tuple[np.ndarray, np.ndarray]:
    """The points, shape (2500, 3), and the noisy temperature there, shape (2500,); always the same."""
    random = np.random.default_rng(2307)
    points = random.uniform([-1, -1, 0], [1, 1, 1], (2500, 3))
    return points, np.exp(-points[:, 2]) * _wave(points) + random.normal(0, NOISE, len(points))


_T, _AXIS = np.linspace(0, 1, 6), np.linspace(-1, 1, 31)


def reference() -> xr.Dataset:
    """The fields that the observations were made from, on 6 times and 31 × 31 places."""
    wave = _wave(_places()).reshape(len(_AXIS), len(_AXIS))
    return _labelled(np.exp(-_T)[:, None, None] * wave, 2 + wave)


def by_polynomials(degree: int) -> xr.Dataset:
    """Polynomials for u and a, by `find_field`, with a the same at all times."""
    low, high = np.array([-1.0, -1.0, 0.0]), np.ones(3)
    of_u, of_a = Polynomials(low, high, degree), Polynomials(low[:2], high[:2], degree)
    rim = rim_of_rectangle(low, high, 20)
    u, a = find_field(
        of_u,
        of_a,
        observed=(*observations(), NOISE),
        boundary=(rim, 2 + _wave(rim)),
        source=lambda x: source(x[:, 0], x[:, 1], x[:, 2], np),
        guess=2.0,
        inertia=1.0,
        trust=1e-2,
    )
    places, shape = _places(), (len(_AXIS), len(_AXIS))
    fields = [
        (of_u.at(np.column_stack([places, np.full(len(places), t)]), (0, 0, 0)) @ u).reshape(shape)
        for t in _T
    ]
    return _labelled(np.stack(fields), (of_a.at(places, (0, 0)) @ a).reshape(shape))


def _places() -> np.ndarray:
    return np.stack(np.meshgrid(_AXIS, _AXIS), axis=-1).reshape(-1, 2)


def _labelled(u: np.ndarray, a: np.ndarray) -> xr.Dataset:
    fields = {"u": u, "a": np.broadcast_to(a, u.shape).copy()}
    return xr.Dataset(
        {name: (("t", "y", "x"), field) for name, field in fields.items()},
        coords={"t": _T, "y": _AXIS, "x": _AXIS},
    )
