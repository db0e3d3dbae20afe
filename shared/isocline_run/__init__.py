"""What surrounds a run: settings, seed, device, budget, progress, checkpoints, folder, report."""

from importlib import import_module
from typing import TYPE_CHECKING

from isocline_run.budget import Budget, process_started
from isocline_run.duration import format_duration, parse_duration
from isocline_run.errors import Interrupted, UserError

if TYPE_CHECKING:
    from isocline_run.command_line import run_command_line
    from isocline_run.device import choose_device, choose_dtype
    from isocline_run.progress import Progress
    from isocline_run.report import Section
    from isocline_run.run import Run, open_run
    from isocline_run.seed import seed_everything
    from isocline_run.settings import Settings, settings_sentences
    from isocline_run.sources import OpenedSource, open_source

__all__ = [
    "Budget",
    "Interrupted",
    "OpenedSource",
    "Progress",
    "Run",
    "Section",
    "Settings",
    "UserError",
    "choose_device",
    "choose_dtype",
    "format_duration",
    "open_run",
    "open_source",
    "parse_duration",
    "process_started",
    "run_command_line",
    "seed_everything",
    "settings_sentences",
]

# Loaded on first use (PEP 562): PyTorch and pydantic take a while to import, and a command that
# only prints its help needs neither.
_HOME = {
    "OpenedSource": "sources",
    "Progress": "progress",
    "Run": "run",
    "Section": "report",
    "Settings": "settings",
    "choose_device": "device",
    "choose_dtype": "device",
    "open_run": "run",
    "open_source": "sources",
    "run_command_line": "command_line",
    "seed_everything": "seed",
    "settings_sentences": "settings",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'isocline_run' has no attribute {name!r}")
    value = getattr(import_module(f"isocline_run.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
