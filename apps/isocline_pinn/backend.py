"""DeepXDE on PyTorch, set once to what Isocline needs, without the lines it prints on import."""

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Literal

import numpy as np

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
    _accept_single_points(dde.geometry.Polygon)
    return dde


def _accept_single_points(polygon: type) -> None:
    """Let a polygon be asked about one point, shape (2,), as other shapes can be.

    Conditions call a shape's `on_boundary` point by point; DeepXDE's polygon fails there.
    """
    for name in ("inside", "on_boundary"):
        of_many = getattr(polygon, name)
        if hasattr(of_many, "of_many"):
            continue

        def of_any(self: Any, x: Any, of_many: Any = of_many) -> Any:
            points = np.asarray(x)
            return of_many(self, points) if points.ndim > 1 else of_many(self, points[None])[0]

        of_any.of_many = of_many  # type: ignore[attr-defined]
        setattr(polygon, name, of_any)


@contextlib.contextmanager
def tolerating_deepxde() -> Iterator[None]:
    """Keep quiet about what DeepXDE itself does in ways that NumPy has deprecated.

    Its polygons take the cross product of plane vectors at each look for points inside.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "Arrays of 2-dimensional vectors are deprecated", DeprecationWarning
        )
        warnings.filterwarnings("ignore", "The balance properties of Sobol' points", UserWarning)
        yield
