"""Where the work was done: the blocks of local networks, the points of a trained one."""

from typing import TYPE_CHECKING

import numpy as np

from isocline_pinn.figures.maps import BLUE, GREY, RED, draw_map, where
from isocline_pinn.problem import Problem
from isocline_pinn.solution import Solution

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_POINTS = 6000


def draw_places(solution: Solution, dataset: "xr.Dataset") -> "Figure":
    """Blocks over the solution, or the points at which equations and conditions were asked for.

    Above two dimensions two planes through the middle are shown; points are projected on them.

    Args:
        solution: Its network has `blocks`, or its problem's data the points.
        dataset: The solution on a grid.
    """
    import matplotlib.pyplot as plt

    problem = solution.problem
    blocks = getattr(solution.net, "blocks", None)
    if len(problem.order) == 1:
        return _draw_line(solution, dataset, blocks)
    planes = [problem.order[-2:]]
    if len(problem.order) > 2:
        planes.append((problem.order[-1], problem.order[0]))
    figure, axes = plt.subplots(1, len(planes), figsize=(5.6 * len(planes), 4.0), squeeze=False)
    figure.subplots_adjust(wspace=0.42)
    title = "points" if blocks is None else f"{len(blocks)} blocks"
    for axis, plane in zip(axes[0], planes, strict=True):
        held = [name for name in problem.order if name not in plane]
        at = {name: dataset.sizes[name] // 2 for name in held}
        middle = {name: float(dataset[name][index]) for name, index in at.items()}
        quantity = problem.outputs[0]
        words = ", ".join(filter(None, [title, where(problem, dataset, at)]))
        draw_map(axis, problem, dataset[quantity.name].isel(at), quantity.label, words)
        across, up = _axes(plane)
        if blocks is None:
            _scatter(axis, problem, across, up)
        else:
            _outline(axis, problem, blocks, (across, up), middle)
    return figure


def _axes(plane: tuple[str, ...]) -> tuple[str, str]:
    """Which of two coordinates runs to the right, as on a map: time, or the last one."""
    if "t" in plane:
        return "t", next(name for name in plane if name != "t")
    return plane[-1], plane[0]


def _outline(
    axis: "Axes",
    problem: Problem,
    blocks: np.ndarray,
    plane: tuple[str, str],
    held: dict[str, float],
) -> None:
    """The blocks that a plane cuts."""
    from matplotlib.collections import PolyCollection

    column = {q.name: j for j, q in enumerate(problem.coordinates)}
    kept = np.ones(len(blocks), dtype=bool)
    for name, value in held.items():
        low, high = blocks[:, 0, column[name]], blocks[:, 1, column[name]]
        kept &= (low <= value) & ((value < high) | (high >= high.max()))
    j, k = (column[name] for name in plane)
    low, high = blocks[kept, 0], blocks[kept, 1]
    corners = np.stack(
        [
            np.stack([low[:, j], low[:, k]], axis=1),
            np.stack([high[:, j], low[:, k]], axis=1),
            np.stack([high[:, j], high[:, k]], axis=1),
            np.stack([low[:, j], high[:, k]], axis=1),
        ],
        axis=1,
    )
    axis.add_collection(
        PolyCollection(list(corners), facecolors="none", edgecolors="white", linewidths=0.5)
    )


def _scatter(axis: "Axes", problem: Problem, across: str, up: str) -> None:
    column = {q.name: j for j, q in enumerate(problem.coordinates)}
    inside, edge = _points(problem)
    for points, colour, label in ((inside, "white", "equation"), (edge, RED, "conditions")):
        chosen = points[:: max(1, len(points) // _MOST_POINTS)]
        axis.plot(
            chosen[:, column[across]],
            chosen[:, column[up]],
            ".",
            ms=2,
            color=colour,
            label=label,
            clip_on=False,
        )
    axis.legend(
        loc="upper right",
        fontsize=8,
        markerscale=4,
        facecolor="#999999",
        framealpha=0.8,
        edgecolor="none",
    )


def _points(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Points of the equation, and of the conditions."""
    data = problem.data
    every = np.asarray(data.train_x, dtype=float)
    edge = np.asarray(data.train_x_bc, dtype=float) if data.bcs else every[:0]
    return every[len(edge) :], edge


def _draw_line(solution: Solution, dataset: "xr.Dataset", blocks: np.ndarray | None) -> "Figure":
    """The same in one dimension: edges of blocks as lines, points on the axis."""
    import matplotlib.pyplot as plt

    problem = solution.problem
    coordinate = problem.coordinates[0]
    figure, axis = plt.subplots(figsize=(6.8, 3.6))
    for index, quantity in enumerate(problem.outputs):
        found = dataset[quantity.name]
        axis.plot(found[coordinate.name], found, color=f"C{index}", lw=1.2, label=quantity.label)
    if blocks is None:
        inside, _ = _points(problem)
        low, _ = axis.get_ylim()
        axis.plot(inside[:, 0], np.full(len(inside), low), "|", color=BLUE, ms=8)
    else:
        for edge in np.unique(blocks[:, :, 0]):
            axis.axvline(edge, color=GREY, lw=0.5)
    title = "points" if blocks is None else f"{len(blocks)} blocks"
    axis.set(xlabel=coordinate.label, title=title)
    axis.legend(frameon=False, fontsize=8)
    return figure
