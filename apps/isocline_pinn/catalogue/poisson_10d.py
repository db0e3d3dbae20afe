"""Poisson's equation in ten dimensions.

    Σᵢ ∂²u/∂xᵢ² = −(π²/4) Σᵢ sin(πxᵢ/2)      0 < xᵢ < 1, i = 1 … 10

with u given on the boundary by the solution u = Σᵢ sin(πxᵢ/2). PINNacle's "Poisson nd", there in five
dimensions. Whoever sees that the solution is a sum over directions needs ten ordinary differential
equations; the classical solver beside ours does not use it.
"""

import numpy as np

from isocline_pinn.catalogue._sum_of_sines import poisson_cube
from isocline_pinn.problem import Problem

_AXES = (
    *(np.linspace(0, 1, 5) for _ in range(2)),
    *(np.array([0.2, 0.7]) for _ in range(5)),
    *(np.array([place]) for place in (0.15, 0.5, 0.85)),
)


def problem() -> Problem:
    """The problem, with 6,000 points inside.

    It is compared on 5 × 5 × 2⁵ points: a grid that is full in seven directions and single in three.
    """
    return poisson_cube(
        "poisson_10d",
        "Poisson's equation in ten dimensions",
        _AXES,
        points=6000,
        degrees=(2, 3, 4, 5),
        target=1e-4,
        target_budget=300.0,
    )
