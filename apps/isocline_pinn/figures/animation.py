"""A solution that moves in time, as a GIF: the frame is drawn once, only the values change."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from isocline_pinn.figures.maps import cuts, draw_map, extent
from isocline_pinn.problem import Problem

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FRAMES = 40
_MILLISECONDS = 80
_DPI = 80


@dataclass(frozen=True)
class _Scene:
    """A figure, the parts that change, and what puts one time into them."""

    figure: "Figure"
    moving: "list[Artist]"
    show: Callable[[int], None]


def animate(problem: Problem, dataset: "xr.Dataset", path: Path) -> Path:
    """Write the first output over its domain as it changes in time.

    Args:
        problem: One of its coordinates is t, and at least one is not.
        dataset: The solution on a grid.
        path: Of the GIF.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    quantity = problem.outputs[0]
    spare = {} if len(problem.order) < 3 else dict(cuts(problem, dataset)[0].at)
    held = {name: index for name, index in spare.items() if name != "t"}
    names = [quantity.name, f"{quantity.name}_reference"]
    moving = dataset[[name for name in names if name in dataset]].isel(held)
    figure = Figure(figsize=(5.4, 3.8), dpi=_DPI)
    canvas = FigureCanvasAgg(figure)
    make = _curve if moving[quantity.name].ndim == 2 else _map
    scene = make(figure, problem, moving)
    for artist in scene.moving:
        artist.set_animated(True)
    canvas.draw()
    still = canvas.copy_from_bbox(figure.bbox)
    frames = []
    for step in np.unique(np.linspace(0, dataset.sizes["t"] - 1, FRAMES).round().astype(int)):
        canvas.restore_region(still)
        scene.show(int(step))
        for artist in scene.moving:
            figure.draw_artist(artist)
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())[:, :, :3].copy())
        frames.append(picture.quantize(128))
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=_MILLISECONDS, loop=0)
    return path


def _curve(figure: "Figure", problem: Problem, dataset: "xr.Dataset") -> _Scene:
    quantity = problem.outputs[0]
    place = next(q for q in problem.coordinates if q.name != "t" and q.name in dataset.dims)
    axis = figure.add_axes((0.15, 0.15, 0.8, 0.75))
    low, high = extent(dataset[quantity.name])
    gap = 0.05 * (high - low) or 1.0
    axis.set(xlabel=place.label, ylabel=quantity.label, ylim=(low - gap, high + gap))
    lines = {}
    for name in dataset.data_vars:
        exact = name != quantity.name
        style = {"color": "black", "lw": 0.9, "ls": (0, (2, 2))} if exact else {"lw": 1.8}
        label = "reference" if exact else "solution"
        (lines[name],) = axis.plot(
            dataset[place.name], dataset[name].isel(t=0), label=label, **style
        )
    if len(lines) > 1:
        axis.legend(frameon=False, fontsize=8, loc="upper right")
    title = axis.set_title("")

    def show(step: int) -> None:
        for name, line in lines.items():
            line.set_ydata(dataset[name].isel(t=step))
        title.set_text(_moment(problem, dataset, step))

    return _Scene(figure, [*lines.values(), title], show)


def _map(figure: "Figure", problem: Problem, dataset: "xr.Dataset") -> _Scene:
    quantity = problem.outputs[0]
    values = dataset[quantity.name].transpose("t", ...)
    axis: Axes = figure.add_axes((0.13, 0.14, 0.7, 0.76))
    mesh = draw_map(axis, problem, values[0], quantity.label, "", limits=extent(values))
    title = axis.title

    def show(step: int) -> None:
        mesh.set_array(values[step].values)
        title.set_text(_moment(problem, dataset, step))

    return _Scene(figure, [mesh, *axis.spines.values(), title], show)


def _moment(problem: Problem, dataset: "xr.Dataset", step: int) -> str:
    units = {q.name: q.units for q in problem.coordinates}["t"]
    return f"t = {float(dataset['t'][step]):.3f}" + ("" if units == "1" else f" {units}")
