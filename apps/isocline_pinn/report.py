"""What a run leaves in its folder: result, model, metrics, figures, report."""

from typing import Any

import numpy as np

from isocline_pinn import figures
from isocline_pinn.headline import headline
from isocline_pinn.saving import RECORD, solution_record, solution_tensors
from isocline_pinn.solution import Solution
from isocline_run import Run, Section
from isocline_run.json_file import write_json


def write_results(solution: Solution, run: Run) -> None:
    """Write `result.nc`, `model.safetensors`, `metrics.json`, figures and `report.html`.

    Args:
        solution: Of the run.
        run: Its folder.
    """
    problem = solution.problem
    if len(problem.order) > 3:
        _write_numbers(solution, run, {})
        return
    dataset = solution.to_dataset()
    run.result(dataset)
    residuals = [str(name) for name in dataset.data_vars if str(name).startswith("residual")]
    sizes = {name: float(np.sqrt(np.nanmean(dataset[name].values ** 2))) for name in residuals}
    _write_numbers(solution, run, sizes)
    names = {"1-solution": "The solution, the reference where there is one, and their difference."}
    run.figure("1-solution", figures.draw_fields(problem, dataset), names["1-solution"])
    if len(problem.order) == 2 and "t" in problem.order:
        names["2-profiles"] = "Profiles at five times."
        run.figure("2-profiles", figures.draw_profiles(problem, dataset), names["2-profiles"])
    if residuals:
        names["3-residual"] = "What the solution leaves of the equations."
        run.figure("3-residual", figures.draw_residual(problem, dataset), names["3-residual"])
    names["4-convergence"] = "Loss and error against wall time."
    run.figure("4-convergence", figures.draw_convergence(solution), names["4-convergence"])
    run.report(
        problem.title,
        _sections(solution, sizes, list(names)),
        summary="\n\n".join([headline(solution), *solution.notes]),
    )


def _write_numbers(solution: Solution, run: Run, residuals: dict[str, float]) -> None:
    numbers: dict[str, Any] = {}
    if solution.reference is not None:
        numbers["relative_l2"] = solution.relative_l2()
    for name, estimate in solution.unknowns.items():
        numbers[name] = estimate.value
        numbers[f"{name}_standard_error"] = estimate.standard_error
    numbers |= {f"{name}_rms": value for name, value in residuals.items()}
    if solution.error_estimate is not None:
        numbers["estimated_relative_l2"] = solution.error_estimate
    if solution.history:
        numbers["loss"] = solution.history[-1]["loss"]
    numbers["iterations"] = solution.iterations
    numbers["parameters"] = sum(p.numel() for p in solution.net.parameters())
    run.metrics(numbers)
    run.model(solution_tensors(solution), {"problem": solution.problem.name})
    write_json(run.folder / RECORD, solution_record(solution))


def _sections(solution: Solution, residuals: dict[str, float], names: list[str]) -> list[Section]:
    problem = solution.problem
    about = [
        ["coordinates", ", ".join(q.label for q in problem.coordinates)],
        ["outputs", ", ".join(q.label for q in problem.outputs)],
        ["points", f"{len(problem.data.train_x)} of equations and conditions"],
        ["network", f"{sum(p.numel() for p in solution.net.parameters())} parameters"],
        ["source", problem.source or str(problem.path or "a data object")],
    ]
    sections = [
        Section("Solution", figures=[n for n in names if n < "3"]),
        Section("Problem", table=about, header=["", ""]),
    ]
    if solution.unknowns:
        rows = [
            [name, e.value, e.standard_error, "" if e.truth is None else e.truth]
            for name, e in solution.unknowns.items()
        ]
        sections.insert(
            1,
            Section(
                "Unknown constants",
                text="Standard errors come from the curvature of the residuals at the solution.",
                table=rows,
                header=["constant", "estimate", "standard error", "true value"],
            ),
        )
    sections.append(
        Section(
            "How well the equations are met",
            table=[[name, value] for name, value in residuals.items()],
            header=["residual", "root mean square"],
            figures=[n for n in names if n.startswith("3")],
        )
    )
    text = (
        "A network was trained by Levenberg–Marquardt on the residuals at every point; the points were "
        "redrawn where the residual is large, so that the loss rises a little at each redraw."
    )
    if solution.error_estimate is not None:
        text = (
            "Local networks: fixed Legendre features in blocks, their weights by Gauss–Newton. Each level is "
            "a whole solution; its error is known from the next one, and the last level's from a correction "
            "at a higher degree."
        )
    sections.append(
        Section("Convergence", text=text, figures=[n for n in names if n.startswith("4")])
    )
    return sections
