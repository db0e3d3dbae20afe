"""DeepXDE on PyTorch, set once to what Isocline needs, without the lines it prints on import."""

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Literal

from isocline_run import UserError


def load_deepxde(dtype: Literal["float64", "float32"] = "float64") -> ModuleType:
    """Import DeepXDE with its PyTorch backend, reverse-mode derivatives and the given precision.

    Args:
        dtype: Of the arrays and networks that DeepXDE makes from now on.

    Returns:
        The module `deepxde`.

    Raises:
        UserError: DeepXDE was imported with another backend before.
    """
    os.environ.setdefault("DDE_BACKEND", "pytorch")
    known = "deepxde" in sys.modules
    # DeepXDE prints its backend and its precision; a user who asked for a solution wants neither.
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        import deepxde as dde
        import torch

        if not known and torch.cuda.is_available():
            # DeepXDE makes the first GPU the default of the whole process; the device is ours to choose.
            torch.set_default_device("cpu")
        dde.config.set_default_float(dtype)
    if dde.backend.backend_name != "pytorch":
        raise UserError(
            f"DeepXDE runs on its {dde.backend.backend_name} backend, Isocline needs pytorch; set "
            "DDE_BACKEND=pytorch before DeepXDE is imported"
        )
    if dde.config.autodiff != "reverse":
        with contextlib.redirect_stdout(io.StringIO()):
            dde.config.set_default_autodiff("reverse")
    return dde


@contextlib.contextmanager
def tolerating_deepxde() -> Iterator[None]:
    """Keep quiet about what DeepXDE itself does in ways that NumPy has deprecated.

    Its polygons take the cross product of plane vectors at each look for points inside.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "Arrays of 2-dimensional vectors are deprecated", DeprecationWarning
        )
        yield
