"""Whole networks that are differential equations."""

from isocline_de.models.hamiltonian import HamiltonianField
from isocline_de.models.neural_ode import NeuralODE, TanhField

__all__ = ["HamiltonianField", "NeuralODE", "TanhField"]
