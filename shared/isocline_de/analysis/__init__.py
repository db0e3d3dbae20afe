"""Tools that measure a method or a model: so far, its order of convergence."""

from isocline_de.analysis.convergence import Refinement, order_of_convergence, refine

__all__ = ["Refinement", "order_of_convergence", "refine"]
