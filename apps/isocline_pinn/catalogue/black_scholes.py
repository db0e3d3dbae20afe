"""Black–Scholes equation: the price of a European call option.

    ∂V/∂τ = ½ σ² S² ∂²V/∂S² + r S ∂V/∂S − r V      0 < S < 150, 0 < τ ≤ 1
    V(0, S) = max(S − K, 0),   V(τ, 0) = 0,   V(τ, 150) = 150 − K exp(−rτ)

for the time τ to maturity in years (Black & Scholes, J. Political Econ. 81, 637–654, 1973), with strike
K = 50, volatility σ = 0.2 and rate r = 0.05. The payoff has a kink at the strike, which diffuses away. The
closed form, V = S Φ(d₁) − K exp(−rτ) Φ(d₂), holds on 0 < S < ∞; at S = 150 it differs from the condition
by 1.3e-8 of 102.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from scipy.special import ndtr
from torch import Tensor

from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.collocation import european_call

STRIKE, VOLATILITY, RATE, HIGHEST = 50.0, 0.2, 0.05, 150.0


def equation(x: Tensor, v: Tensor) -> Tensor:
    """∂V/∂τ − ½ σ² S² ∂²V/∂S² − r S ∂V/∂S + r V at points (S, τ)."""
    s = x[:, 0:1]
    v_s = dde.grad.jacobian(v, x, i=0, j=0)
    v_tau = dde.grad.jacobian(v, x, i=0, j=1)
    v_ss = dde.grad.hessian(v, x, i=0, j=0)
    return v_tau - 0.5 * VOLATILITY**2 * s**2 * v_ss - RATE * s * v_s + RATE * v


def problem() -> Problem:
    """The problem, with 2,000 points inside."""
    domain = dde.geometry.GeometryXTime(
        dde.geometry.Interval(0, HIGHEST), dde.geometry.TimeDomain(0, 1)
    )
    ends = dde.icbc.DirichletBC(domain, _at_the_ends, lambda _, on: on)
    payoff = dde.icbc.IC(domain, lambda x: np.maximum(x[:, 0:1] - STRIKE, 0), lambda _, on: on)
    data = dde.data.TimePDE(
        domain, equation, [ends, payoff], num_domain=2000, num_boundary=200, num_initial=300
    )
    return Problem(
        name="black_scholes",
        title="Black–Scholes equation: the price of a European call option",
        data=data,
        coordinates=(
            Quantity("S", "price of the share", "EUR"),
            Quantity("tau", "time to maturity", "year"),
        ),
        outputs=(Quantity("V", "price of the option", "EUR"),),
        dimensions=("tau", "S"),
        reference=reference,
        reference_error=1e-11,
        classical=Classical(
            "Chebyshev collocation below and above the strike, matrix exponential",
            classical,
            (12, 16, 24, 32, 48, 64),
        ),
        target=1e-7,
        source="Black & Scholes 1973, https://doi.org/10.1086/260062",
    )


def _at_the_ends(x: np.ndarray) -> np.ndarray:
    upper = HIGHEST - STRIKE * np.exp(-RATE * x[:, 1:2])
    values: np.ndarray = np.where(x[:, 0:1] > HIGHEST / 2, upper, 0.0)
    return values


def _grid() -> tuple[np.ndarray, np.ndarray]:
    return np.linspace(0, 1, 101), np.linspace(0, HIGHEST, 151)


def reference() -> xr.Dataset:
    """The closed form on 101 times and 151 prices."""
    tau, s = _grid()
    spread = VOLATILITY * np.sqrt(tau[1:, None])
    drift = (RATE + VOLATILITY**2 / 2) * tau[1:, None]
    d1 = (np.log(s[None, 1:] / STRIKE) + drift) / spread
    later = s[1:] * ndtr(d1) - STRIKE * np.exp(-RATE * tau[1:, None]) * ndtr(d1 - spread)
    v = np.zeros((len(tau), len(s)))
    v[0] = np.maximum(s - STRIKE, 0)
    v[1:, 1:] = later
    return xr.Dataset({"V": (("tau", "S"), v)}, coords={"tau": tau, "S": s})


def classical(number: int) -> xr.Dataset:
    """The same grid by two polynomials of a degree."""
    tau, s = _grid()
    v = european_call(STRIKE, VOLATILITY, RATE, HIGHEST, tau, s, number)
    return xr.Dataset({"V": (("tau", "S"), v)}, coords={"tau": tau, "S": s})
