"""PDE solving with physics-informed networks: DeepXDE problems in, labelled solutions out.

Example:
    >>> import isocline_pinn  # doctest: +SKIP
    >>> solution = isocline_pinn.solve("burgers", budget="60s")  # doctest: +SKIP
    >>> solution.relative_l2()  # doctest: +SKIP
    1.8e-15
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING

# DeepXDE reads it when it is imported, and would otherwise ask for TensorFlow.
os.environ.setdefault("DDE_BACKEND", "pytorch")

if TYPE_CHECKING:
    from isocline_pinn.api import solve, train
    from isocline_pinn.backend import load_deepxde
    from isocline_pinn.config import PinnSettings
    from isocline_pinn.observations import read_observations
    from isocline_pinn.problem import Problem, Quantity, open_problem
    from isocline_pinn.saving import load_solution
    from isocline_pinn.solution import Estimate, Level, Solution

__all__ = [
    "Estimate",
    "Level",
    "PinnSettings",
    "Problem",
    "Quantity",
    "Solution",
    "load_deepxde",
    "load_solution",
    "open_problem",
    "read_observations",
    "solve",
    "train",
]

# Loaded on first use (PEP 562): PyTorch and DeepXDE take seconds to import.
_HOME = {
    "Estimate": "solution",
    "Level": "solution",
    "PinnSettings": "config",
    "Problem": "problem",
    "Quantity": "problem",
    "Solution": "solution",
    "load_deepxde": "backend",
    "load_solution": "saving",
    "open_problem": "problem",
    "read_observations": "observations",
    "solve": "api",
    "train": "api",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'isocline_pinn' has no attribute {name!r}")
    value = getattr(import_module(f"isocline_pinn.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
