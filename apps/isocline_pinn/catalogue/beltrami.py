"""Beltrami flow, three dimensions and time: vortices that die away in a cube.

    ∂u/∂t + (u · ∇) u + ∇p = ∇²u,   ∇ · u = 0      −1 < x, y, z < 1, 0 < t ≤ 1

with the velocity of the closed form below on all faces and at t = 0 (Ethier & Steinman, Int. J. Numer.
Methods Fluids 19, 369–375, 1994, a = d = 1; DeepXDE's example):

    u = −[eˣ sin(y + z) + eᶻ cos(x + y)] e⁻ᵗ,   v and w with x, y, z turned in a circle,
    p = −½ [e²ˣ + e²ʸ + e²ᶻ + 2 sin(x + y) cos(z + x) eʸ⁺ᶻ + …] e⁻²ᵗ.

DeepXDE's example says nothing of p, which is then known up to a function of time; here p is given on the
face x = −1, so that it can be compared.
"""

from collections.abc import Callable

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.boxed_flow import boxed_flow

NAMES = ("u", "v", "w")


def equation(x: Tensor, f: Tensor) -> list[Tensor]:
    """Momentum in x, y and z, and ∇ · u, at points (x, y, z, t)."""
    momentum = []
    for i in range(3):
        change = dde.grad.jacobian(f, x, i=i, j=3)
        carried = sum(f[:, j : j + 1] * dde.grad.jacobian(f, x, i=i, j=j) for j in range(3))
        force = dde.grad.jacobian(f, x, i=3, j=i)
        friction = sum(dde.grad.hessian(f, x, component=i, i=j, j=j) for j in range(3))
        momentum.append(change + carried + force - friction)
    return [*momentum, sum(dde.grad.jacobian(f, x, i=j, j=j) for j in range(3))]


def problem() -> Problem:
    """The problem, with 5,000 points inside."""
    domain = dde.geometry.GeometryXTime(
        dde.geometry.Cuboid([-1, -1, -1], [1, 1, 1]), dde.geometry.TimeDomain(0, 1)
    )
    conditions = []
    for i in range(3):
        conditions += [
            dde.icbc.DirichletBC(domain, _velocity(i), lambda _, on: on, component=i),
            dde.icbc.IC(domain, _velocity(i), lambda _, on: on, component=i),
        ]
    conditions.append(
        dde.icbc.DirichletBC(
            domain,
            lambda x: pressure(*x.T)[:, None],
            lambda x, on: bool(on and np.isclose(x[0], -1)),
            component=3,
        )
    )
    data = dde.data.TimePDE(
        domain, equation, conditions, num_domain=5000, num_boundary=2000, num_initial=1000
    )
    return Problem(
        name="beltrami",
        title="Beltrami flow, three dimensions and time: vortices that die away in a cube",
        data=data,
        coordinates=(*(Quantity(n, "place") for n in ("x", "y", "z")), Quantity("t", "time")),
        outputs=(*(Quantity(n, "velocity") for n in NAMES), Quantity("p", "pressure")),
        hidden=(32, 32),
        reference=reference,
        classical=Classical(
            "Chebyshev collocation of degrees N and N − 2, backward differences of order 3",
            classical,
            (4, 6, 8, 10, 12),
        ),
        target=1e-6,
        target_budget=300.0,
        source="Ethier & Steinman 1994, https://doi.org/10.1002/fld.1650190502",
    )


def _velocity(component: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: velocities(*x.T)[component][:, None]


def velocities(x: np.ndarray, y: np.ndarray, z: np.ndarray, t: "np.ndarray | float") -> np.ndarray:
    """u, v and w, shape (3, ...)."""

    def one(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
        value: np.ndarray = -(np.exp(a) * np.sin(b + c) + np.exp(c) * np.cos(a + b)) * np.exp(-t)
        return value

    return np.stack([one(x, y, z), one(y, z, x), one(z, x, y)])


def pressure(x: np.ndarray, y: np.ndarray, z: np.ndarray, t: "np.ndarray | float") -> np.ndarray:
    """P of the same shape."""

    def one(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
        value: np.ndarray = np.exp(2 * a) + 2 * np.sin(a + b) * np.cos(c + a) * np.exp(b + c)
        return value

    total: np.ndarray = -0.5 * (one(x, y, z) + one(y, z, x) + one(z, x, y)) * np.exp(-2 * t)
    return total


def _grid() -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(0, 1, 6), np.linspace(-1, 1, 11)


def reference() -> xr.Dataset:
    """The closed form on 6 times and 11 × 11 × 11 places."""
    t, x = _grid()
    times, z, y, places = np.meshgrid(t, x, x, x, indexing="ij")
    fields = [*velocities(places, y, z, times), pressure(places, y, z, times)]
    dims = ("t", "z", "y", "x")
    return xr.Dataset(
        {name: (dims, field) for name, field in zip((*NAMES, "p"), fields, strict=True)},
        coords={"t": t, "z": x, "y": x, "x": x},
    )


def classical(number: int) -> xr.Dataset:
    """The same grid by polynomials of a degree; its first three times are the closed form's."""
    t, x = _grid()
    found, force = boxed_flow(velocities, 1.0, t, x, number, 2 ** (number // 2))
    result = reference()
    known = result["p"].sel(x=-1.0).transpose("t", "y", "z").values[1:]
    force += (known - force[:, 0]).mean(axis=(1, 2))[:, None, None, None]
    for name, field in zip((*NAMES, "p"), [*np.moveaxis(found, 1, 0), force], strict=True):
        result[name][1:] = field.transpose(0, 3, 2, 1)
    return result
