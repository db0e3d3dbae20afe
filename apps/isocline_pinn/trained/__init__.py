"""Trained networks: residuals of an unmodified problem, Levenberg–Marquardt and self-scaled Broyden."""

from isocline_pinn.trained.residuals import ResidualSystem, Term
from isocline_pinn.trained.training import train

__all__ = ["ResidualSystem", "Term", "train"]
