"""Running a command line: bad input ends with sentences and code 2, Ctrl-C with code 130."""

import contextlib
import sys
import warnings
from collections.abc import Iterator, Sequence
from typing import NoReturn

import typer

from isocline_run.errors import Interrupted, UserError


def run_command_line(app: typer.Typer, arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a typer application and leave the process with its exit code.

    What the user can put right (`UserError`, `DataError`, `DifferentialEquationError`, settings that
    pydantic refuses) is printed on standard error, a sentence a line, and the code is 2. Ctrl-C
    gives code 130 and, where there is one, the sentence that says how to resume. Anything else
    is a fault of ours and keeps its traceback.

    Args:
        app: The application.
        arguments: Its arguments; those of the process when None.
    """
    # Typer's own pretty traceback prints every local variable, whole arrays among them.
    app.pretty_exceptions_enable = False
    try:
        with _plain_warnings():
            app(arguments)
    except SystemExit as ended:
        # Typer turns KeyboardInterrupt into an exit with 130 and forgets its message.
        interrupted = _interruption(ended)
        if interrupted is not None:
            _say(str(interrupted))
            raise SystemExit(130) from None
        raise
    except KeyboardInterrupt as interrupted:
        _say(str(interrupted) or "interrupted")
        raise SystemExit(130) from None
    except Exception as error:
        sentences = _sentences(error)
        if sentences is None:
            raise
        for sentence in sentences:
            _say(sentence)
        raise SystemExit(2) from None
    raise SystemExit(0)


@contextlib.contextmanager
def _plain_warnings() -> Iterator[None]:
    """Our own warnings as a sentence, without the line of code that gave them."""
    before = warnings.formatwarning

    def format_warning(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        line: str | None = None,
    ) -> str:
        if category.__module__.startswith("isocline_"):
            return f"warning: {message}\n"
        return before(message, category, filename, lineno, line)

    warnings.formatwarning = format_warning
    try:
        yield
    finally:
        warnings.formatwarning = before


def _sentences(error: Exception) -> list[str] | None:
    """What to print for an error the user can put right; None for one that is ours."""
    if isinstance(error, UserError):
        return [str(error)]
    # Each package is looked for only where it was imported: an error before that is not its own,
    # and a sentence should not wait for PyTorch.
    if "isocline_data" in sys.modules:
        from isocline_data import DataError

        if isinstance(error, DataError):
            return [str(error)]
    if "pydantic" in sys.modules:
        from pydantic import ValidationError

        from isocline_run.settings import settings_sentences

        if isinstance(error, ValidationError):
            return settings_sentences(error)
    if "isocline_de.errors" in sys.modules:
        from isocline_de.errors import DifferentialEquationError

        if isinstance(error, DifferentialEquationError):
            return [str(error)]
    return None


def _interruption(ended: BaseException) -> Interrupted | None:
    """The interruption behind an exit, if that is what it came from."""
    error: BaseException | None = ended
    while error is not None:
        if isinstance(error, Interrupted):
            return error
        error = error.__cause__ or error.__context__
    return None


def _say(sentence: str) -> None:
    print(" ".join(sentence.split()), file=sys.stderr)
