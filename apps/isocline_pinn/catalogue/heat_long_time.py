"""Heat with a source that depends on it, over a hundred times: sharp layers that breathe.

    ∂u/∂t = 0.001 (∂²u/∂x² + ∂²u/∂y²) + 5 sin(u²) (1 + 2 sin(πt/4)) sin 4πx sin 2πy
                                              0 < x, y < 1, 0 < t ≤ 100
    u(0, x, y) = sin 4πx sin 3πy,   u = 0 on the boundary

PINNacle's "Heat 2d-LT".
"""

import deepxde as dde
import numpy as np
import torch
import xarray as xr
from scipy.fft import dstn
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.etd import integrate
from isocline_pinn.reference.kept import kept

DIFFUSIVITY = 0.001


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂u/∂t − a Δu − 5 sin(u²) (1 + 2 sin(πt/4)) sin 4πx sin 2πy at points (x, y, t)."""
    laplacian = dde.grad.hessian(u, x, i=0, j=0) + dde.grad.hessian(u, x, i=1, j=1)
    where = torch.sin(4 * np.pi * x[:, 0:1]) * torch.sin(2 * np.pi * x[:, 1:2])
    when = 1 + 2 * torch.sin(np.pi / 4 * x[:, 2:3])
    u_t = dde.grad.jacobian(u, x, i=0, j=2)
    return u_t - DIFFUSIVITY * laplacian - 5 * torch.sin(u**2) * when * where


def problem() -> Problem:
    """The problem, with 8,000 points inside."""
    square = dde.geometry.Rectangle([0, 0], [1, 1])
    domain = dde.geometry.GeometryXTime(square, dde.geometry.TimeDomain(0, 100))
    rim = dde.icbc.DirichletBC(domain, lambda x: np.zeros((len(x), 1)), lambda _, on: on)
    start = dde.icbc.IC(
        domain,
        lambda x: np.sin(4 * np.pi * x[:, 0:1]) * np.sin(3 * np.pi * x[:, 1:2]),
        lambda _, on: on,
    )
    data = dde.data.TimePDE(
        domain, equation, [rim, start], num_domain=8000, num_boundary=2000, num_initial=1000
    )
    return Problem(
        name="heat_long_time",
        title="Heat with a source that depends on it, over a hundred times: sharp layers that breathe",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "temperature"),),
        reference=reference,
        reference_error=3e-5,
        classical=Classical(
            "ETDRK4, n sines along y and n/3 along a quarter of x, 50 steps a unit of time",
            lambda modes: by_sines(modes, 100),
            (12, 24, 36, 48, 60),
        ),
        target=1e-2,
        target_budget=300.0,
        source="PINNacle, HeatLongTime, https://arxiv.org/abs/2306.08827",
    )


@kept
def reference() -> xr.Dataset:
    """150 sines along y and 100 steps a unit of time; see `by_sines`."""
    return by_sines(150, 200)


def by_sines(modes: int, steps_between: int) -> xr.Dataset:
    """Sines in space and ETDRK4 in time, on 51 times and 33 × 41 places.

    The start and the source are odd about x = 1/4, 1/2, 3/4, and so is u: sin 4πkx are all it needs.
    Continued oddly beyond the boundary u stays smooth, and the sines converge exponentially.

    Args:
        modes: Sines along y, three times those along x.
        steps_between: Time steps from one of the 51 times to the next, 2 later.
    """
    t, x, y = np.linspace(0, 100, 51), np.linspace(0, 1, 33), np.linspace(0, 1, 41)
    across, up = modes // 3, modes
    kx, ky = 4 * np.pi * np.arange(1, across + 1), np.pi * np.arange(1, up + 1)
    nodes_x = np.arange(1, across + 1) / (4 * (across + 1))
    nodes_y = np.arange(1, up + 1) / (up + 1)
    scale = 4 * (across + 1) * (up + 1)
    where = 5 * np.sin(4 * np.pi * nodes_x)[:, None] * np.sin(2 * np.pi * nodes_y)
    start = np.sin(4 * np.pi * nodes_x)[:, None] * np.sin(3 * np.pi * nodes_y)
    linear = -DIFFUSIVITY * (kx[:, None] ** 2 + ky**2)

    # The time itself, dt/dt = 1, is the last component of the state.
    def source(state: np.ndarray) -> np.ndarray:
        u = dstn(state[:-1].reshape(across, up), type=1)
        heat = where * np.sin(u**2) * (1 + 2 * np.sin(np.pi / 4 * state[-1]))
        return np.append(dstn(heat, type=1).reshape(-1) / scale, 1.0)

    begun = np.append(dstn(start, type=1).reshape(-1) / scale, 0.0)
    states = integrate(begun, np.append(linear.reshape(-1), 0.0), source, t, steps_between)
    amplitudes = states[:, :-1].reshape(len(t), across, up)
    along_x, along_y = 2 * np.sin(np.outer(x, kx)), 2 * np.sin(np.outer(y, ky))
    u = along_y @ amplitudes.transpose(0, 2, 1) @ along_x.T
    return xr.Dataset({"u": (("t", "y", "x"), u)}, coords={"t": t, "y": y, "x": x})
