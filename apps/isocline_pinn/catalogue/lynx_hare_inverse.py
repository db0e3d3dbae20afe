"""Lynx and hare, inverse: the rates of predator and prey from the pelts of 21 years.

    dh/dt = α − β exp(l)
    dl/dt = −γ + δ exp(h)      0 < t ≤ 20 years since 1900

for the logarithms h and l of the thousands of pelts of hare and lynx that the Hudson Bay Company bought
(dataset `lynx_hare`): the equations of Lotka and Volterra. The rates and both initial values are unknown.
Carpenter (Predator-prey population dynamics, a Stan case study, 2018), whose errors are normal in the
logarithm as here, gives α = 0.55 ± 0.06, β = 0.028 ± 0.004, γ = 0.80 ± 0.09 and δ = 0.024 ± 0.004. What is
called the reference is the trajectory nearest to the logarithms, by shooting.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_data import open_dataset
from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.shooting import fitted, trajectory

PUBLISHED = {
    "alpha": (0.55, 0.06),
    "beta": (0.028, 0.004),
    "gamma": (0.80, 0.09),
    "delta": (0.024, 0.004),
}
BEGUN = {"alpha": 1.0, "beta": 0.05, "gamma": 1.0, "delta": 0.05}
END = 20.0


def problem() -> Problem:
    """The problem, with 300 points inside and 21 observed years; the rates begin at Carpenter's priors."""
    rates = {name: dde.Variable(value) for name, value in BEGUN.items()}
    alpha, beta, gamma, delta = rates.values()

    def equation(t: Tensor, u: Tensor) -> list[Tensor]:
        hare, lynx = u[:, 0:1], u[:, 1:2]
        return [
            dde.grad.jacobian(u, t, i=0) - alpha + beta * lynx.exp(),
            dde.grad.jacobian(u, t, i=1) + gamma - delta * hare.exp(),
        ]

    years, logarithms = observations()
    observed = [dde.icbc.PointSetBC(years, logarithms[:, i : i + 1], component=i) for i in (0, 1)]
    span = dde.geometry.TimeDomain(0, END)
    data = dde.data.PDE(span, equation, observed, num_domain=300, num_boundary=2)
    return Problem(
        name="lynx_hare_inverse",
        title="Lynx and hare, inverse: the rates of predator and prey from the pelts of 21 years",
        data=data,
        coordinates=(Quantity("t", "time since 1900", "year"),),
        outputs=(
            Quantity("hare", "logarithm of thousands of pelts"),
            Quantity("lynx", "logarithm of thousands of pelts"),
        ),
        hidden=(16, 16),
        unknowns=rates,
        reference=reference,
        classical=Classical(
            "shooting: Runge–Kutta of order 8, digits of its tolerance, and Gauss–Newton",
            classical,
            (3, 5, 7, 9),
        ),
        source="Hewitt 1921; Carpenter 2018, https://mc-stan.org/users/documentation/case-studies",
    )


def observations() -> tuple[np.ndarray, np.ndarray]:
    """Years since 1900, shape (21, 1), and logarithms of thousands of pelts, shape (21, 2)."""
    pelts = open_dataset("lynx_hare")
    counts = np.stack([pelts[name].values for name in ("hare", "lynx")], axis=1)
    return np.arange(len(counts), dtype=float)[:, None], np.log(counts)


def _logarithms(constants: np.ndarray, t: np.ndarray, digits: int) -> np.ndarray:
    alpha, beta, gamma, delta, *start = constants

    def slope(_: float, u: np.ndarray) -> np.ndarray:
        return np.array([alpha - beta * np.exp(u[1]), -gamma + delta * np.exp(u[0])])

    return trajectory(slope, np.array(start), t, digits)


def reference() -> xr.Dataset:
    """The trajectory nearest to the observations at 201 times, and its rates."""
    return classical(11)


def classical(digits: int) -> xr.Dataset:
    """The same by a tolerance of 10^−digits; the initial values are fitted with the rates."""
    years, logarithms = observations()
    # The published rates: shooting over twenty years needs a start with the right period.
    begun = np.array([*(mean for mean, _ in PUBLISHED.values()), *logarithms[0]])
    found = fitted(lambda c: _logarithms(c, years[:, 0], digits), logarithms, begun)
    t = np.linspace(0, END, 201)
    u = _logarithms(found, t, digits)
    fields = xr.Dataset({"hare": ("t", u[:, 0]), "lynx": ("t", u[:, 1])}, coords={"t": t})
    return fields.assign(dict(zip(PUBLISHED, found[:4], strict=True)))
