"""Saving a figure for screens and for print, the same bytes for the same picture."""

from pathlib import Path
from typing import TYPE_CHECKING

from isocline_run.errors import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def save_figure(folder: Path, name: str, figure: "Figure") -> Path:
    """Write a figure as PNG and SVG, and close it.

    Args:
        folder: Made if it is not there.
        name: Of the files, without an ending.
        figure: A matplotlib figure.

    Returns:
        The SVG file.

    Raises:
        UserError: The name is no file name.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    if not name or name.startswith(".") or Path(name).name != name:
        raise UserError(f"{name!r} cannot name a figure; use letters, digits, - and _")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.svg"
    try:
        # A fixed salt and no date: matplotlib would otherwise name the parts of an SVG at random.
        with mpl.rc_context({"svg.hashsalt": "isocline", "svg.fonttype": "path"}):
            figure.savefig(folder / f"{name}.png", dpi=160, bbox_inches="tight")
            figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    finally:
        plt.close(figure)
    return path
