"""The differential-equation layer: equations as tensors, solved, differentiated and put in networks."""

from isocline_de.errors import (
    BlowUpError,
    DifferentialEquationError,
    NonFiniteError,
    ProblemError,
    SolveError,
    StepUnderflowError,
    TooManyStepsError,
)
from isocline_de.linear_sde import LinearTransition, discretise_linear_sde, stationary_covariance
from isocline_de.methods import METHODS, Method
from isocline_de.solution import Solution, Statistics
from isocline_de.solve import solve_ode

__all__ = [
    "METHODS",
    "BlowUpError",
    "DifferentialEquationError",
    "LinearTransition",
    "Method",
    "NonFiniteError",
    "ProblemError",
    "Solution",
    "SolveError",
    "Statistics",
    "StepUnderflowError",
    "TooManyStepsError",
    "discretise_linear_sde",
    "solve_ode",
    "stationary_covariance",
]
