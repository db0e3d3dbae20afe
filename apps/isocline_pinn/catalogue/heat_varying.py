"""Heat in a material whose conductivity varies over a factor of 120, heated and cooled in turn.

    ∂u/∂t = a(x, y) (∂²u/∂x² + ∂²u/∂y²) + 200 sin πx sin 5πy sin πt      0 < x, y < 1, 0 < t ≤ 5
    u = 0 at t = 0 and on the boundary

PINNacle's "Heat 2d-VC", where log a is a random field, periodic, of standard deviation 1, whose Fourier
coefficients fall as |k|⁻², tabulated on 256² points and held constant between them. A table of values has
no derivatives; here log a is one field of that law, cut at |k| ≤ 3, which every method sees alike.
"""

import deepxde as dde
import numpy as np
import torch
import xarray as xr
from scipy.linalg import expm
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.chebyshev import (
    chebyshev_points,
    differentiation_matrix,
    interpolate,
)
from isocline_pinn.reference.kept import kept


def _field() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Wave numbers, shape (m, 2), and the amplitudes of their cosines and sines, shape (m,)."""
    numbers = np.array([(k, n) for k in range(4) for n in range(-3, 4) if (k, n) > (0, 0)])
    numbers = numbers[np.hypot(*numbers.T) <= 3]
    drawn = np.random.default_rng(2023).normal(size=(2, len(numbers)))
    amplitudes = drawn / (numbers**2).sum(axis=1)
    # The mean square of a cosine is one half.
    amplitudes /= np.sqrt((amplitudes**2).sum() / 2)
    return numbers, amplitudes[0], amplitudes[1]


WAVE_NUMBERS, COSINES, SINES = _field()


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂u/∂t − a Δu − 200 sin πx sin 5πy sin πt at points (x, y, t)."""
    phase = 2 * np.pi * x[:, :2] @ torch.as_tensor(WAVE_NUMBERS.T, dtype=x.dtype)
    cosines, sines = (torch.as_tensor(c, dtype=x.dtype) for c in (COSINES, SINES))
    a = torch.exp(torch.cos(phase) @ cosines + torch.sin(phase) @ sines)[:, None]
    laplacian = dde.grad.hessian(u, x, i=0, j=0) + dde.grad.hessian(u, x, i=1, j=1)
    heating = torch.sin(np.pi * x[:, 0:1]) * torch.sin(5 * np.pi * x[:, 1:2])
    u_t = dde.grad.jacobian(u, x, i=0, j=2)
    return u_t - a * laplacian - 200 * heating * torch.sin(np.pi * x[:, 2:3])


def conductivity(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A at places that broadcast together."""
    phase = (
        2
        * np.pi
        * (np.multiply.outer(x, WAVE_NUMBERS[:, 0]) + np.multiply.outer(y, WAVE_NUMBERS[:, 1]))
    )
    return np.asarray(np.exp(np.cos(phase) @ COSINES + np.sin(phase) @ SINES))


def problem() -> Problem:
    """The problem, with 4,000 points inside."""
    square = dde.geometry.Rectangle([0, 0], [1, 1])
    domain = dde.geometry.GeometryXTime(square, dde.geometry.TimeDomain(0, 5))
    rim = dde.icbc.DirichletBC(domain, lambda x: np.zeros((len(x), 1)), lambda _, on: on)
    start = dde.icbc.IC(domain, lambda x: np.zeros((len(x), 1)), lambda _, on: on)
    data = dde.data.TimePDE(
        domain, equation, [rim, start], num_domain=4000, num_boundary=1000, num_initial=1000
    )
    return Problem(
        name="heat_varying",
        title="Heat in a material whose conductivity varies over a factor of 120, "
        "heated and cooled in turn",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("y", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "temperature"),),
        reference=reference,
        reference_error=1e-5,
        classical=Classical(
            "Chebyshev collocation, degree p, matrix exponential",
            by_collocation,
            (12, 16, 20, 24, 28),
        ),
        target=1e-3,
        source="PINNacle, HeatDarcy, https://arxiv.org/abs/2306.08827",
    )


@kept
def reference() -> xr.Dataset:
    """Polynomials of degree 40 in each direction; from degree 32 they differ by 3e-5."""
    return by_collocation(40)


def by_collocation(degree: int) -> xr.Dataset:
    """Chebyshev points in space, exact in time, on 51 times and 33 × 33 places.

    With du/dt = A u + g sin πt, u = Im(e^{iπt} w) − e^{At} Im w, where (iπ − A) w = g.

    Args:
        degree: Of the polynomials in each direction.
    """
    t, axis = np.linspace(0, 5, 51), np.linspace(0, 1, 33)
    nodes = (1 + chebyshev_points(degree)) / 2
    second = 4 * (differentiation_matrix(degree) @ differentiation_matrix(degree))[1:-1, 1:-1]
    inner, one = nodes[1:-1], np.eye(degree - 1)
    a = conductivity(inner[:, None], inner[None, :]).reshape(-1)
    operator = a[:, None] * (np.kron(second, one) + np.kron(one, second))
    heating = 200 * np.sin(np.pi * inner)[:, None] * np.sin(5 * np.pi * inner)
    w = np.linalg.solve(1j * np.pi * np.eye(len(a)) - operator, heating.reshape(-1))
    step, rest, states = expm(operator * (t[1] - t[0])), w.imag, []
    for time in t:
        states.append((np.exp(1j * np.pi * time) * w).imag - rest)
        rest = step @ rest
    u = np.zeros((len(t), degree + 1, degree + 1))
    u[:, 1:-1, 1:-1] = np.stack(states).reshape(len(t), degree - 1, degree - 1)
    along_y = interpolate(u, 2 * axis - 1)
    fields = interpolate(along_y.transpose(0, 2, 1), 2 * axis - 1)
    return xr.Dataset({"u": (("t", "y", "x"), fields)}, coords={"t": t, "y": axis, "x": axis})
