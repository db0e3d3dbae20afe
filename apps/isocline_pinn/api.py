"""`solve`: the function that a notebook and the command line call."""

import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from isocline_pinn.backend import load_deepxde, tolerating_deepxde
from isocline_pinn.config import PinnSettings
from isocline_pinn.examine import examine
from isocline_pinn.inverse import standard_errors
from isocline_pinn.network import affordable_network
from isocline_pinn.observations import add_conditions, read_observations
from isocline_pinn.problem import Problem, open_problem
from isocline_pinn.solution import Estimate, Solution, relative_l2
from isocline_pinn.trained.residuals import ResidualSystem
from isocline_pinn.trained.sampling import can_redraw, fixed_points, redraw, thinned
from isocline_pinn.trained.training import number_inside
from isocline_pinn.trained.training import train as train_network
from isocline_run import Run, choose_device, open_run

if TYPE_CHECKING:
    import xarray as xr

_ENDING = 4.5  # seconds kept for figures and report, as long as they take on one 2020s core
_SCORING = 0.2
_POINTS_A_PARAMETER = 4  # inside, at most, where the method is ours to choose


def solve(
    problem: "str | Path | Problem | Any",
    net: torch.nn.Module | None = None,
    *,
    observations: "str | Path | xr.Dataset | None" = None,
    settings: PinnSettings | None = None,
    out: str | Path | None = None,
    force: bool = False,
    resume: bool = False,
    data_dir: str | Path | None = None,
    budget_started: float | None = None,
    **changes: Any,
) -> Solution:
    """Solve a differential equation with a physics-informed network.

    Args:
        problem: A name of the catalogue; a path of a DeepXDE script, which is run from its first to its last
            line with this in the place of its trainings, or of a file that only defines `data`; a
            `Problem`; or a `dde.data` object.
        net: The network; the problem's own, or one that is made, when None.
        observations: Measurements of the outputs that the solution must also meet; see
            `read_observations`.
        settings: Of the run; the defaults when None.
        out: Run folder; nothing is written when None.
        force: Replace the run in `out`.
        resume: Go on with an unfinished run in `out`.
        data_dir: Folder searched first for files of the catalogue of data.
        budget_started: When the clock of the budget started; now when None.
        changes: Settings by name, such as `budget="90s"` or `seed=1`.

    Returns:
        The solution.

    Raises:
        UserError: The problem, the observations or the folder cannot be used.
        DataError: The file of observations cannot be read.
        Interrupted: Ctrl-C; the run can be resumed where `out` was given.

    Example:
        >>> solution = solve("heat", budget="20s")
        >>> solution.relative_l2() < 1e-9
        True
    """
    settings = (settings or PinnSettings()).changed(**changes)
    started = time.monotonic() if budget_started is None else budget_started
    with (
        open_run(
            out,
            application="pinn",
            settings=settings,
            force=force,
            resume=resume,
            sources=_files(problem, observations),
            budget_started=started,
        ) as run,
        torch.device(choose_device(settings.device)),
        tolerating_deepxde(),
    ):
        load_deepxde(settings.dtype)
        finish = partial(
            _solve_opened,
            net=net,
            observations=observations,
            data_dir=data_dir,
            writing=out is not None,
        )
        broken = None
        if isinstance(problem, str | Path) and is_script(problem):
            # Imports DeepXDE, which only `load_deepxde` does without a word.
            from isocline_pinn.script import BrokenScriptError, solve_script

            try:
                solution = solve_script(Path(problem), finish, settings, run)
            except BrokenScriptError as error:
                solution, broken = error.solution, error
        else:
            solution = finish(open_problem(problem, dtype=settings.dtype), settings, run)
        if out is not None:
            from isocline_pinn.report import write_results

            write_results(solution, run)
    if broken is not None:
        raise broken.kept_in(out)
    return replace(solution, folder=None if out is None else Path(out))


def train(model: Any, *, settings: PinnSettings | None = None, **changes: Any) -> Solution:
    """Solve the problem of a `dde.Model` in the place of its training.

    Args:
        model: Compiled. Afterwards its `predict` and its histories are those of the solution, and its unknown
            constants (`external_trainable_variables`) have the values found.
        settings: Of the run; the defaults when None.
        changes: Settings by name, such as `budget="90s"`; `callbacks`, `iterations` and `verbose` as of
            `dde.Model.train`.

    Returns:
        The solution.

    Raises:
        UserError: The problem cannot be solved.

    Example:
        >>> model = dde.Model(data, net)  # doctest: +SKIP
        >>> model.compile("adam", lr=1e-3)  # doctest: +SKIP
        >>> solution = isocline_pinn.train(model, budget="30s")  # doctest: +SKIP
    """
    of_training = {k: changes.pop(k) for k in ("callbacks", "verbose") if k in changes}
    settings = (settings or PinnSettings()).changed(**changes)
    with (
        open_run(None, application="pinn", settings=settings) as run,
        torch.device(choose_device(settings.device)),
        tolerating_deepxde(),
    ):
        load_deepxde(settings.dtype)
        from isocline_pinn.script import train_model

        return train_model(model, _solve_opened, settings, run, **of_training)


