"""The two ways in: a script by its path, and a model in a notebook."""

import contextlib
from pathlib import Path
from typing import Any

from isocline_pinn.config import PinnSettings
from isocline_pinn.problem_file import problem_from_names
from isocline_pinn.script.execution import run_script
from isocline_pinn.script.interception import intercept_model
from isocline_pinn.script.session import Session, Solve
from isocline_pinn.solution import Solution
from isocline_run import Run


def solve_script(path: Path, solve: Solve, settings: PinnSettings, run: Run) -> Solution:
    """Run a script; the solution of the last model that it trains.

    A file that trains no model and defines `data` is solved after its last line.

    Args:
        path: The script or notebook.
        solve: Solves one problem.
        settings: Of the run.
        run: Its folder takes the figures that the script shows.

    Returns:
        The solution, which has the notes of the script.

    Raises:
        UserError: There is nothing to solve, or it cannot be solved.
        BrokenScriptError: The script broke after a model was solved.
    """
    session = Session(solve, settings, run, path)
    names = run_script(path, session, run.folder / "figures")
    if session.solution is not None:
        return session.solution
    return solve(problem_from_names(names, path), settings, run)


def train_model(
    model: Any, solve: Solve, settings: PinnSettings, run: Run, **of_training: Any
) -> Solution:
    """Solve the problem of a model, and let the model answer with the solution.

    Args:
        model: A `dde.Model`; compiled here where it is not.
        solve: Solves one problem.
        settings: Of the run.
        run: A run that keeps nothing.
        of_training: `callbacks` and `verbose` of `dde.Model.train`.

    Returns:
        The solution.
    """
    if model.outputs is None:
        model.compile("adam", lr=1e-3, verbose=0)
    session = Session(solve, settings, run)
    with contextlib.ExitStack() as stack:
        intercept_model(stack, session.train, session.measured, session.say)
        session.train(model, **{"verbose": 0, **of_training})
    assert session.solution is not None
    return session.solution
