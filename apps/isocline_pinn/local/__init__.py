"""Local networks: polynomial features in blocks, their last layer by Gauss–Newton least squares.

With polynomial features this is an hp least-squares spectral element method written as a
physics-informed network: every row is the user's own equation or condition at a point.
"""

from isocline_pinn.local.errors import (
    BadConditionError,
    BadEquationError,
    BudgetTooSmallError,
    LocalNetworkError,
    UnsuitableProblemError,
)
from isocline_pinn.local.problem import why_not
from isocline_pinn.local.result import Constant, LevelRecord, LocalResult
from isocline_pinn.local.solve import solve_locally

__all__ = [
    "BadConditionError",
    "BadEquationError",
    "BudgetTooSmallError",
    "Constant",
    "LevelRecord",
    "LocalNetworkError",
    "LocalResult",
    "UnsuitableProblemError",
    "solve_locally",
    "why_not",
]
