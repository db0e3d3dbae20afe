"""Candidate terms of the right-hand side."""

from isocline_sysid.library.polynomial import PolynomialLibrary

__all__ = ["PolynomialLibrary"]
