"""Figures of a solution."""

from typing import TYPE_CHECKING, Any

import numpy as np

from isocline_pinn.problem import Problem, Quantity
from isocline_pinn.solution import Solution

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Fixed gaps: laying out axes by their labels takes longer than drawing them.
_GAP = 0.48
_BLUE, _RED, _GREY = "#1f5fa8", "#c0392b", "#555555"


def draw_fields(problem: Problem, dataset: "xr.Dataset") -> "Figure":
    """Solution, reference and error of each output, as maps or, in one dimension, as curves."""
    plane = _plane(problem, dataset)
    if len(problem.order) == 1:
        return _draw_curves(problem, plane)
    import matplotlib.pyplot as plt

    compared = f"{problem.outputs[0].name}_reference" in plane
    columns = 3 if compared else 1
    rows = len(problem.outputs)
    figure, axes = plt.subplots(rows, columns, figsize=(5.0 * columns, 3.5 * rows), squeeze=False)
    figure.subplots_adjust(wspace=_GAP, hspace=_GAP)
    for row, quantity in zip(axes, problem.outputs, strict=True):
        found = plane[quantity.name]
        _draw_map(row[0], problem, found, quantity.label, "solution")
        if compared:
            exact = plane[f"{quantity.name}_reference"]
            _draw_map(row[1], problem, exact, quantity.label, "reference", like=found)
            label = f"error of {quantity.name}" + (
                "" if quantity.units == "1" else f" ({quantity.units})"
            )
            _draw_map(row[2], problem, found - exact, label, "solution − reference", signed=True)
    return figure


def draw_residual(problem: Problem, dataset: "xr.Dataset") -> "Figure":
    """What the equations leave, on a logarithmic scale."""
    import matplotlib.pyplot as plt
    from matplotlib.colors import LogNorm

    plane = _plane(problem, dataset)
    names = [str(name) for name in plane.data_vars if str(name).startswith("residual")]
    figure, axes = plt.subplots(1, len(names), figsize=(5.2 * len(names), 3.6), squeeze=False)
    figure.subplots_adjust(wspace=_GAP)
    for axis, name in zip(axes[0], names, strict=True):
        size = abs(plane[name])
        words = str(plane[name].attrs["long_name"])
        if len(problem.order) == 1:
            quantity = problem.coordinates[0]
            axis.semilogy(plane[quantity.name], size, color=_BLUE, lw=1.2)
            axis.set(xlabel=quantity.label, ylabel=f"|{words}|", title=words)
            continue
        largest = float(size.max()) or 1.0
        norm = LogNorm(vmin=largest * 1e-5, vmax=largest)
        _draw_map(axis, problem, size.clip(min=largest * 1e-5), f"|{words}|", words, norm=norm)
    return figure


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


def draw_convergence(solution: Solution) -> "Figure":
    """Loss, error and unknowns against time."""
    import matplotlib.pyplot as plt

    rows = solution.history
    local = solution.error_estimate is not None
    label = "estimated relative error" if local else "loss ½‖r‖²"
    marker = "o" if local else ""
    seconds = [row["seconds"] for row in rows]
    unknowns = [name for name in solution.unknowns if name in rows[-1]]
    columns = 1 + bool(unknowns)
    figure, axes = plt.subplots(1, columns, figsize=(6.2 * columns, 3.8), squeeze=False)
    axis = axes[0][0]
    axis.semilogy(
        seconds, [row["loss"] for row in rows], color=_GREY, lw=1.2, marker=marker, label=label
    )
    if "error" in rows[-1]:
        errors = [row["error"] for row in rows]
        axis.semilogy(seconds, errors, color=_RED, lw=1.8, label="relative L2 error")
    axis.set(xlabel="wall time (s)", ylabel="loss, relative error (1)", title="convergence")
    axis.grid(alpha=0.3)
    axis.legend(frameon=False)
    for index, name in enumerate(unknowns):
        colour = f"C{index}"
        axes[0][1].plot(seconds, [row[name] for row in rows], color=colour, label=name)
        truth = solution.unknowns[name].truth
        if truth is not None:
            axes[0][1].axhline(truth, color=colour, lw=0.8, ls="--")
    if unknowns:
        axes[0][1].set(
            xlabel="wall time (s)", ylabel="unknown constants", title="estimates (dashed: truth)"
        )
        axes[0][1].legend(frameon=False)
    return figure


def _draw_curves(problem: Problem, dataset: "xr.Dataset") -> "Figure":
    import matplotlib.pyplot as plt

    coordinate = problem.coordinates[0]
    figure, axis = plt.subplots(figsize=(6.8, 3.8))
    for index, quantity in enumerate(problem.outputs):
        axis.plot(
            dataset[coordinate.name],
            dataset[quantity.name],
            color=f"C{index}",
            label=quantity.label,
        )
        reference = f"{quantity.name}_reference"
        if reference in dataset:
            axis.plot(
                dataset[coordinate.name],
                dataset[reference],
                color="black",
                lw=1.0,
                ls=(0, (2, 2)),
                label="reference" if index == 0 else None,
            )
        for condition in problem.data.bcs:
            if getattr(condition, "component", None) == index and hasattr(condition, "points"):
                values = np.asarray(condition.values.detach().cpu()).reshape(-1)
                axis.plot(condition.points[:, 0], values, "o", ms=3, color=f"C{index}", alpha=0.5)
    axis.set(xlabel=coordinate.label, title="solution")
    if len(problem.outputs) == 1:
        axis.set_ylabel(problem.outputs[0].label)
    axis.legend(frameon=False, fontsize=8)
    return figure


def _draw_map(
    axis: "Axes",
    problem: Problem,
    values: "xr.DataArray",
    label: str,
    title: str,
    *,
    like: "xr.DataArray | None" = None,
    signed: bool = False,
    norm: Any = None,
) -> None:
    """One field over two coordinates: time runs to the right, or x does."""
    names = [str(name) for name in values.dims]
    across = "t" if "t" in names else names[-1]
    up = next(name for name in names if name != across)
    quantities: dict[str, Quantity] = {q.name: q for q in problem.coordinates}
    options: dict[str, Any] = {"cmap": "viridis"}
    if signed:
        largest = float(np.abs(values).max()) or 1.0
        options = {"cmap": "RdBu_r", "vmin": -largest, "vmax": largest}
    elif norm is not None:
        options = {"cmap": "magma", "norm": norm}
    else:
        scale = values if like is None else like
        options |= {"vmin": float(scale.min()), "vmax": float(scale.max())}
    mesh = axis.pcolormesh(
        values[across], values[up], values.transpose(up, across), shading="auto", **options
    )
    axis.set(xlabel=quantities[across].label, ylabel=quantities[up].label, title=title)
    if across != "t":
        axis.set_aspect("equal")
    axis.figure.colorbar(mesh, ax=axis, label=label)


def _plane(problem: Problem, dataset: "xr.Dataset") -> "xr.Dataset":
    """At most two dimensions: the middle of all others."""
    spare = problem.order[: max(len(problem.order) - 2, 0)]
    return dataset.isel({name: dataset.sizes[name] // 2 for name in spare})
