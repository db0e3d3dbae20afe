"""The data layer: files in, checked and labelled `xarray` datasets out, and back.

`open_dataset` → `describe` → `normalise`, `split` → `windows` / `sporadic` → PyTorch, and back
to a file with `to_netcdf`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from isocline_data.errors import DataError, DataWarning
from isocline_data.lock import FILE_LOCK

if TYPE_CHECKING:
    from isocline_data import catalogue
    from isocline_data.description import describe, format_description
    from isocline_data.irregular import Sporadic, sporadic
    from isocline_data.names import require_variables
    from isocline_data.normalisation import Normalised, normalise
    from isocline_data.open import open_dataset
    from isocline_data.regions import select_box
    from isocline_data.splitting import Split, split
    from isocline_data.times import check_time_axis, find_time
    from isocline_data.windowing import windows
    from isocline_data.write import to_netcdf

__all__ = [
    "FILE_LOCK",
    "DataError",
    "DataWarning",
    "Normalised",
    "Split",
    "Sporadic",
    "catalogue",
    "check_time_axis",
    "describe",
    "find_time",
    "format_description",
    "normalise",
    "open_dataset",
    "require_variables",
    "select_box",
    "split",
    "sporadic",
    "to_netcdf",
    "windows",
]

# Loaded on first use (PEP 562): xarray and torch take seconds to import, and a command that only
# prints its help needs neither.  No module is named like a function listed here, since importing
# such a module would put it in the function's place.
_HOME = {
    "Normalised": "normalisation",
    "Split": "splitting",
    "Sporadic": "irregular",
    "check_time_axis": "times",
    "describe": "description",
    "find_time": "times",
    "format_description": "description",
    "normalise": "normalisation",
    "open_dataset": "open",
    "require_variables": "names",
    "select_box": "regions",
    "split": "splitting",
    "sporadic": "irregular",
    "to_netcdf": "write",
    "windows": "windowing",
}


def __getattr__(name: str) -> object:
    if name == "catalogue":
        return import_module("isocline_data.catalogue")
    if name not in _HOME:
        raise AttributeError(f"module 'isocline_data' has no attribute {name!r}")
    value = getattr(import_module(f"isocline_data.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
