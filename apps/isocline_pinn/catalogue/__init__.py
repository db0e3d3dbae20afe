"""The catalogue: one problem a file, each reading like its equation.

A module here is a problem: its name is the module's, its title the first line of the module's docstring,
and its function `problem()` makes it.
"""

import ast
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from isocline_run import UserError

if TYPE_CHECKING:
    from isocline_pinn.problem import Problem


def names() -> list[str]:
    """Names of the problems."""
    return sorted(p.stem for p in Path(__file__).parent.glob("*.py") if not p.stem.startswith("_"))


def titles() -> dict[str, str]:
    """The title of each problem, read without importing it (and so without importing PyTorch)."""
    folder = Path(__file__).parent
    found = {}
    for name in names():
        tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
        found[name] = (ast.get_docstring(tree) or name).splitlines()[0].removesuffix(".")
    return found


def load_problem(name: str, *, dtype: Literal["float64", "float32"] = "float64") -> "Problem":
    """A problem of the catalogue, made anew at each call.

    Args:
        name: One of `names()`.
        dtype: Precision in which its arrays are made.

    Raises:
        UserError: There is none of that name.
    """
    from isocline_pinn.backend import load_deepxde, tolerating_deepxde

    if name not in names():
        raise UserError(
            f"there is no problem {name!r} in the catalogue; it has {', '.join(names())}"
        )
    load_deepxde(dtype)
    module = import_module(f"{__name__}.{name}")
    with tolerating_deepxde():
        made: Problem = module.problem()
    return made
