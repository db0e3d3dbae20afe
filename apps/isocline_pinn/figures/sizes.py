"""How large residual and estimated error are, on a logarithmic scale."""

from typing import TYPE_CHECKING

import numpy as np

from isocline_pinn.figures.maps import BLUE, GAP, GREY, cuts, draw_map
from isocline_pinn.problem import Problem

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST = 4  # fields shown
_DECADES = 1e-5  # below the largest value, where a map ends


def draw_residual(problem: Problem, dataset: "xr.Dataset") -> "Figure":
    """What the equations leave."""
    names = [str(name) for name in dataset.data_vars if str(name).startswith("residual")]
    return _draw(problem, dataset, names, {})


def draw_estimate(problem: Problem, dataset: "xr.Dataset") -> "Figure":
    """The estimated error of each output and, in one dimension, the true one where it is known."""
    names = [f"{q.name}_error_estimate" for q in problem.outputs]
    true = {
        f"{q.name}_error_estimate": abs(dataset[q.name] - dataset[f"{q.name}_reference"])
        for q in problem.outputs
        if f"{q.name}_reference" in dataset
    }
    return _draw(problem, dataset, [name for name in names if name in dataset], true)


def _draw(
    problem: Problem, dataset: "xr.Dataset", names: list[str], true: "dict[str, xr.DataArray]"
) -> "Figure":
    import matplotlib.pyplot as plt

    shown = names[:_MOST]
    if len(problem.order) == 1:
        figure, axes = plt.subplots(1, len(shown), figsize=(5.2 * len(shown), 3.6), squeeze=False)
        figure.subplots_adjust(wspace=GAP)
        for axis, name in zip(axes[0], shown, strict=True):
            _draw_curve(axis, problem, dataset[name], true.get(name))
        return figure
    planes = cuts(problem, dataset)
    if len(planes) == 1:
        figure, axes = plt.subplots(1, len(shown), figsize=(5.2 * len(shown), 3.6), squeeze=False)
        grid = [[axis] for axis in axes[0]]
    else:
        size = (3.3 * len(planes) + 1.2, 2.9 * len(shown))
        figure, axes = plt.subplots(len(shown), len(planes), figsize=size, squeeze=False)
        grid = [list(row) for row in axes]
    figure.subplots_adjust(wspace=GAP, hspace=0.42)
    for row, name in zip(grid, shown, strict=True):
        _draw_row(row, problem, dataset[name], [(plane.at, plane.words) for plane in planes])
    return figure


def _draw_row(
    row: "list[Axes]",
    problem: Problem,
    values: "xr.DataArray",
    planes: list[tuple[dict[str, int], str]],
) -> None:
    """One field on its planes, with one scale."""
    from matplotlib.colors import LogNorm

    sizes = [abs(values.isel(at)) for at, _ in planes]
    largest = max((float(size.max()) for size in sizes), default=0.0)
    largest = largest if np.isfinite(largest) and largest > 0 else 1.0
    words, units = str(values.attrs["long_name"]), values.attrs.get("units", "1")
    label = "size" if units == "1" else f"size ({units})"
    for axis, size, (_, place) in zip(row, sizes, planes, strict=True):
        norm = LogNorm(vmin=largest * _DECADES, vmax=largest)
        shown = size.clip(min=largest * _DECADES)
        mesh = draw_map(axis, problem, shown, label, place or words, norm=norm, bar=False)
    single = len(row) == 1
    row[0].figure.colorbar(
        mesh,
        ax=row,
        label=label if single else f"{words}, {label}",
        fraction=0.05 if single else 0.02,
        pad=0.03 if single else 0.015,
    )


def _draw_curve(
    axis: "Axes", problem: Problem, values: "xr.DataArray", true: "xr.DataArray | None"
) -> None:
    quantity = problem.coordinates[0]
    words, units = str(values.attrs["long_name"]), values.attrs.get("units", "1")
    if true is not None:
        axis.semilogy(
            true[quantity.name], true, color=GREY, lw=1.0, ls=(0, (3, 2)), label="true error"
        )
    axis.semilogy(values[quantity.name], abs(values), color=BLUE, lw=1.2, label=words)
    axis.set(
        xlabel=quantity.label, ylabel="size" if units == "1" else f"size ({units})", title=words
    )
    if true is not None:
        axis.legend(frameon=False, fontsize=8)
