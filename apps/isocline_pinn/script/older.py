"""What older versions of NumPy and matplotlib allowed, for scripts that were written with them.

A script that runs with the versions of its day runs here: names that were dropped are lent for its length,
and an array of one number may still be stored as an element.
"""

import ast
import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

_STORE = "_element_of_isocline"
_NUMPY: dict[str, Any] = {
    "float_": np.float64,
    "complex_": np.complex128,
    "float": float,
    "int": int,
    "object": object,
    "bool8": np.bool_,
    "Inf": np.inf,
    "infty": np.inf,
    "Infinity": np.inf,
    "NaN": np.nan,
    "product": np.prod,
    "cumproduct": np.cumprod,
    "alltrue": np.all,
    "sometrue": np.any,
    "row_stack": np.vstack,
    "trapz": np.trapezoid,
    "in1d": np.isin,
}


@contextlib.contextmanager
def lending_older_names() -> Iterator[None]:
    """Names that NumPy and matplotlib have dropped, where they are missing."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    wanted = [(np, name, value) for name, value in _NUMPY.items()]
    wanted.append((mpl.cm, "get_cmap", plt.get_cmap))
    # `hasattr` would ask NumPy for the name, and some are still there with a warning.
    lent = [(place, name) for place, name, _ in wanted if name not in vars(place)]
    for place, name, value in wanted:
        if (place, name) in lent:
            setattr(place, name, value)
    try:
        yield
    finally:
        for place, name in lent:
            delattr(place, name)


def storing_elements(tree: ast.Module) -> ast.Module:
    """The same code, in which `a[i] = b` takes an array b of one number for an element, as NumPy did."""
    return ast.fix_missing_locations(_Storing().visit(tree))


def names_for_storing() -> dict[str, Any]:
    """What the code of `storing_elements` calls."""
    return {_STORE: _element}


def _element(container: Any, value: Any) -> Any:
    numbers = isinstance(container, np.ndarray) and container.dtype != object
    single = isinstance(value, np.ndarray) and value.size == 1
    return value.reshape(()) if numbers and single else value


class _Storing(ast.NodeTransformer):
    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        target = node.targets[0]
        if len(node.targets) == 1 and isinstance(target, ast.Subscript) and _plain(target.value):
            container = ast.parse(ast.unparse(target.value), mode="eval").body
            name = ast.Name(_STORE, ast.Load())
            call = ast.Call(name, [container, node.value], [])
            node.value = ast.copy_location(call, node.value)
        return node


def _plain(node: ast.expr) -> bool:
    """Whether a name with indices and attributes: asking for it twice does nothing."""
    calls = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr)
    return not any(isinstance(part, calls) for part in ast.walk(node))
