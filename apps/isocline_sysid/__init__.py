"""Dynamical-system identification: equations with error bars from noisy trajectories."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isocline_sysid.api import discover, run_discover
    from isocline_sysid.config import SysidSettings
    from isocline_sysid.errors import IdentificationError
    from isocline_sysid.library import PolynomialLibrary
    from isocline_sysid.model import Model

__all__ = [
    "IdentificationError",
    "Model",
    "PolynomialLibrary",
    "SysidSettings",
    "discover",
    "run_discover",
]

# Loaded on first use (PEP 562): a command that only prints its help needs none of them.
_HOME = {
    "IdentificationError": "errors",
    "Model": "model",
    "PolynomialLibrary": "library",
    "SysidSettings": "config",
    "discover": "api",
    "run_discover": "api",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'isocline_sysid' has no attribute {name!r}")
    value = getattr(import_module(f"isocline_sysid.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
