"""Klein–Gordon equation with a quadratic term: a straight line swings.

    ∂²u/∂t² − ∂²u/∂x² + u² = −x cos t + x² cos² t      −1 < x < 1, 0 < t ≤ 10
    u(0, x) = x,   ∂u/∂t(0, x) = 0,   u(t, ±1) = ±cos t

DeepXDE's example. The solution is u = x cos t. The linearised equation has −2u where a restoring force
would have a positive number, so that errors may grow on the side where u < 0.
"""

import deepxde as dde
import numpy as np
import torch
import xarray as xr
from scipy.integrate import solve_ivp
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.chebyshev import (
    chebyshev_points,
    differentiation_matrix,
    interpolate,
)

END, DEGREE = 10.0, 8


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂²u/∂t² − ∂²u/∂x² + u² + x cos t − x² cos² t at points (x, t)."""
    u_tt = dde.grad.hessian(u, x, i=1, j=1)
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    place, time = x[:, 0:1], x[:, 1:2]
    return u_tt - u_xx + u**2 + place * torch.cos(time) - place**2 * torch.cos(time) ** 2


def problem() -> Problem:
    """The problem, with 3,000 points inside."""
    domain = dde.geometry.GeometryXTime(
        dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, END)
    )
    ends = dde.icbc.DirichletBC(domain, _solution, lambda _, on: on)
    start = dde.icbc.IC(domain, _solution, lambda _, on: on)
    at_rest = dde.icbc.OperatorBC(
        domain,
        lambda x, u, _: dde.grad.jacobian(u, x, i=0, j=1),
        lambda x, _: bool(np.isclose(x[1], 0.0)),
    )
    data = dde.data.TimePDE(
        domain, equation, [ends, start, at_rest], num_domain=3000, num_boundary=300, num_initial=200
    )
    return Problem(
        name="klein_gordon",
        title="Klein–Gordon equation with a quadratic term: a straight line swings",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "amplitude"),),
        reference=reference,
        classical=Classical(
            f"Chebyshev collocation, degree {DEGREE}; Runge–Kutta of order 8, digits of its tolerance",
            classical,
            (3, 5, 7, 9, 11, 13),
        ),
        target=1e-10,
        source="DeepXDE's example of the Klein–Gordon equation, https://deepxde.readthedocs.io",
    )


def _solution(x: np.ndarray) -> np.ndarray:
    values: np.ndarray = x[:, 0:1] * np.cos(x[:, 1:2])
    return values


def _grid() -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(0, END, 201), np.linspace(-1, 1, 101)


def reference() -> xr.Dataset:
    """The closed form on 201 times and 101 places."""
    t, x = _grid()
    u = np.cos(t)[:, None] * x[None, :]
    return xr.Dataset({"u": (("t", "x"), u)}, coords={"t": t, "x": x})


def classical(digits: int) -> xr.Dataset:
    """The same grid by a Runge–Kutta method of tolerance 10^−digits."""
    t, x = _grid()
    nodes, first = chebyshev_points(DEGREE), differentiation_matrix(DEGREE)
    second, inner = (first @ first)[1:-1], nodes[1:-1]

    def slope(time: float, state: np.ndarray) -> np.ndarray:
        u, velocity = np.split(state, 2)
        swing = np.cos(time)
        whole = np.concatenate([[swing], u, [-swing]])
        force = second @ whole - u**2 - inner * swing + inner**2 * swing**2
        return np.concatenate([velocity, force])

    tolerance = 10.0**-digits
    start = np.concatenate([inner, np.zeros_like(inner)])
    solved = solve_ivp(
        slope, (0, END), start, method="DOP853", t_eval=t, rtol=tolerance, atol=tolerance
    )
    ends = np.cos(t)[:, None]
    u = interpolate(np.hstack([ends, solved.y[: DEGREE - 1].T, -ends]), x)
    return xr.Dataset({"u": (("t", "x"), u)}, coords={"t": t, "x": x})
