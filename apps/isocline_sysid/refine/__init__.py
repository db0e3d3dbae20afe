"""Coefficients and trajectories fitted together, at a support that is known."""

from isocline_sysid.refine.dynamics import Dynamics
from isocline_sysid.refine.errors_in_variables import Nodes, Refined, refine
from isocline_sysid.refine.nodes import place_nodes

__all__ = ["Dynamics", "Nodes", "Refined", "place_nodes", "refine"]
