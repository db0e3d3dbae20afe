"""Which family solves a problem, tried in the order of what they reach in a given time.

1. Local networks, where the equation is pointwise on a domain that can be cut into blocks.
2. One network of fixed features over the whole domain: integrals, fractional derivatives, clouds of
   points, and whatever made local networks refuse.
3. A trained network, which needs least of a problem, where these fail or end with an estimated error that
   is no solution. It takes the time that is left; the better of the two by their residuals at points that
   neither has seen is kept.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from isocline_pinn.config import PinnSettings
from isocline_pinn.held_out import compare_residuals
from isocline_pinn.local import solve_locally, why_not
from isocline_pinn.local.errors import LocalNetworkError
from isocline_pinn.local.network import Checked, LocalNetwork
from isocline_pinn.local.solution import Pieces
from isocline_pinn.problem import Problem
from isocline_pinn.solution import Estimate, Level, Solution
from isocline_pinn.trust.after import health
from isocline_pinn.whole import WholeNetworkError, solve_whole
from isocline_run import Run, UserError

if TYPE_CHECKING:
    from isocline_pinn.local import LocalResult
    from isocline_pinn.local.result import LevelRecord
    from isocline_pinn.local.run_state import Within
    from isocline_pinn.whole import WholeLevel, WholeResult

GOOD = 1e-2
"""An estimated relative error above this is not taken for a solution by `auto`."""
_MET = 0.05  # a share below it counts as met
_LEAST = 3.0  # seconds that a training must have to be worth a start
_SMOOTH = 4  # most dimensions in which one network over the whole domain is tried beside local ones

Trainer = Callable[[], Solution]


def choose(
    problem: Problem, settings: PinnSettings, run: Run, *, reserve: float, train: Trainer
) -> Solution:
    """The solution by the family that fits.

    Args:
        problem: Unmodified.
        settings: Its `method` is "auto", or the family that is insisted on.
        run: Its budget ends the refinement.
        reserve: Seconds to keep back for what follows.
        train: Trains a network for the time that is left.

    Returns:
        The solution, its notes saying which family it was and why.

    Raises:
        UserError: The family that `method` names does not fit or fails; the sentence says why.
    """
    if settings.method == "trained":
        return train()
    tried: list[str] = []
    best: Solution | None = None
    for family in _families(problem, settings):
        if best is not None or (tried and _left(settings, run, reserve) < _LEAST):
            break
        reason = why_not(problem.data) if family == "local" else None
        if reason is None:
            try:
                best = _FAMILIES[family](problem, settings, run, reserve)
            except (LocalNetworkError, WholeNetworkError) as error:
                reason = str(error)
        if reason is not None:
            tried.append(f"{_WORDS[family]} do not serve: {reason.rstrip('.')}.")
            run.log(family=family, refused=reason)
    if settings.method != "auto":
        if best is None:
            raise UserError(_insisted(problem, settings.method, tried))
        return best
    if best is not None and _accepted(best):
        return replace(best, notes=(*tried, *best.notes))
    return _hand_over(problem, settings, run, reserve, tried, best, train)


def _families(problem: Problem, settings: PinnSettings) -> tuple[str, ...]:
    if settings.method != "auto":
        return (settings.method,)
    return ("local", "whole") if len(problem.coordinates) <= _SMOOTH else ("local",)


def _accepted(solution: Solution) -> bool:
    return solution.error_estimate is not None and solution.error_estimate <= GOOD


def _left(settings: PinnSettings, run: Run, reserve: float) -> float:
    return float("inf") if settings.budget is None else run.budget.reserving(reserve).left


def _hand_over(
    problem: Problem,
    settings: PinnSettings,
    run: Run,
    reserve: float,
    tried: list[str],
    found: Solution | None,
    train: Trainer,
) -> Solution:
    if found is None:
        run.log(method="trained", why=tried)
        trained = train()
        return replace(trained, notes=(*tried, "So a network was trained.", *trained.notes))
    size = found.error_estimate
    judged = "without an estimate" if size is None else f"with an estimated error of {size:.1e}"
    ended = f"{_WORDS[found.method]} ended {judged}, which is not taken for a solution"
    left = _left(settings, run, reserve)
    if left < _LEAST:
        note = f"{ended}; no time was left to train a network, so give a larger budget."
        return replace(found, notes=(*tried, *found.notes, note))
    run.log(method="trained", why=ended)
    before = {name: float(tensor.detach()) for name, tensor in problem.unknowns.items()}
    trained = train()
    ratio = compare_residuals(problem, trained, found)
    if ratio <= 1.0 and _worst(problem, trained) <= max(_worst(problem, found), _MET):
        note = (
            f"{ended}, so a network was trained for the time left; its residuals at new points are "
            f"{1 / max(ratio, 1e-12):.1f} times smaller, and it is the one kept."
        )
        return replace(trained, notes=(*tried, note, *trained.notes))
    with torch.no_grad():
        for name, tensor in problem.unknowns.items():
            tensor.fill_(before[name])
    why = (
        f"has residuals at new points {ratio:.1f} times as large"
        if ratio > 1.0
        else "leaves more of an equation or a condition"
    )
    note = (
        f"{ended}; a network trained for the time left {why}, so the former is kept: do not trust it beyond "
        "its estimate."
    )
    return replace(found, notes=(*tried, *found.notes, note))


def _worst(problem: Problem, solution: Solution) -> float:
    """The largest share of its own terms that an equation or a condition leaves, 0 where none can tell.

    A network that is nearly constant leaves next to nothing of most equations: what it leaves of the
    initial state gives it away.
    """
    if problem.unknowns:
        return 0.0
    return max((h.relative for h in health(solution)), default=0.0)


def _insisted(problem: Problem, method: str, tried: list[str]) -> str:
    reason = tried[0].partition(": ")[2].rstrip(".") if tried else "no time was left"
    return f"{_WORDS[method].lower()} do not solve {problem.name}: {reason}; try --method trained"


def _by_local_networks(
    problem: Problem, settings: PinnSettings, run: Run, reserve: float
) -> Solution:
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
            if level.pieces.time_axis is not None:
                arrays = level.pieces.arrays().items()
                run.checkpoint(
                    {name: torch.from_numpy(np.array(a)) for name, a in arrays},
                    {"family": "local"},
                )

        def proceed(level: "Within") -> None:
            numbers = {"time axis done": level.share}
            if level.error is not None:
                numbers["estimated error"] = level.error
            if level.seconds_left is not None:
                numbers["seconds left"] = level.seconds_left
            progress.update(level.number, **numbers)

        found = solve_locally(
            problem.data,
            unknowns=tuple(problem.unknowns.values()),
            budget=None if settings.budget is None else _left(settings, run, reserve),
            tolerance=settings.tolerance,
            seed=settings.seed,
            progress=show,
            output_transform=getattr(problem.net, "_output_transform", None),
            feature_transform=getattr(problem.net, "_input_transform", None),
            within=proceed,
            start=_finished_level(run),
        )
    return _from_local(problem, settings, found)


def _finished_level(run: Run) -> Pieces | None:
    """The last level of a march that the resumed run had finished; None for a new run."""
    last = run.last_checkpoint()
    if last is None or last[1].get("family") != "local":
        return None
    return Pieces.from_arrays({name: tensor.numpy() for name, tensor in last[0].items()})


def _by_whole_network(
    problem: Problem, settings: PinnSettings, run: Run, reserve: float
) -> Solution:
    with run.progress(description="one network over the domain") as progress:

        def show(level: "WholeLevel") -> None:
            numbers = {} if level.difference is None else {"change": level.difference}
            progress.update(level.number, **numbers)
            run.log(level=level.number, degree=level.degree, unknowns=level.unknowns, **numbers)

        found = solve_whole(
            problem,
            budget=None if settings.budget is None else _left(settings, run, reserve),
            tolerance=settings.tolerance,
            seed=settings.seed,
            progress=show,
        )
    return _from_whole(problem, settings, found)


_FAMILIES = {"local": _by_local_networks, "whole": _by_whole_network}
_WORDS = {"local": "Local networks", "whole": "Fixed features over the whole domain"}


def _from_local(problem: Problem, settings: PinnSettings, found: "LocalResult") -> Solution:
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
    constants = [(c.value, c.deviation) for c in found.constants]
    return Solution(
        problem,
        network,
        settings,
        history=_history(levels),
        unknowns=_estimates(problem, constants),
        iterations=len(levels),
        error_estimate=found.error_estimate,
        method="local",
        estimated_error=checked,
        levels=levels,
    )


def _from_whole(problem: Problem, settings: PinnSettings, found: "WholeResult") -> Solution:
    later = [level.difference for level in found.levels[1:]] + [found.error_estimate]
    levels = tuple(
        Level(
            number=level.number,
            degree=level.degree,
            blocks=1,
            unknowns=level.unknowns,
            seconds=level.elapsed,
            error_estimate=error,
            net=level.network,
        )
        for level, error in zip(found.levels, later, strict=True)
    )
    constants = [(c.value, c.deviation) for c in found.constants]
    return Solution(
        problem,
        found.network,
        settings,
        history=_history(levels),
        unknowns=_estimates(problem, constants),
        iterations=len(levels),
        error_estimate=found.error_estimate,
        method="whole",
        notes=found.notes,
        estimated_error=None if found.checked is None else Checked(found.network, found.checked),
        levels=levels,
    )


def _history(levels: tuple[Level, ...]) -> tuple[dict[str, float], ...]:
    return tuple(
        {"iteration": float(level.number), "seconds": level.seconds, "loss": level.error_estimate}
        for level in levels
        if level.error_estimate is not None
    )


def _estimates(problem: Problem, constants: list[tuple[float, float]]) -> dict[str, Estimate]:
    """The constants found, left in the problem too, whose equations use them."""
    found = {}
    pairs = zip(problem.unknowns.items(), constants, strict=True)
    for (name, tensor), (value, deviation) in pairs:
        with torch.no_grad():
            tensor.fill_(value)
        found[name] = Estimate(value, deviation, problem.truth.get(name))
    return found
