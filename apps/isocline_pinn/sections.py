"""The parts of a run's report: solution, constants, how it was done and how sure it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from isocline_pinn.solution import Solution
from isocline_run import Section

_HOW = {
    "local": "Local networks: fixed Legendre features in blocks, their weights by Gauss–Newton. Each "
    "level is a whole solution; its error is known from the next one, and the last level's from a "
    "correction at a higher degree.",
    "trained": "A network was trained by Levenberg–Marquardt on the residuals at every point, and by "
    "self-scaled Broyden where the equation is nonlinear in a plane or more; the points were redrawn where "
    "the residual is large, so that the loss rises a little at each redraw.",
    "whole": "One network of fixed polynomial features over the whole domain, its weights by least squares "
    "on the problem's own residuals. Each level, of a higher degree, is a whole solution; its error is known "
    "from the next one, and that of the problem's own quadrature or difference sum from another resolution.",
}


def sections(
    solution: Solution,
    residuals: Mapping[str, float],
    errors: Sequence[float],
    names: Sequence[str],
    left_out: Sequence[str] = (),
) -> list[Section]:
    """The sections of a report.

    Args:
        solution: Of the run.
        residuals: Root mean square of each residual.
        errors: Of each level against the reference, where there is one.
        names: Figures that were drawn.
        left_out: Figures for which there was no time.
    """
    found = [Section("Solution", text=_missing(left_out), figures=_beginning(names, "1", "2"))]
    if solution.unknowns:
        found.append(_constants(solution))
    found += [
        _how(solution, names),
        _how_sure(solution, residuals, names),
        _convergence(solution, errors, names),
        Section("Problem", table=_about(solution), header=["", ""]),
    ]
    return found


def _how(solution: Solution, names: Sequence[str]) -> Section:
    text = "\n\n".join([_HOW.get(solution.method, solution.method), *solution.notes])
    return Section("How it was solved", text=text, figures=_beginning(names, "6"))


def _how_sure(solution: Solution, residuals: Mapping[str, float], names: Sequence[str]) -> Section:
    rows: list[list[Any]] = [
        [f"{name.replace('_', ' ')}, root mean square", size] for name, size in residuals.items()
    ]
    if solution.error_estimate is not None:
        rows.insert(0, ["relative error, estimated", solution.error_estimate])
    if solution.reference is not None:
        rows.insert(0, ["relative L2 error against the reference", solution.relative_l2()])
        if solution.problem.reference_error is not None:
            rows.insert(1, ["error of the reference itself", solution.problem.reference_error])
    text = ""
    if solution.error_estimate is None:
        text = "Nothing could tell the error of this solution; only the residual is known."
    return Section(
        "How sure it is",
        text=text,
        table=rows,
        header=["", "value"],
        figures=_beginning(names, "3", "5"),
    )


def _convergence(solution: Solution, errors: Sequence[float], names: Sequence[str]) -> Section:
    rows = []
    for index, level in enumerate(solution.levels):
        row: list[Any] = [level.number, level.blocks, level.degree, level.unknowns]
        row += [round(level.seconds, 2), level.error_estimate]
        rows.append([*row, errors[index]] if errors else row)
    header = ["level", "blocks", "degree", "unknowns", "seconds", "error, estimated"]
    if errors:
        header.append("error against the reference")
    return Section(
        "Convergence",
        table=rows,
        header=header if rows else (),
        figures=_beginning(names, "4"),
    )


def _constants(solution: Solution) -> Section:
    rows = [
        [name, e.value, e.standard_error, "" if e.truth is None else e.truth]
        for name, e in solution.unknowns.items()
    ]
    return Section(
        "Unknown constants",
        text="Standard errors come from the curvature of the residuals at the solution.",
        table=rows,
        header=["constant", "estimate", "standard error", "true value"],
    )


def _about(solution: Solution) -> list[list[str]]:
    problem = solution.problem
    return [
        ["coordinates", ", ".join(q.label for q in problem.coordinates)],
        ["outputs", ", ".join(q.label for q in problem.outputs)],
        ["points", f"{len(problem.data.train_x)} of equations and conditions"],
        ["network", f"{sum(p.numel() for p in solution.net.parameters())} parameters"],
        ["source", problem.source or str(problem.path or "a data object")],
    ]


def _missing(left_out: Sequence[str]) -> str:
    if not left_out:
        return ""
    names = ", ".join(name.partition("-")[2].replace("-", " ") for name in left_out)
    return f"The budget left no time to draw: {names}."


def _beginning(names: Sequence[str], *digits: str) -> list[str]:
    return [name for name in sorted(names) if name.startswith(digits)]
