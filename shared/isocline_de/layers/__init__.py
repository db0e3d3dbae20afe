"""Network components that are differential equations, for regular and irregular series alike.

Each takes ``u`` (batch, time, channel), the time ``dt`` (batch, time) that passed before each input, and a
``mask`` that is False where an input was not observed.
"""

from isocline_de.layers.closed_form import ClosedFormCell, ClosedFormNetwork
from isocline_de.layers.diagonal_state_space import DiagonalStateSpace
from isocline_de.layers.oscillatory import OscillatoryStateSpace

__all__ = ["ClosedFormCell", "ClosedFormNetwork", "DiagonalStateSpace", "OscillatoryStateSpace"]
