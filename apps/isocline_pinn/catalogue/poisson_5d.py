"""Poisson's equation in five dimensions.

    Σᵢ ∂²u/∂xᵢ² = −(π²/4) Σᵢ sin(πxᵢ/2)      0 < xᵢ < 1, i = 1 … 5

with u given on the boundary by the solution u = Σᵢ sin(πxᵢ/2). PINNacle's "Poisson nd". Whoever sees that the
solution is a sum over directions needs five ordinary differential equations; the classical solver beside
ours does not use it.
"""

import numpy as np

from isocline_pinn.catalogue._sum_of_sines import poisson_cube
from isocline_pinn.problem import Problem

_AXES = (*(np.linspace(0, 1, 9) for _ in range(2)), *(np.linspace(0.1, 0.9, 4) for _ in range(3)))


def problem() -> Problem:
    """The problem, with 4,000 points inside; compared on 9 × 9 × 4 × 4 × 4 points."""
    return poisson_cube(
        "poisson_5d",
        "Poisson's equation in five dimensions",
        _AXES,
        points=4000,
        degrees=(3, 4, 5, 6, 8),
        target=1e-7,
        target_budget=60.0,
    )
