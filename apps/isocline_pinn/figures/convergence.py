"""Error and unknowns against time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from isocline_pinn.figures.maps import GREY, RED
from isocline_pinn.solution import Solution

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def draw_convergence(solution: Solution, errors: Sequence[float] = ()) -> "Figure":
    """Estimate and error by level, or loss and error by step, against time; unknowns beside them.

    Args:
        solution: With its history.
        errors: Error of each level against the reference, where there is one.
    """
    import matplotlib.pyplot as plt

    rows = solution.history
    unknowns = [name for name in solution.unknowns if rows and name in rows[-1]]
    columns = 1 + bool(unknowns)
    figure, axes = plt.subplots(1, columns, figsize=(6.2 * columns, 3.8), squeeze=False)
    axis = axes[0][0]
    if solution.levels:
        _draw_levels(axis, solution, errors)
    else:
        _draw_steps(axis, solution)
    if solution.problem.target is not None:
        axis.axhline(solution.problem.target, color=GREY, lw=0.8, ls=":", label="target")
    axis.set(xlabel="wall time (s)", title="convergence")
    axis.grid(alpha=0.3)
    axis.legend(frameon=False, fontsize=8)
    for index, name in enumerate(unknowns):
        colour = f"C{index}"
        seconds = [row["seconds"] for row in rows]
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


def _draw_levels(axis: "Axes", solution: Solution, errors: Sequence[float]) -> None:
    seconds = [level.seconds for level in solution.levels]
    estimated = [
        (level.seconds, level.error_estimate)
        for level in solution.levels
        if level.error_estimate is not None
    ]
    if errors:
        axis.plot(
            seconds,
            errors,
            color=RED,
            lw=1.8,
            marker="o",
            ms=4,
            label="error against the reference",
        )
    axis.plot(
        [second for second, _ in estimated],
        [error for _, error in estimated],
        color=GREY,
        lw=1.2,
        ls="--",
        marker="s",
        ms=4,
        label="estimated error",
    )
    ends = {0, len(estimated) - 1} if estimated else set()
    for index in sorted(ends):
        level, (second, error) = solution.levels[index], estimated[index]
        axis.annotate(
            f"{level.blocks} × degree {level.degree}",
            (second, error),
            xytext=(6, -3) if index == 0 else (-9, -6),
            ha="left" if index == 0 else "right",
            textcoords="offset points",
            fontsize=7,
            color=GREY,
        )
    axis.set_yscale("log")
    axis.set_ylabel("relative L2 error (1)")
    axis.set_xlim(0, 1.05 * max(seconds))


def _draw_steps(axis: "Axes", solution: Solution) -> None:
    rows = solution.history
    seconds = [row["seconds"] for row in rows]
    axis.semilogy(seconds, [row["loss"] for row in rows], color=GREY, lw=1.2, label="loss ½‖r‖²")
    if rows and "error" in rows[-1]:
        errors = [row["error"] for row in rows]
        axis.semilogy(seconds, errors, color=RED, lw=1.8, label="relative L2 error")
    if solution.error_estimate is not None:
        last = seconds[-1] if seconds else 0.0
        axis.semilogy([last], [solution.error_estimate], "s", color=GREY, label="estimated error")
    axis.set_ylabel("loss, relative error (1)")
