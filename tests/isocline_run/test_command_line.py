import subprocess
import sys
from pathlib import Path

import pytest
import typer

from isocline_run import Interrupted, Settings, UserError, run_command_line

app = typer.Typer()


@app.command()
def work(kind: str) -> None:
    """Raise what is asked for."""
    if kind == "user":
        raise UserError("the value 3 is odd;\n give an even one")
    if kind == "data":
        from isocline_data import DataError

        raise DataError("no such file")
    if kind == "settings":
        Settings(seed=-1, threads=0)
    if kind == "interrupted":
        raise Interrupted(Path("runs/x"))
    if kind == "ctrl-c":
        raise KeyboardInterrupt
    if kind == "fault":
        raise ZeroDivisionError
    print("done")


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as ended:
        run_command_line(app, arguments)
    out, err = capsys.readouterr()
    return ended.value.code, out, err


def test_a_good_end_has_code_zero(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "well") == (0, "done\n", "")


def test_bad_input_ends_with_one_line_and_code_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "user") == (2, "", "the value 3 is odd; give an even one\n")
    assert run(capsys, "data") == (2, "", "no such file\n")


def test_a_warning_of_ours_is_a_sentence() -> None:
    script = (
        "import typer, warnings; from isocline_data import DataWarning\n"
        "from isocline_run import run_command_line\n"
        "app = typer.Typer(); app.command()(lambda: warnings.warn('two stamps are equal', DataWarning))\n"
        "run_command_line(app, [])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr == "warning: two stamps are equal\n"


def test_each_wrong_setting_has_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "settings") == (
        2,
        "",
        "seed is -1; expected at least 0\nthreads is 0; expected at least 1\n",
    )


def test_equations_that_fail_end_with_code_two(capsys: pytest.CaptureFixture[str]) -> None:
    errors = pytest.importorskip("isocline_de.errors")
    failing = typer.Typer()

    @failing.command()
    def solve() -> None:
        """Fail."""
        raise errors.DifferentialEquationError("the step size fell below 1e-12 at t = 3")

    with pytest.raises(SystemExit) as ended:
        run_command_line(failing, [])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "the step size fell below 1e-12 at t = 3\n"


def test_ctrl_c_has_code_130(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, said = run(capsys, "interrupted")
    assert code == 130
    assert said == (
        "interrupted; runs/x keeps the unfinished run: add --resume to the same command to go on "
        "from its last checkpoint\n"
    )
    assert run(capsys, "ctrl-c")[0] == 130


def test_a_fault_of_ours_keeps_its_traceback() -> None:
    with pytest.raises(ZeroDivisionError):
        run_command_line(app, ["fault"])


def test_wrong_usage_has_code_two(capsys: pytest.CaptureFixture[str]) -> None:
    code, _, said = run(capsys)
    assert code == 2
    assert "Missing argument" in said


def test_help_does_not_wait_for_pytorch() -> None:
    script = (
        "import sys, typer, isocline_run\n"
        "app = typer.Typer(); app.command()(lambda: None)\n"
        "try: isocline_run.run_command_line(app, ['--help'])\n"
        "except SystemExit: print(sorted({'torch', 'xarray', 'pydantic', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"
