"""A script run from its first to its last line, with the engine behind `dde.Model.train`."""

import contextlib
import sys
import types
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from isocline_pinn.problem_file import beside, sentence_about
from isocline_pinn.script.figures import keeping_figures
from isocline_pinn.script.interception import intercepting
from isocline_pinn.script.older import lending_older_names, names_for_storing
from isocline_pinn.script.session import Session
from isocline_pinn.script.source import compiled
from isocline_pinn.script.tensorflow_names import plain_functions
from isocline_pinn.solution import Solution
from isocline_run import UserError


class BrokenScriptError(UserError):
    """A script broke after a model was solved.

    Attributes:
        solution: The last model's.
    """

    def __init__(self, sentence: str, solution: Solution) -> None:
        super().__init__(sentence)
        self.solution = solution

    def kept_in(self, out: str | Path | None) -> "BrokenScriptError":
        """The same, with the folder in which the solution is."""
        if out is None:
            return self
        return BrokenScriptError(
            f"{self}; the solution found before is in {out}",
            replace(self.solution, folder=Path(out)),
        )


def run_script(path: Path, session: Session, figures: Path) -> dict[str, Any]:
    """Run a script as `python SCRIPT.py` would, in the working folder, but for its trainings.

    Args:
        path: The script or notebook.
        session: Takes the place of the trainings, and holds the solutions afterwards.
        figures: Folder for the figures that the script shows.

    Returns:
        The script's names at its end.

    Raises:
        UserError: The script broke before a model was solved.
        BrokenScriptError: It broke afterwards.
    """
    main = types.ModuleType("__main__")
    main.__file__ = str(path)
    # Scripts define `sin` and its like for each backend but PyTorch, and then use them.
    main.__dict__.update(plain_functions() | names_for_storing())
    try:
        code = compiled(path)
        with (
            beside(path),
            _as_main(main, path),
            lending_older_names(),
            keeping_figures(figures),
            intercepting(session.train, session.measured, session.say, path),
        ):
            # The user's own script, run because the user asked for it.
            exec(code, main.__dict__)
    except SystemExit as ended:
        if ended.code not in (None, 0) and not session.solved:
            raise UserError(
                f"{path} ended by itself ({ended.code}) before a model was trained"
            ) from ended
    except UserError as error:
        if session.solution is None:
            raise
        raise BrokenScriptError(str(error), session.solution) from error
    except Exception as error:
        sentence = sentence_about(error, path)
        if session.solution is None:
            raise UserError(sentence) from error
        raise BrokenScriptError(sentence, session.solution) from error
    return main.__dict__


@contextlib.contextmanager
def _as_main(main: types.ModuleType, path: Path) -> Iterator[None]:
    """The script is `__main__`, and has no arguments."""
    before, arguments = sys.modules["__main__"], sys.argv
    sys.modules["__main__"], sys.argv = main, [str(path)]
    try:
        yield
    finally:
        sys.modules["__main__"], sys.argv = before, arguments
