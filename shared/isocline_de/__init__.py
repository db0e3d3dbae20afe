"""The differential-equation layer: equations as tensors, solved, differentiated and put in networks."""

from isocline_de.errors import DifferentialEquationError, ProblemError
from isocline_de.linear_sde import LinearTransition, discretise_linear_sde, stationary_covariance

__all__ = [
    "DifferentialEquationError",
    "LinearTransition",
    "ProblemError",
    "discretise_linear_sde",
    "stationary_covariance",
]
