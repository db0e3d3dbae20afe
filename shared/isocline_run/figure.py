"""Saving a figure for screens and for print, the same bytes for the same picture."""

from pathlib import Path
from typing import TYPE_CHECKING

from isocline_run.errors import UserError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MANY = 2000  # cells or points
_MARGIN = 0.1  # inches around the drawing


def save_figure(folder: Path, name: str, figure: "Figure") -> Path:
    """Write a figure as PNG and SVG, and close it.

    In the SVG, fields and clouds of thousands of cells are pixels; axes, lines and text stay lines.

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
    _rasterise_fields(figure)
    try:
        # A fixed salt and no date: matplotlib would otherwise name the parts of an SVG at random.
        with mpl.rc_context({"svg.hashsalt": "isocline", "svg.fonttype": "path"}):
            # "tight" would lay out the figure once more for each format.
            figure.draw_without_rendering()
            box = figure.get_tightbbox().padded(_MARGIN)
            figure.savefig(folder / f"{name}.png", dpi=160, bbox_inches=box)
            figure.savefig(path, dpi=160, bbox_inches=box, metadata={"Date": None})
    finally:
        plt.close(figure)
    return path


def _rasterise_fields(figure: "Figure") -> None:
    """Draw large fields as one image: 25,600 cells as shapes take 4.6 MB and two seconds."""
    import numpy as np
    from matplotlib.collections import Collection

    for artist in figure.findobj(Collection):
        values = artist.get_array()
        cells = max(0 if values is None else values.size, len(np.asarray(artist.get_offsets())))
        if cells > _MANY:
            artist.set_rasterized(True)
