"""The text of a script: a Python file as it is, a notebook's code cells one after the other."""

import ast
import json
from pathlib import Path
from types import CodeType

from isocline_pinn.script.older import storing_elements
from isocline_run import UserError


def compiled(path: Path) -> CodeType:
    """A script's code, ready to run.

    Args:
        path: A Python file, or a notebook (`.ipynb`), whose lines for the notebook itself (`%matplotlib`,
            `!pip`) are left out.

    Raises:
        UserError: The file is missing, or is no notebook.
        SyntaxError: It is no Python.
    """
    if not path.is_file():
        raise UserError(f"{path} is not there; give the path of a Python file that defines `data`")
    if path.suffix != ".ipynb":
        return _code(path.read_bytes(), path)
    try:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} is no notebook; save it again as .ipynb, or as .py") from error
    lines: list[str] = []
    for cell in cells:
        if cell.get("cell_type") == "code":
            source = cell.get("source", "")
            text = source if isinstance(source, str) else "".join(source)
            lines += ["" if _of_the_notebook(line) else line for line in text.splitlines()]
    return _code("\n".join(lines) + "\n", path)


def _code(text: bytes | str, path: Path) -> CodeType:
    return compile(storing_elements(ast.parse(text, str(path))), str(path), "exec")


def _of_the_notebook(line: str) -> bool:
    return line.lstrip().startswith(("%", "!", "?"))
