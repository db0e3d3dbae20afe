"""What a run leaves in its folder: result, model, metrics, figures, report."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from isocline_pinn import figures
from isocline_pinn.grids import middle_grid
from isocline_pinn.headline import headline
from isocline_pinn.labels import is_pointwise
from isocline_pinn.saving import RECORD, solution_record, solution_tensors
from isocline_pinn.sections import sections
from isocline_pinn.solution import Solution, relative_l2
from isocline_run import Run
from isocline_run.json_file import write_json

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

_LAST = 1.2  # seconds of the budget that the report and the renames take
_MOST_RESIDUALS = 60_000  # points at which a run with a budget evaluates the equation
_MOST_POINTS = 20_000  # of the reference, to tell the error of each level


def write_results(solution: Solution, run: Run) -> None:
    """Write `result.nc`, the model, `metrics.json`, figures and `report.html`.

    Figures are drawn in order of weight; those for which the budget leaves no time are left out, and the
    report says so.

    Args:
        solution: Of the run.
        run: Its folder.
    """
    problem = solution.problem
    dataset, drawn = _datasets(solution)
    run.result(dataset)
    sizes = _residuals(solution, dataset)
    errors = _level_errors(solution)
    _write_numbers(solution, run, sizes)
    drawer = _Drawer(run)
    drawer.draw(
        "1-solution",
        "The solution, the reference where there is one, and their difference.",
        lambda: figures.draw_fields(problem, drawn),
    )
    if len(problem.order) == 2 and "t" in problem.order:
        drawer.draw(
            "2-profiles", "Profiles at five times.", lambda: figures.draw_profiles(problem, drawn)
        )
    if any(str(name).startswith("residual") for name in drawn.data_vars):
        drawer.draw(
            "3-residual",
            "What the solution leaves of the equations.",
            lambda: figures.draw_residual(problem, drawn),
        )
    if solution.history or errors:
        drawer.draw(
            "4-convergence",
            "Error against wall time." if solution.levels else "Loss and error against wall time.",
            lambda: figures.draw_convergence(solution, errors),
        )
    if solution.estimated_error is not None:
        drawer.draw(
            "5-error-estimate",
            "The estimated error.",
            lambda: figures.draw_estimate(problem, drawn),
        )
    blocks = hasattr(solution.net, "blocks")
    drawer.draw(
        "6-blocks" if blocks else "6-points",
        "The blocks of the local networks."
        if blocks
        else "Where equations and conditions were met.",
        lambda: figures.draw_places(solution, drawn),
    )
    if "t" in problem.order and len(problem.order) > 1:
        if drawer.has_time():
            figures.animate(problem, drawn, run.folder / "figures" / "animation.gif")
        else:
            drawer.left_out.append("7-animation")
    parts = sections(solution, sizes, errors, drawer.names, drawer.left_out)
    run.report(problem.title, parts, summary="\n\n".join([headline(solution), *solution.notes]))


class _Drawer:
    """Draws figures while the budget lasts."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.names: list[str] = []
        self.left_out: list[str] = []
        self._longest = 0.0

    def has_time(self) -> bool:
        """Whether one more figure, as slow as the slowest so far, fits before the report."""
        return self.run.budget.left > _LAST + self._longest

    def draw(self, name: str, caption: str, make: "Callable[[], Figure]") -> None:
        # The solution is what the run is for: it is always drawn.
        if self.names and not self.has_time():
            self.left_out.append(name)
            return
        started = time.monotonic()
        self.run.figure(name, make(), caption)
        self._longest = max(self._longest, time.monotonic() - started)
        self.names.append(name)


def _datasets(solution: Solution) -> "tuple[xr.Dataset, xr.Dataset]":
    """What is written, and what is drawn: the same but above three dimensions."""
    problem, reference = solution.problem, solution.reference
    if reference is not None:
        many = np.prod([reference.sizes[name] for name in problem.order]) > _MOST_RESIDUALS
        hurried = solution.settings.budget is not None
        dataset = solution.to_dataset(residual=not (many and hurried))
        return dataset, dataset
    if len(problem.order) <= 3:
        dataset = solution.to_dataset()
        return dataset, dataset
    points = np.asarray(problem.data.train_x, dtype=float)
    return solution.to_dataset(points=points), solution.to_dataset(middle_grid(problem))


def _residuals(solution: Solution, dataset: "xr.Dataset") -> dict[str, float]:
    """Root mean square of each residual over the dataset, or else at the problem's points."""
    if is_pointwise(solution.problem.data) and not any(
        str(name).startswith("residual") for name in dataset.data_vars
    ):
        dataset = solution.to_dataset(points=solution.problem.data.train_x)
    return {
        str(name): float(np.sqrt(np.nanmean(values.values**2)))
        for name, values in dataset.data_vars.items()
        if str(name).startswith("residual")
    }


def _level_errors(solution: Solution) -> list[float]:
    """Error of each level on the reference's grid, or on a sample of a large one."""
    reference = solution.reference
    if reference is None or not solution.levels:
        return []
    total = int(np.prod([reference.sizes[name] for name in solution.problem.order]))
    stride = max(1, total // _MOST_POINTS)
    return [relative_l2(solution.at_level(level), reference, stride) for level in solution.levels]


def _write_numbers(solution: Solution, run: Run, residuals: dict[str, float]) -> None:
    numbers: dict[str, Any] = {}
    if solution.reference is not None:
        numbers["relative_l2"] = solution.relative_l2()
    for name, estimate in solution.unknowns.items():
        numbers[name] = estimate.value
        numbers[f"{name}_standard_error"] = estimate.standard_error
    if solution.error_estimate is not None:
        numbers["estimated_relative_l2"] = solution.error_estimate
    numbers |= {f"{name}_rms": value for name, value in residuals.items()}
    if solution.history and not solution.levels:
        numbers["loss"] = solution.history[-1]["loss"]
    numbers["method"] = solution.method
    numbers["iterations"] = solution.iterations
    numbers["parameters"] = sum(p.numel() for p in solution.net.parameters())
    run.metrics(numbers)
    run.model(solution_tensors(solution), {"problem": solution.problem.name})
    write_json(run.folder / RECORD, solution_record(solution))
