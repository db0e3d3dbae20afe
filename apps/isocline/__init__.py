"""The `isocline` command: it composes the applications and owns nothing else."""

from importlib.metadata import version

__version__ = version("isocline")
__all__ = ["__version__"]
