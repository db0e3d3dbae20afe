"""Figures of a solution: fields, residual and estimated error, blocks or points, convergence, animation."""

from isocline_pinn.figures.animation import animate
from isocline_pinn.figures.convergence import draw_convergence
from isocline_pinn.figures.fields import draw_fields, draw_profiles
from isocline_pinn.figures.places import draw_places
from isocline_pinn.figures.sizes import draw_estimate, draw_residual

__all__ = [
    "animate",
    "draw_convergence",
    "draw_estimate",
    "draw_fields",
    "draw_places",
    "draw_profiles",
    "draw_residual",
]
