"""Which family solves a problem: local networks where they fit, a trained network elsewhere."""

from typing import TYPE_CHECKING

import torch

from isocline_pinn.config import PinnSettings
from isocline_pinn.local import solve_locally, why_not
from isocline_pinn.local.errors import LocalNetworkError
from isocline_pinn.local.network import Checked, LocalNetwork
from isocline_pinn.problem import Problem
from isocline_pinn.solution import Estimate, Level, Solution
from isocline_run import Run, UserError

if TYPE_CHECKING:
    from isocline_pinn.local import LocalResult
    from isocline_pinn.local.result import LevelRecord

GOOD = 1e-2
"""An estimated relative error above this is not taken for a solution by `auto`."""


def solve_with_local_networks(
    problem: Problem, settings: PinnSettings, run: Run, *, reserve: float
) -> Solution | None:
    """The solution by local networks.

    Args:
        problem: Unmodified.
        settings: Its `method` is "local" or "auto".
        run: Its budget ends the refinement.
        reserve: Seconds to keep back for what follows.

    Returns:
        None when `method` is "auto" and local networks do not fit the problem, fail, or end with an
        estimated error above 1e-2: a trained network is next.

    Raises:
        UserError: `method` is "local", and they do not fit or fail; the sentence says why.
    """
    insists = settings.method == "local"
    reason = why_not(problem.data)
    found: LocalResult | None = None
    if reason is None:
        try:
            found = _levels(problem, settings, run, reserve)
        except LocalNetworkError as error:
            reason = str(error)
    if found is None:
        if insists:
            raise UserError(
                f"local networks do not solve {problem.name}: {reason}; try --method trained"
            )
        run.log(method="trained", why=reason)
        return None
    if not insists and (found.error_estimate is None or found.error_estimate > GOOD):
        run.log(
            method="trained",
            why=f"local networks ended with an estimated error of {found.error_estimate}",
        )
        return None
    return _solution(problem, settings, found)


def _levels(problem: Problem, settings: PinnSettings, run: Run, reserve: float) -> "LocalResult":
    net = problem.net
    budget = run.budget.reserving(reserve).left if settings.budget is not None else None
    with run.progress(description="local networks") as progress:

        def show(level: "LevelRecord") -> None:
            numbers = {} if level.difference is None else {"change": level.difference}
            progress.update(level.number, **numbers)
            run.log(
                level=level.number,
                degree=level.degree,
                blocks=level.blocks,
                unknowns=level.unknowns,
                **numbers,
            )

        return solve_locally(
            problem.data,
            unknowns=tuple(problem.unknowns.values()),
            budget=budget,
            tolerance=settings.tolerance,
            seed=settings.seed,
            progress=show,
            output_transform=getattr(net, "_output_transform", None),
            feature_transform=getattr(net, "_input_transform", None),
        )


def _solution(problem: Problem, settings: PinnSettings, found: "LocalResult") -> Solution:
    estimates = {}
    for (name, tensor), constant in zip(problem.unknowns.items(), found.constants, strict=True):
        with torch.no_grad():
            tensor.fill_(constant.value)
        estimates[name] = Estimate(constant.value, constant.deviation, problem.truth.get(name))
    network = LocalNetwork(found.pieces, found.transform)
    checked = None
    if found.checked is not None:
        checked = Checked(network, LocalNetwork(found.checked, found.transform))
    # A level's difference from the next is its own error, known one level later.
    later = [level.difference for level in found.levels[1:]] + [found.error_estimate]
    levels = tuple(
        Level(
            number=level.number,
            degree=level.degree,
            blocks=level.blocks,
            unknowns=level.unknowns,
            seconds=level.elapsed,
            error_estimate=error,
            net=LocalNetwork(level.pieces, found.transform),
        )
        for level, error in zip(found.levels, later, strict=True)
    )
    history = tuple(
        {"iteration": float(level.number), "seconds": level.seconds, "loss": level.error_estimate}
        for level in levels
        if level.error_estimate is not None
    )
    return Solution(
        problem,
        network,
        settings,
        history=history,
        unknowns=estimates,
        iterations=len(levels),
        error_estimate=found.error_estimate,
        method="local",
        estimated_error=checked,
        levels=levels,
    )
