"""How sure the coefficients are."""

from isocline_sysid.uncertainty.bootstrap import draw_coefficients

__all__ = ["draw_coefficients"]
