"""Names for the unknown constants of a script: those that the script itself calls them by."""

import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from torch import Tensor

_DEPTH = 12  # frames looked through, from the call of `train` outwards


def name_unknowns(
    unknowns: Sequence[Tensor], frame: types.FrameType | None, equation: Any = None
) -> dict[str, Tensor]:
    """The unknowns by name.

    Args:
        unknowns: Each a `dde.Variable`.
        frame: Where the script calls; its names and those of the frames around it are looked through,
            then those that the equation uses.
        equation: The script's equation.

    Returns:
        In the order given; `variable1`, … where no name is found.
    """
    found: dict[int, str] = {}
    for names in _places(frame, equation):
        for name, value in names.items():
            several = isinstance(value, list | tuple)
            for index, item in enumerate(value if several else [value]):
                # A name of its own is better than a place in a list.
                if isinstance(item, Tensor) and (
                    id(item) not in found or (not several and found[id(item)][-1] == "]")
                ):
                    found[id(item)] = f"{name}[{index}]" if several else name
    named: dict[str, Tensor] = {}
    for number, unknown in enumerate(unknowns, 1):
        name = found.get(id(unknown), f"variable{number}").replace("[", "_").replace("]", "")
        named[name if name not in named else f"{name}_{number}"] = unknown
    return named


def _places(frame: types.FrameType | None, equation: Any) -> Iterator[Mapping[str, Any]]:
    for _ in range(_DEPTH):
        if frame is None:
            break
        if not frame.f_globals.get("__name__", "").startswith(("isocline_", "deepxde")):
            yield dict(frame.f_locals)
            yield dict(frame.f_globals)
        frame = frame.f_back
    code, cells = getattr(equation, "__code__", None), getattr(equation, "__closure__", None)
    if code is not None and cells:
        yield {
            name: cell.cell_contents
            for name, cell in zip(code.co_freevars, cells, strict=True)
            if _filled(cell)
        }
    if code is not None:
        yield dict(getattr(equation, "__globals__", {}))


def _filled(cell: types.CellType) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:
        return False
    return True
