"""Lotka–Volterra, inverse: the rates of predator and prey from noisy counts.

    d prey/dt      =  α prey − β prey · predators
    d predators/dt = −γ predators + δ prey · predators      0 < t ≤ 10

The four rates are unknown. Both populations are observed at 50 times with an error of 0.02; they were made
with α = 2/3, β = 4/3, γ = 1, δ = 1 from (1, 1), and so the right answer is known.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.shooting import fitted, trajectory

TRUTH = {"alpha": 2 / 3, "beta": 4 / 3, "gamma": 1.0, "delta": 1.0}
END, NOISE = 10.0, 0.02


def problem() -> Problem:
    """The problem, with 300 points inside and 50 observed times; each rate is begun at 0.5."""
    rates = {name: dde.Variable(0.5) for name in TRUTH}
    alpha, beta, gamma, delta = rates.values()

    def equation(t: Tensor, u: Tensor) -> list[Tensor]:
        prey, predators = u[:, 0:1], u[:, 1:2]
        prey_t = dde.grad.jacobian(u, t, i=0)
        predators_t = dde.grad.jacobian(u, t, i=1)
        return [
            prey_t - alpha * prey + beta * prey * predators,
            predators_t + gamma * predators - delta * prey * predators,
        ]

    times, counts = observations()
    observed = [dde.icbc.PointSetBC(times, counts[:, i : i + 1], component=i) for i in (0, 1)]
    span = dde.geometry.TimeDomain(0, END)
    data = dde.data.PDE(span, equation, observed, num_domain=300, num_boundary=2)
    return Problem(
        name="lotka_volterra",
        title="Lotka–Volterra, inverse: the rates of predator and prey from noisy counts",
        data=data,
        coordinates=(Quantity("t", "time"),),
        outputs=(Quantity("prey", "population"), Quantity("predators", "population")),
        hidden=(16, 16),
        unknowns=rates,
        truth=TRUTH,
        reference=reference,
        classical=Classical(
            "shooting: Runge–Kutta of order 8, digits of its tolerance, and Gauss–Newton",
            classical,
            (3, 5, 7, 9),
        ),
        source="Lotka 1925; Volterra 1926",
    )


def observations() -> tuple[np.ndarray, np.ndarray]:
    """50 times, shape (50, 1), and the two noisy populations, shape (50, 2); always the same."""
    times = np.linspace(0, END, 50)
    noise = np.random.default_rng(1926).normal(0, NOISE, (50, 2))
    return times[:, None], _populations(_true_rates(), times, 12) + noise


def reference() -> xr.Dataset:
    """The populations with the true rates at 201 times."""
    return _labelled(_true_rates(), 12)


def classical(digits: int) -> xr.Dataset:
    """The same, and the rates, from the observations; it is told the populations at the start."""
    times, counts = observations()
    rates = fitted(lambda r: _populations(r, times[:, 0], digits), counts, np.full(4, 0.5))
    return _labelled(rates, digits).assign(dict(zip(TRUTH, rates, strict=True)))


def _true_rates() -> np.ndarray:
    return np.array(list(TRUTH.values()))


def _labelled(rates: np.ndarray, digits: int) -> xr.Dataset:
    t = np.linspace(0, END, 201)
    prey, predators = _populations(rates, t, digits).T
    return xr.Dataset({"prey": ("t", prey), "predators": ("t", predators)}, coords={"t": t})


def _populations(rates: np.ndarray, t: np.ndarray, digits: int) -> np.ndarray:
    alpha, beta, gamma, delta = rates

    def slope(_: float, n: np.ndarray) -> np.ndarray:
        return np.array([alpha * n[0] - beta * n[0] * n[1], -gamma * n[1] + delta * n[0] * n[1]])

    return trajectory(slope, np.ones(2), t, digits)
