"""Euler–Bernoulli beam: a cantilever under even load.

    d⁴u/dx⁴ = −1      0 < x < 1
    u(0) = u′(0) = 0   (clamped),   u″(1) = u‴(1) = 0   (free)

DeepXDE's example. The solution is u = −x⁴/24 + x³/6 − x²/4.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from scipy.integrate import solve_bvp
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity


def equation(x: Tensor, u: Tensor) -> Tensor:
    """d⁴u/dx⁴ + 1 at points (x,)."""
    return dde.grad.hessian(_curvature(x, u), x) + 1


def _curvature(x: Tensor, u: Tensor) -> Tensor:
    second: Tensor = dde.grad.hessian(u, x)
    return second


def problem() -> Problem:
    """The problem, with 50 points inside."""
    beam = dde.geometry.Interval(0, 1)

    def clamped(x: np.ndarray, on: bool) -> bool:
        return bool(on and np.isclose(x[0], 0))

    def free(x: np.ndarray, on: bool) -> bool:
        return bool(on and np.isclose(x[0], 1))

    conditions = [
        dde.icbc.DirichletBC(beam, lambda x: np.zeros((len(x), 1)), clamped),
        dde.icbc.NeumannBC(beam, lambda x: np.zeros((len(x), 1)), clamped),
        dde.icbc.OperatorBC(beam, lambda x, u, _: _curvature(x, u), free),
        dde.icbc.OperatorBC(beam, lambda x, u, _: dde.grad.jacobian(_curvature(x, u), x), free),
    ]
    data = dde.data.PDE(beam, equation, conditions, num_domain=50, num_boundary=2)
    return Problem(
        name="euler_beam",
        title="Euler–Bernoulli beam: a cantilever under even load",
        data=data,
        coordinates=(Quantity("x", "place along the beam"),),
        outputs=(Quantity("u", "deflection"),),
        hidden=(16, 16),
        reference=reference,
        classical=Classical(
            "collocation of order four (scipy.integrate.solve_bvp), number of nodes",
            classical,
            (4, 10, 30, 80, 240, 720),
        ),
        target=1e-12,
        source="DeepXDE's example of the Euler beam, https://deepxde.readthedocs.io",
    )


def reference() -> xr.Dataset:
    """The closed form at 101 places."""
    x = np.linspace(0, 1, 101)
    return xr.Dataset({"u": ("x", -(x**4) / 24 + x**3 / 6 - x**2 / 4)}, coords={"x": x})


def classical(number: int) -> xr.Dataset:
    """The same places by piecewise cubics for u and its three derivatives."""

    def slope(_: np.ndarray, state: np.ndarray) -> np.ndarray:
        return np.vstack([state[1:], -np.ones_like(state[:1])])

    def ends(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return np.array([left[0], left[1], right[2], right[3]])

    x, nodes = np.linspace(0, 1, 101), np.linspace(0, 1, number)
    # The tolerance is one that any mesh meets: the nodes stay those asked for.
    solved = solve_bvp(slope, ends, nodes, np.zeros((4, number)), tol=1.0)
    return xr.Dataset({"u": ("x", solved.sol(x)[0])}, coords={"x": x})
