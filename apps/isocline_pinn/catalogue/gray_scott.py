"""Gray–Scott equations: two substances feed and kill each other into spots.

    ∂u/∂t = ε₁ ∇²u + b (1 − u) − u v²
    ∂v/∂t = ε₂ ∇²v − d v + u v²      −1 < x, y < 1, 0 < t ≤ 200
    u(0) = 1 − exp(−80 [(x + 0.05)² + (y + 0.02)²]),   v(0) = exp(−80 [(x − 0.05)² + (y − 0.02)²])

with ε₁ = 1e-5, ε₂ = 5e-6, b = 0.04 and d = 0.1 (PINNacle, arXiv:2306.08827). PINNacle gives no boundary
condition; here u, v and their slopes are periodic. Nothing but diffusion reaches the boundary in this time.
The 3.6e-3 that PirateNets report (arXiv:2402.00326) is for other constants, twenty times the diffusion.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.catalogue._periodic import periodic_square
from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.plane import Plane, march

SPREAD_U, SPREAD_V, FEED, DECAY = 1e-5, 5e-6, 0.04, 0.1
ENDS, END = (-1.0, 1.0), 200.0


def equation(x: Tensor, f: Tensor) -> list[Tensor]:
    """∂u/∂t − ε₁ ∇²u − b (1 − u) + u v² and ∂v/∂t − ε₂ ∇²v + d v − u v² at points (x, y, t)."""
    u, v = f[:, 0:1], f[:, 1:2]
    u_t = dde.grad.jacobian(f, x, i=0, j=2)
    v_t = dde.grad.jacobian(f, x, i=1, j=2)
    u_xx = dde.grad.hessian(f, x, component=0, i=0, j=0)
    u_yy = dde.grad.hessian(f, x, component=0, i=1, j=1)
    v_xx = dde.grad.hessian(f, x, component=1, i=0, j=0)
    v_yy = dde.grad.hessian(f, x, component=1, i=1, j=1)
    meeting = u * v**2
    return [
        u_t - SPREAD_U * (u_xx + u_yy) - FEED * (1 - u) + meeting,
        v_t - SPREAD_V * (v_xx + v_yy) + DECAY * v - meeting,
    ]


def problem() -> Problem:
    """The problem, with 6,000 points inside."""
    domain = dde.geometry.GeometryXTime(
        dde.geometry.Rectangle([ENDS[0]] * 2, [ENDS[1]] * 2), dde.geometry.TimeDomain(0, END)
    )
    starts = [
        dde.icbc.IC(domain, lambda x: _initial(x[:, 0:1], x[:, 1:2])[0], _start, component=0),
        dde.icbc.IC(domain, lambda x: _initial(x[:, 0:1], x[:, 1:2])[1], _start, component=1),
    ]
    sides = [*periodic_square(domain, *ENDS, 0), *periodic_square(domain, *ENDS, 1)]
    data = dde.data.TimePDE(
        domain,
        equation,
        [*starts, *sides],
        num_domain=6000,
        num_boundary=800,
        num_initial=1000,
    )
    return Problem(
        name="gray_scott",
        title="Gray–Scott equations: two substances feed and kill each other into spots",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "food"), Quantity("v", "catalyst")),
        reference=reference,
        reference_error=2e-7,
        classical=Classical("Fourier modes, ETDRK4", classical, (64, 128, 256)),
        target=1e-2,
        target_budget=300.0,
        source="PINNacle, Hao et al. 2023, https://arxiv.org/abs/2306.08827",
    )


def _start(_: np.ndarray, on: bool) -> bool:
    return on


def _initial(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    u = 1 - np.exp(-80 * ((x + 0.05) ** 2 + (y + 0.02) ** 2))
    v = np.exp(-80 * ((x - 0.05) ** 2 + (y - 0.02) ** 2))
    return u, v


def reference() -> xr.Dataset:
    """Fourier modes and ETDRK4 on 21 times and 65 × 65 places."""
    return solution(384, 10)


def classical(number: int) -> xr.Dataset:
    """The same with a number of modes, steps of 2."""
    return solution(number, 5)


def solution(
    number: int, steps_between: int, *, times: np.ndarray | None = None, intervals: int = 64
) -> xr.Dataset:
    """By Fourier modes and ETDRK4.

    Args:
        number: Fourier modes in each direction.
        steps_between: Time steps from one time to the next.
        times: Equally spaced from 0; 21 of them when None.
        intervals: Of the places in each direction, a divisor of `number`.
    """
    t, plane = np.linspace(0, END, 21) if times is None else times, Plane(number, *ENDS)
    feed = np.zeros_like(plane.laplacian)
    feed[0, 0] = FEED * number**2

    def reaction(modes: np.ndarray) -> np.ndarray:
        u, v = plane.fields(modes)
        meeting = plane.modes(u * v**2)
        return np.stack([feed - meeting, meeting])

    linear = np.stack([SPREAD_U * plane.laplacian - FEED, SPREAD_V * plane.laplacian - DECAY])
    initial = np.stack(_initial(*plane.places))
    fields = march(plane, initial, linear, reaction, t, steps_between, intervals)
    dims, x = ("t", "y", "x"), np.linspace(*ENDS, intervals + 1)
    return xr.Dataset(
        {"u": (dims, fields[:, 0]), "v": (dims, fields[:, 1])}, coords={"t": t, "y": x, "x": x}
    )