def is_script(problem: str | Path) -> bool:
    """Whether this names a file, not a problem of the catalogue."""
    return Path(problem).suffix in (".py", ".ipynb") or Path(problem).is_file()


def _solve_opened(
    problem: Problem,
    settings: PinnSettings,
    run: Run,
    *,
    net: torch.nn.Module | None = None,
    observations: "str | Path | xr.Dataset | None" = None,
    data_dir: str | Path | None = None,
    writing: bool = False,
) -> Solution:
    if observations is not None:
        conditions = read_observations(observations, problem, data_dir=data_dir)
        add_conditions(problem.data, conditions)
    # Imports DeepXDE, which only `load_deepxde` does without a word.
    from isocline_pinn.trust import look_after, look_before

    noticed = look_before(problem)
    starts = [float(t.detach()) for t in problem.unknowns.values() if t.numel() == 1]
    solution = _solve(problem, net, settings, run, writing=writing)
    noticed += look_after(solution, starts)
    return replace(solution, notes=(*solution.notes, *noticed))


def _solve(
    problem: Problem,
    net: torch.nn.Module | None,
    settings: PinnSettings,
    run: Run,
    *,
    writing: bool,
) -> Solution:
    reserve = (_ENDING if writing else 0.0) + _SCORING
    if net is not None:
        return _train(problem, net, settings, run, reserve)
    # Imports DeepXDE, which only `load_deepxde` does without a word.
    from isocline_pinn.choose import choose

    return choose(
        problem,
        settings,
        run,
        reserve=reserve,
        train=lambda: _train(problem, None, settings, run, reserve),
    )


def _train(
    problem: Problem,
    net: torch.nn.Module | None,
    settings: PinnSettings,
    run: Run,
    reserve: float,
) -> Solution:
    network = net or affordable_network(problem, settings)
    network.to(device=choose_device(settings.device), dtype=getattr(torch, settings.dtype))
    system = ResidualSystem(problem.data, network, tuple(problem.unknowns.values()))
    examine(problem, system)
    number, data = number_inside(settings, system), problem.data
    if can_redraw(data):
        fixed = fixed_points(data)
        kept = fixed
        if settings.method == "auto" and settings.points is None:
            most = _POINTS_A_PARAMETER * sum(p.numel() for p in network.parameters())
            number, kept = min(number, most), thinned(data, fixed, most, settings.seed)
        if number != data.num_domain or len(kept) < len(fixed):
            # The file's points suit another method; conditions keep theirs where they are not too many.
            redraw(system, number, fixed=kept, seed=(settings.seed, 0))
    unfinished = Solution(problem, network, settings)
    state = train_network(system, settings, run, lambda: _score(unfinished), reserve=reserve)
    return replace(
        unfinished,
        history=state.history,
        unknowns=_estimates(problem, system),
        iterations=state.iteration,
    )


def _score(solution: Solution) -> Mapping[str, float]:
    """The error against the reference, where there is one, and the unknowns as they are."""
    scores = {}
    if solution.reference is not None:
        scores["error"] = relative_l2(solution, solution.reference)
    for name, value in solution.problem.unknowns.items():
        if value.numel() == 1:
            scores[name] = float(value.detach())
    return scores


def _estimates(problem: Problem, system: ResidualSystem) -> dict[str, Estimate]:
    if not problem.unknowns:
        return {}
    errors = iter(standard_errors(system).tolist())
    found = {}
    for name, tensor in problem.unknowns.items():
        for index, value in enumerate(tensor.detach().reshape(-1).tolist()):
            label = name if tensor.numel() == 1 else f"{name}{index + 1}"
            found[label] = Estimate(value, next(errors), problem.truth.get(label))
    return found


def _files(problem: Any, observations: Any) -> list[Path]:
    """The files a run reads, whose hashes are recorded."""
    given = [Path(source) for source in (problem, observations) if isinstance(source, str | Path)]
    return [path for path in given if path.is_file()]
