"""Poisson's equation, inverse: a conductivity field from noisy values of the potential.

    ∂(a ∂u/∂x)/∂x + ∂(a ∂u/∂y)/∂y + f(x, y) = 0      0 < x, y < 1
    a given on the boundary

with f such that u = sin πx sin πy and a = 1/(1 + x² + y² + (x − 1)² + (y − 1)²). u is observed on 50 × 50
points with an error of 0.1; neither u nor a is known otherwise.

PINNacle's "Poisson inverse". Its f has 2x + 1 and 2y + 1 where the derivatives of a give 2x − 1 and 2y − 1,
so that its own u and a do not satisfy its equation; f is the right one here.
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


def conductivity(x: Any, y: Any) -> Any:
    """A at places."""
    return 1 / (1 + x**2 + y**2 + (x - 1) ** 2 + (y - 1) ** 2)


def source(x: Any, y: Any, of: Any) -> Any:
    """F at places, by the sines of a module: NumPy's or PyTorch's."""
    sx, cx, sy, cy = (g(np.pi * v) for v in (x, y) for g in (of.sin, of.cos))
    a = conductivity(x, y)
    # ∂a/∂x = −a² (4x − 2), and so for y.
    slopes = (4 * x - 2) * cx * sy + (4 * y - 2) * sx * cy
    return 2 * np.pi**2 * a * sx * sy + np.pi * a**2 * slopes


def equation(x: Tensor, w: Tensor) -> Tensor:
    """∇·(a ∇u) + f at points (x, y), with w = (u, a)."""
    a = w[:, 1:2]
    u_x, u_y = (dde.grad.jacobian(w, x, i=0, j=j) for j in (0, 1))
    flux = dde.grad.jacobian(a * u_x, x, i=0, j=0) + dde.grad.jacobian(a * u_y, x, i=0, j=1)
    return flux + source(x[:, 0:1], x[:, 1:2], torch)


def problem() -> Problem:
    """The problem, with 2,000 points inside and 2,500 observations."""
    square = dde.geometry.Rectangle([0, 0], [1, 1])
    points, values = observations()
    conditions = [
        dde.icbc.PointSetBC(points, values[:, None], component=0),
        dde.icbc.DirichletBC(
            square,
            lambda x: conductivity(x[:, 0:1], x[:, 1:2]),
            lambda _, on: on,
            component=1,
        ),
    ]
    data = dde.data.PDE(square, equation, conditions, num_domain=2000, num_boundary=400)
    return Problem(
        name="poisson_inverse_field",
        title="Poisson's equation, inverse: a conductivity field from noisy values of the potential",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place")),
        outputs=(Quantity("u", "potential"), Quantity("a", "conductivity")),
        dimensions=("y", "x"),
        reference=reference,
        classical=Classical(
            "Gauss–Newton on polynomials of degree p for u and p − 2 for a",
            by_polynomials,
            (4, 6, 8),
        ),
        target=2.5e-2,
        source="PINNacle, PoissonInv, https://arxiv.org/abs/2306.08827",
    )


def observations() -> tuple[np.ndarray, np.ndarray]:
    """The points, shape (2500, 2), and the noisy potential there, shape (2500,); always the same."""
    axis = np.linspace(0, 1, 50)
    points = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    noise = np.random.default_rng(2306).normal(0, NOISE, len(points))
    return points, np.sin(np.pi * points[:, 0]) * np.sin(np.pi * points[:, 1]) + noise


_AXIS = np.linspace(0, 1, 51)


def reference() -> xr.Dataset:
    """The fields that the observations were made from, on 51 × 51 points."""
    x, y = np.meshgrid(_AXIS, _AXIS)
    return _labelled(np.sin(np.pi * x) * np.sin(np.pi * y), conductivity(x, y))


def by_polynomials(degree: int) -> xr.Dataset:
    """Polynomials for u and a, by `find_field`."""
    low, high = np.zeros(2), np.ones(2)
    of_u, of_a = Polynomials(low, high, degree), Polynomials(low, high, degree - 2)
    rim = rim_of_rectangle(low, high, 20)
    u, a = find_field(
        of_u,
        of_a,
        observed=(*observations(), NOISE),
        boundary=(rim, conductivity(rim[:, 0], rim[:, 1])),
        source=lambda x: source(x[:, 0], x[:, 1], np),
        guess=0.5,
    )
    points = np.stack(np.meshgrid(_AXIS, _AXIS), axis=-1).reshape(-1, 2)
    shape = (len(_AXIS), len(_AXIS))
    fields = (of_u.at(points, (0, 0)) @ u, of_a.at(points, (0, 0)) @ a)
    return _labelled(*(field.reshape(shape) for field in fields))


def _labelled(u: np.ndarray, a: np.ndarray) -> xr.Dataset:
    return xr.Dataset({"u": (("y", "x"), u), "a": (("y", "x"), a)}, coords={"y": _AXIS, "x": _AXIS})
