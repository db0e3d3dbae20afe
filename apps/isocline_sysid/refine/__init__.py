"""Coefficients and trajectories fitted together, at a support that is known."""

from isocline_sysid.refine.dynamics import Dynamics
from isocline_sysid.refine.errors_in_variables import FLOOR, Nodes, Refined, refine
from isocline_sysid.refine.nodes import FINE_STEP, STEP, place_nodes

__all__ = ["FINE_STEP", "FLOOR", "STEP", "Dynamics", "Nodes", "Refined", "place_nodes", "refine"]
