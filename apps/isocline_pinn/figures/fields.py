"""The solution beside its reference: curves in one dimension, maps in two, several planes in more."""

from typing import TYPE_CHECKING

import numpy as np

from isocline_pinn.figures.maps import GAP, Cut, cuts, draw_map, extent, ticks
from isocline_pinn.problem import Problem, Quantity

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_OUTPUTS = 3  # drawn where an output takes a row or two of maps


def draw_fields(problem: Problem, dataset: "xr.Dataset") -> "Figure":
    """Solution, reference and error of each output, as maps or, in one dimension, as curves."""
    if len(problem.order) == 1:
        return _draw_curves(problem, dataset)
    planes = cuts(problem, dataset)
    if len(planes) > 1:
        return _draw_planes(problem, dataset, planes)
    return _draw_plane(problem, dataset.isel(planes[0].at))


def draw_profiles(problem: Problem, dataset: "xr.Dataset") -> "Figure":
    """An output along the space of a problem in one dimension and time, at five times."""
    import matplotlib.pyplot as plt

    quantity, place = problem.outputs[0], problem.coordinates[0]
    unit = {q.name: q.units for q in problem.coordinates}["t"]
    figure, axis = plt.subplots(figsize=(6.2, 3.8))
    steps = np.linspace(0, dataset.sizes["t"] - 1, 5).round().astype(int)
    colours = plt.get_cmap("viridis")(np.linspace(0, 0.88, len(steps)))
    reference = f"{quantity.name}_reference"
    for step, colour in zip(steps, colours, strict=True):
        at = dataset.isel(t=int(step))
        time = f"t = {float(at['t']):.2g}" + ("" if unit == "1" else f" {unit}")
        axis.plot(at[place.name], at[quantity.name], color=colour, lw=1.8, label=time)
        if reference in dataset:
            axis.plot(at[place.name], at[reference], color="black", lw=0.9, ls=(0, (2, 2)))
    if reference in dataset:
        axis.plot([], [], color="black", lw=0.9, ls=(0, (2, 2)), label="reference")
    axis.set(xlabel=place.label, ylabel=quantity.label, title="profiles")
    axis.legend(frameon=False, fontsize=8)
    return figure


def _draw_plane(problem: Problem, plane: "xr.Dataset") -> "Figure":
    """A row an output: solution, reference and their difference."""
    import matplotlib.pyplot as plt

    compared = [_is_known(plane, q) for q in problem.outputs]
    columns = 3 if any(compared) else 1
    rows = len(problem.outputs)
    figure, axes = plt.subplots(rows, columns, figsize=(5.0 * columns, 3.5 * rows), squeeze=False)
    figure.subplots_adjust(wspace=GAP, hspace=GAP)
    for row, quantity, known in zip(axes, problem.outputs, compared, strict=True):
        found = plane[quantity.name]
        draw_map(row[0], problem, found, quantity.label, "solution")
        if known:
            exact = plane[f"{quantity.name}_reference"]
            draw_map(row[1], problem, exact, quantity.label, "reference", limits=extent(found))
            title = "solution − reference"
            draw_map(row[2], problem, found - exact, _error_label(quantity), title, signed=True)
        else:
            for axis in row[1:]:
                axis.set_axis_off()
    return figure


def _draw_planes(problem: Problem, dataset: "xr.Dataset", planes: list[Cut]) -> "Figure":
    """A column a plane; for each output a row of the solution and, if known, a row of its error."""
    import matplotlib.pyplot as plt

    rows: list[tuple[Quantity, bool]] = []
    for quantity in problem.outputs[:_MOST_OUTPUTS]:
        rows.append((quantity, False))
        if _is_known(dataset, quantity):
            rows.append((quantity, True))
    size = (3.3 * len(planes) + 1.2, 2.9 * len(rows))
    figure, axes = plt.subplots(len(rows), len(planes), figsize=size, squeeze=False)
    figure.subplots_adjust(wspace=0.38, hspace=0.42)
    for row, (quantity, compared) in zip(axes, rows, strict=True):
        values = dataset[quantity.name]
        if compared:
            values = values - dataset[f"{quantity.name}_reference"]
        shown = [values.isel(plane.at) for plane in planes]
        low = min(extent(v)[0] for v in shown)
        high = max(extent(v)[1] for v in shown)
        label = _error_label(quantity) if compared else quantity.label
        for axis, plane, on in zip(row, planes, shown, strict=True):
            mesh = draw_map(
                axis,
                problem,
                on,
                label,
                plane.words,
                limits=(low, high),
                signed=compared,
                bar=False,
            )
        figure.colorbar(
            mesh, ax=list(row), label=label, fraction=0.02, pad=0.015, format=ticks(mesh)
        )
    if planes[0].common:
        figure.suptitle(planes[0].common, y=0.95, fontsize=10)
    return figure


def _draw_curves(problem: Problem, dataset: "xr.Dataset") -> "Figure":
    import matplotlib.pyplot as plt

    coordinate = problem.coordinates[0]
    figure, axis = plt.subplots(figsize=(6.8, 3.8))
    place, labelled = dataset[coordinate.name], False
    for index, quantity in enumerate(problem.outputs):
        colour = f"C{index}"
        axis.plot(place, dataset[quantity.name], color=colour, label=quantity.label)
        reference = f"{quantity.name}_reference"
        if reference in dataset:
            label = None if labelled else "reference"
            labelled = True
            axis.plot(place, dataset[reference], color="black", lw=1.0, ls=(0, (2, 2)), label=label)
        _draw_observations(axis, problem, index)
    axis.set(xlabel=coordinate.label, title="solution")
    if len(problem.outputs) == 1:
        axis.set_ylabel(problem.outputs[0].label)
    axis.legend(frameon=False, fontsize=8)
    return figure


def _draw_observations(axis: "Axes", problem: Problem, index: int) -> None:
    for condition in problem.data.bcs or []:
        if getattr(condition, "component", None) == index and hasattr(condition, "points"):
            values = np.asarray(condition.values.detach().cpu()).reshape(-1)
            places = np.asarray(condition.points)[:, 0]
            axis.plot(places, values, "o", ms=3, color=f"C{index}", alpha=0.5)


def _is_known(dataset: "xr.Dataset", quantity: Quantity) -> bool:
    """Whether there is a reference of an output that holds a number."""
    name = f"{quantity.name}_reference"
    return name in dataset and bool(np.isfinite(dataset[name].values).any())


def _error_label(quantity: Quantity) -> str:
    return f"error of {quantity.name}" + ("" if quantity.units == "1" else f" ({quantity.units})")
