"""Allen–Cahn equation, d = 0.001: a mixture separates into two phases.

    ∂u/∂t = d ∂²u/∂x² + 5 (u − u³)      −1 < x < 1, 0 < t ≤ 1
    u(0, x) = x² cos πx,   u(t, ±1) = −1

With d = 0.001 and fixed ends, as DeepXDE's example has it, whose table `Allen_Cahn.mat` is 1.6e-4 off the
reference here; the literature on physics-informed networks often takes d = 0.0001 and periodic ends
instead, which is another problem, `allen_cahn_periodic`.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.chebyshev import (
    chebyshev_points,
    differentiation_matrix,
    interpolate,
)
from isocline_pinn.reference.etd import integrate

DIFFUSIVITY = 0.001


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂u/∂t − d ∂²u/∂x² − 5 (u − u³) at points (x, t)."""
    u_t = dde.grad.jacobian(u, x, i=0, j=1)
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    return u_t - DIFFUSIVITY * u_xx - 5 * (u - u**3)


def problem() -> Problem:
    """The problem, with 1,500 points inside."""
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))
    ends = dde.icbc.DirichletBC(domain, lambda x: -np.ones((len(x), 1)), lambda _, on: on)
    start = dde.icbc.IC(domain, _initial, lambda _, on: on)
    data = dde.data.TimePDE(
        domain, equation, [ends, start], num_domain=1500, num_boundary=80, num_initial=200
    )
    return Problem(
        name="allen_cahn",
        title="Allen–Cahn equation, d = 0.001: a mixture separates into two phases",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "phase"),),
        reference=reference,
        reference_error=1e-10,
        classical=Classical("Chebyshev collocation, ETDRK4", classical, (32, 48, 64, 96, 128, 192)),
        target=1e-7,
        source="DeepXDE's example Allen–Cahn, https://deepxde.readthedocs.io",
    )


def _initial(x: np.ndarray) -> np.ndarray:
    return x[:, 0:1] ** 2 * np.cos(np.pi * x[:, 0:1])


def reference(number: int = 256, steps_between: int = 10) -> xr.Dataset:
    """Chebyshev collocation in space, ETDRK4 in time, on 101 times and 201 places.

    The solution is even in x, so the equation is solved in s = 2x² − 1 ∈ [−1, 1] by the points
    x = √((1 + s)/2), which are the positive half of a Chebyshev grid of twice as many points.

    Args:
        number: Chebyshev points on half of the interval.
        steps_between: Time steps from one of the 101 times to the next.
    """
    t, x = np.linspace(0, 1, 101), np.linspace(-1, 1, 201)
    nodes = chebyshev_points(2 * number)
    second = differentiation_matrix(2 * number) @ differentiation_matrix(2 * number)
    # The rows of x ≥ 0; an even function's value at −x is its value at x.
    half = second[: number + 1, : number + 1].copy()
    half[:, :number] += second[: number + 1, :number:-1]
    # w = u + 1 vanishes at x = 1: drop that point.
    linear = DIFFUSIVITY * half[1:, 1:]
    start = _initial(nodes[1 : number + 1, None])[:, 0] + 1.0

    def reaction(w: np.ndarray) -> np.ndarray:
        u = w - 1.0
        return 5 * (u - u**3)

    w = integrate(start, linear, reaction, t, steps_between)
    right = np.hstack([np.zeros((len(t), 1)), w]) - 1.0
    full = np.hstack([right, right[:, number - 1 :: -1]])
    u = interpolate(full, x)
    return xr.Dataset({"u": (("t", "x"), u)}, coords={"t": t, "x": x})


def classical(number: int) -> xr.Dataset:
    """The same with a number of points on half of the interval."""
    return reference(number, max(2, number // 32))
