"""Maps of a field over two coordinates, and which maps show a field over more."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from isocline_pinn.problem import Problem, Quantity

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes

# Fixed gaps: laying out axes by their labels takes longer than drawing them.
GAP = 0.48
BLUE, RED, GREY = "#1f5fa8", "#c0392b", "#555555"
_TIMES = 4
_SMALL = 1e-3
_COARSE = 5000  # values; fewer are drawn smoothly between their points


@dataclass(frozen=True)
class Cut:
    """A plane through the domain.

    Attributes:
        at: Index along each dimension that is held, by name.
        words: Where it lies among the others, "t = 0.5"; empty for the only one.
        common: Where all of them lie, "z = 0"; empty where nothing else is held.
    """

    at: dict[str, int]
    words: str
    common: str = ""


def cuts(problem: Problem, dataset: "xr.Dataset") -> list[Cut]:
    """The planes that show a dataset of two dimensions and more.

    One for two dimensions; four times for two of space and time; the three middle planes of a space of
    three. Dimensions beyond those are held at their middle.
    """
    names = [str(name) for name in problem.order]
    space = [name for name in names if name != "t"]
    timed = "t" in names
    if len(names) <= 2:
        return [Cut({}, "")]
    if len(names) == 3 and not timed:
        middles = {name: _middle(dataset, name) for name in names}
        return [Cut({n: i}, where(problem, dataset, {n: i})) for n, i in middles.items()]
    if len(space) == 1:  # more than one time axis does not exist: one of space and t
        return [Cut({}, "")]
    middle = {name: _middle(dataset, name) for name in space[: len(space) - 2]}
    common = where(problem, dataset, middle)
    if not timed:
        return [Cut(middle, common, common)]
    steps = np.unique(np.linspace(0, dataset.sizes["t"] - 1, _TIMES).round().astype(int))
    return [
        Cut({"t": int(step), **middle}, where(problem, dataset, {"t": int(step)}), common)
        for step in steps
    ]


def draw_map(
    axis: "Axes",
    problem: Problem,
    values: "xr.DataArray",
    label: str,
    title: str,
    *,
    limits: tuple[float, float] | None = None,
    signed: bool = False,
    norm: Any = None,
    bar: bool = True,
) -> Any:
    """One field over two coordinates: time runs to the right, or x does.

    Args:
        axis: To draw on.
        problem: Names and units of the coordinates.
        values: Of two dimensions.
        label: Of the colour bar.
        title: Above the map.
        limits: Of the colours; the field's own when None.
        signed: Colours around zero.
        norm: A matplotlib norm for the colours, instead of limits.
        bar: Whether a colour bar is drawn.
    """
    names = [str(name) for name in values.dims]
    across = "t" if "t" in names else names[-1]
    up = next(name for name in names if name != across)
    quantities: dict[str, Quantity] = {q.name: q for q in problem.coordinates}
    options: dict[str, Any] = {"cmap": "viridis"}
    if signed:
        largest = max(map(abs, limits or extent(values))) or 1.0
        options = {"cmap": "RdBu_r", "vmin": -largest, "vmax": largest}
    elif norm is not None:
        options = {"cmap": "magma", "norm": norm}
    else:
        low, high = limits or extent(values)
        options |= {"vmin": low, "vmax": high}
    smooth = values.size <= _COARSE and bool(np.isfinite(values.values).all())
    mesh = axis.pcolormesh(
        values[across],
        values[up],
        values.transpose(up, across),
        shading="gouraud" if smooth else "nearest",
        rasterized=True,
        **options,
    )
    axis.set(xlabel=quantities[across].label, ylabel=quantities[up].label)
    axis.set_title(title, fontsize=10)
    if across != "t":
        axis.set_aspect("equal")
    if bar:
        axis.figure.colorbar(mesh, ax=axis, label=label, format=ticks(mesh))
    return mesh


def ticks(mesh: Any) -> str | None:
    """How a colour bar writes its numbers: small ones each with its power, which else meets the title."""
    low, high = mesh.get_clim()
    return "%.1e" if 0 < max(abs(low), abs(high)) < _SMALL else None


def extent(values: "xr.DataArray") -> tuple[float, float]:
    """Lowest and highest finite value."""
    finite = values.values[np.isfinite(values.values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def where(problem: Problem, dataset: "xr.Dataset", at: dict[str, int]) -> str:
    """Coordinates that are held, with their units: "t = 0.5 s, z = 0"."""
    units = {q.name: q.units for q in problem.coordinates}
    words = []
    for name, index in at.items():
        span = float(np.ptp(dataset[name].values)) or 1.0
        value = float(dataset[name][index])
        value = 0.0 if abs(value) < 1e-9 * span else value
        words.append(f"{name} = {value:.3g}" + ("" if units[name] == "1" else f" {units[name]}"))
    return ", ".join(words)


def _middle(dataset: "xr.Dataset", name: str) -> int:
    return dataset.sizes[name] // 2
