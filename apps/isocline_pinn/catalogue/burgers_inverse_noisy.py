"""Burgers' equation, inverse: both constants from 2,000 observations with 1 % noise.

    ∂u/∂t + λ₁ u ∂u/∂x = λ₂ ∂²u/∂x²      −1 < x < 1, 0 < t ≤ 0.99

As `burgers_inverse`, with a normal error of 1 % of the standard deviation of u on every observation
(Raissi, Perdikaris & Karniadakis, J. Comput. Phys. 378, 686–707, 2019, section 4). The truth, λ₁ = 1 and
λ₂ = 0.01/π, is to lie in the interval that comes with each estimate; no method can do better than the noise.
"""

from isocline_pinn.catalogue.burgers_inverse import inverse_problem
from isocline_pinn.problem import Problem

NOISE = 0.01


def problem() -> Problem:
    """The problem, with 2,000 points inside and 2,000 observations."""
    return inverse_problem(
        "burgers_inverse_noisy",
        "Burgers' equation, inverse: both constants from 2,000 observations with 1 % noise",
        noise=NOISE,
        target=None,
    )
