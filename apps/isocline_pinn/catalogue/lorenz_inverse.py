"""Lorenz system, inverse: its three constants from 25 observations.

    y₁′ = C₁ (y₂ − y₁)
    y₂′ = y₁ (C₂ − y₃) − y₂
    y₃′ = y₁ y₂ − C₃ y₃      0 < t ≤ 3,   y(0) = (−8, 7, 27)

DeepXDE's example: C₁ = 10, C₂ = 15 and C₃ = 8/3 are unknown, each begun at 1. All of y is observed, exactly,
at 25 times, here evenly spaced.
"""

from collections.abc import Callable

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.shooting import fitted, trajectory

TRUTH = {"C1": 10.0, "C2": 15.0, "C3": 8 / 3}
START, END = (-8.0, 7.0, 27.0), 3.0


def problem() -> Problem:
    """The problem, with 400 points inside and 25 observed times."""
    constants = {name: dde.Variable(1.0) for name in TRUTH}
    c1, c2, c3 = constants.values()

    def equation(t: Tensor, y: Tensor) -> list[Tensor]:
        y1, y2, y3 = y[:, 0:1], y[:, 1:2], y[:, 2:3]
        return [
            dde.grad.jacobian(y, t, i=0) - c1 * (y2 - y1),
            dde.grad.jacobian(y, t, i=1) - y1 * (c2 - y3) + y2,
            dde.grad.jacobian(y, t, i=2) - y1 * y2 + c3 * y3,
        ]

    span = dde.geometry.TimeDomain(0, END)
    times, observed = observations()
    conditions = []
    for i, first in enumerate(START):
        conditions.append(dde.icbc.IC(span, _always(first), lambda _, on: on, component=i))
        conditions.append(dde.icbc.PointSetBC(times, observed[:, i : i + 1], component=i))
    data = dde.data.PDE(span, equation, conditions, num_domain=400, num_boundary=2)
    return Problem(
        name="lorenz_inverse",
        title="Lorenz system, inverse: its three constants from 25 observations",
        data=data,
        coordinates=(Quantity("t", "time"),),
        outputs=(Quantity("y1"), Quantity("y2"), Quantity("y3")),
        hidden=(32, 32),
        unknowns=constants,
        truth=TRUTH,
        reference=reference,
        classical=Classical(
            "shooting: Runge–Kutta of order 8, digits of its tolerance, and Gauss–Newton",
            classical,
            (3, 5, 7, 9, 11),
        ),
        target=1e-6,
        source="DeepXDE's example of the inverse Lorenz system, https://deepxde.readthedocs.io",
    )


def _always(value: float) -> Callable[[np.ndarray], np.ndarray]:
    return lambda t: np.full((len(t), 1), value)


def _states(constants: np.ndarray, t: np.ndarray, digits: int) -> np.ndarray:
    c1, c2, c3 = constants

    def slope(_: float, y: np.ndarray) -> np.ndarray:
        return np.array([c1 * (y[1] - y[0]), y[0] * (c2 - y[2]) - y[1], y[0] * y[1] - c3 * y[2]])

    return trajectory(slope, np.array(START), t, digits)


def observations() -> tuple[np.ndarray, np.ndarray]:
    """25 times, shape (25, 1), and the states there, shape (25, 3)."""
    times = np.linspace(0, END, 25)
    return times[:, None], _states(np.array(list(TRUTH.values())), times, 13)


def reference() -> xr.Dataset:
    """The states with the true constants at 301 times."""
    return _labelled(np.array(list(TRUTH.values())), 13)


def classical(digits: int) -> xr.Dataset:
    """The same, and the constants, from the observations."""
    times, observed = observations()
    found = fitted(lambda c: _states(c, times[:, 0], digits), observed, np.ones(3))
    return _labelled(found, digits).assign(dict(zip(TRUTH, found, strict=True)))


def _labelled(constants: np.ndarray, digits: int) -> xr.Dataset:
    t = np.linspace(0, END, 301)
    y = _states(constants, t, digits)
    return xr.Dataset({f"y{i + 1}": ("t", y[:, i]) for i in range(3)}, coords={"t": t})
