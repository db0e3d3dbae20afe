"""Burgers' equation, inverse: both constants from 2,000 exact observations.

    ∂u/∂t + λ₁ u ∂u/∂x = λ₂ ∂²u/∂x²      −1 < x < 1, 0 < t ≤ 0.99

λ₁ = 1 and λ₂ = 0.01/π are unknown, begun at 0.5 and 0.01; u is observed at 2,000 points drawn from 100 times
and 256 places of the solution that begins as −sin πx. No initial or boundary condition is given (Raissi,
Perdikaris & Karniadakis, J. Comput. Phys. 378, 686–707, 2019, section 4). `burgers_inverse_noisy` is the
same with noise.
"""

from functools import cache

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.cole_hopf import burgers_from_sine
from isocline_pinn.reference.fourier import evaluate, self_advection
from isocline_pinn.reference.shooting import fitted

TRUTH = {"lambda_1": 1.0, "lambda_2": 0.01 / np.pi}
BEGUN = {"lambda_1": 0.5, "lambda_2": 0.01}
OBSERVED = 2000


def problem() -> Problem:
    """The problem, with 2,000 points inside and 2,000 observations."""
    return inverse_problem(
        "burgers_inverse",
        "Burgers' equation, inverse: both constants from 2,000 exact observations",
        noise=0.0,
        target=1e-7,
    )


def inverse_problem(name: str, title: str, *, noise: float, target: float | None) -> Problem:
    """The problem with a noise relative to the standard deviation of u."""
    constants = {name: dde.Variable(value) for name, value in BEGUN.items()}
    speed, viscosity = constants.values()

    def equation(x: Tensor, u: Tensor) -> Tensor:
        u_x = dde.grad.jacobian(u, x, i=0, j=0)
        u_t = dde.grad.jacobian(u, x, i=0, j=1)
        u_xx = dde.grad.hessian(u, x, i=0, j=0)
        return u_t + speed * u * u_x - viscosity * u_xx

    domain = dde.geometry.GeometryXTime(
        dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 0.99)
    )
    points, values = observations(noise)
    observed = dde.icbc.PointSetBC(points, values)
    data = dde.data.TimePDE(domain, equation, [observed], num_domain=2000)
    return Problem(
        name=name,
        title=title,
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "velocity"),),
        unknowns=constants,
        truth=TRUTH,
        reference=reference,
        classical=Classical(
            "Gauss–Newton over Fourier modes and ETDRK4, which are told the initial values",
            lambda number: classical(number, noise),
            (256, 512, 1024, 1536),
        ),
        target=target,
        source="Raissi, Perdikaris & Karniadakis 2019, https://doi.org/10.1016/j.jcp.2018.10.045",
    )


def _grid() -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(0, 0.99, 100), np.linspace(-1, 1, 256)


@cache
def _table() -> np.ndarray:
    return burgers_from_sine(*_grid(), TRUTH["lambda_2"])


@cache
def _chosen() -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of the table that are observed; always the same."""
    t, x = _grid()
    places = np.random.default_rng(2019).choice(len(t) * len(x), OBSERVED, replace=False)
    rows, columns = np.divmod(places, len(x))
    return rows, columns


def observations(noise: float) -> tuple[np.ndarray, np.ndarray]:
    """Points (x, t), shape (2000, 2), and values, shape (2000, 1); always the same.

    Args:
        noise: Its standard deviation over that of u.
    """
    t, x = _grid()
    rows, columns = _chosen()
    values = _table()[rows, columns]
    error = np.random.default_rng(378).normal(0, 1, OBSERVED)
    return (
        np.stack([x[columns], t[rows]], axis=1),
        (values + noise * _table().std() * error)[:, None],
    )


def reference() -> xr.Dataset:
    """The solution of Cole and Hopf with the true constants, on 100 times and 256 places."""
    t, x = _grid()
    return xr.Dataset({"u": (("t", "x"), _table())}, coords={"t": t, "x": x})


def classical(number: int, noise: float) -> xr.Dataset:
    """The same by a number of Fourier modes, and the constants, from the observations."""
    t, x = _grid()
    rows, columns = _chosen()

    def solution(constants: np.ndarray) -> np.ndarray:
        modes = self_advection(
            lambda x: -np.sin(np.pi * x),
            lambda k: -constants[1] * k**2,
            constants[0],
            (-1.0, 1.0),
            t,
            number,
            max(4, number // 100),
        )
        return evaluate(modes, x, -1.0, 1.0)

    begun = np.array(list(BEGUN.values()))
    found = fitted(lambda c: solution(c)[rows, columns], observations(noise)[1][:, 0], begun)
    fields = xr.Dataset({"u": (("t", "x"), solution(found))}, coords={"t": t, "x": x})
    return fields.assign(dict(zip(TRUTH, found, strict=True)))
