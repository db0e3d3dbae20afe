import json
import re
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray as xr

from isocline_pinn import report, solve
from isocline_pinn.cli import app
from isocline_pinn.local import march_levels
from isocline_pinn.trained import training
from isocline_run import Interrupted, run_command_line

QUICK = {
    "method": "trained",
    "budget": None,
    "iterations": 14,
    "hidden": (6, 6),
    "points": 60,
    "redraw_every": 4,
}


def test_a_run_leaves_labelled_results_metrics_figures_and_report(tmp_path):
    out = tmp_path / "heat"
    solution = solve("heat", out=out, **QUICK)
    assert solution.folder == out
    with xr.open_dataset(out / "result.nc") as result:
        assert (
            result["u"].dims == result["u_reference"].dims == result["residual"].dims == ("t", "x")
        )
        assert result["u"].attrs["units"] == "degC"
    metrics = json.loads((out / "metrics.json").read_text())
    assert metrics["relative_l2"] == pytest.approx(solution.relative_l2())
    assert metrics["seed"] == 0
    assert metrics["wall_seconds"] > 0
    drawn = sorted(path.name for path in (out / "figures").glob("*.png"))
    assert drawn == [
        "1-solution.png",
        "2-profiles.png",
        "3-residual.png",
        "4-convergence.png",
        "6-points.png",
    ]
    assert (out / "figures" / "animation.gif").stat().st_size > 10_000
    page = (out / "report.html").read_text()
    assert "temperature" in page
    assert "relative L2 error" in page
    log = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [row["iteration"] for row in log] == [0, 4, 8, 12, 14]


def test_a_problem_without_reference_and_with_unknowns_is_written_too(tmp_path, decay):
    decay.write_text(
        decay.read_text()
        .replace("+ u", "+ k * u")
        .replace("def eq", "k = dde.Variable(1.0)\n\ndef eq")
    )
    seen = xr.Dataset(
        {"u": ("t", np.exp(-np.linspace(0, 1, 5)))}, coords={"t": np.linspace(0, 1, 5)}
    )
    solve(decay, out=tmp_path / "run", observations=seen, **QUICK)
    with xr.open_dataset(tmp_path / "run" / "result.nc") as result:
        assert float(result["k"]) == pytest.approx(1.0, abs=1e-3)
        assert "k_standard_error" in result
    recorded = json.loads((tmp_path / "run" / "config.json").read_text())
    assert recorded["provenance"]["sources"][0]["path"].endswith("decay.py")


def test_runs_of_a_seed_are_alike_bit_for_bit_and_of_another_differ():
    first, again, other = (solve("heat", seed=s, **QUICK) for s in (3, 3, 4))
    point = [[0.3, 0.2]]
    assert first(point) == again(point)
    assert first(point) != other(point)


@pytest.mark.parametrize("problem", ["heat", "lotka_volterra"])
def test_an_interrupted_run_resumed_is_the_uninterrupted_one_bit_for_bit(
    tmp_path, monkeypatch, problem
):
    whole = solve(problem, **QUICK)
    advance = training.Training.advance

    def interrupted(self, state):
        after = advance(self, state)
        if state.iteration == 9:
            raise KeyboardInterrupt
        return after

    monkeypatch.setattr(training.Training, "advance", interrupted)
    with pytest.raises(Interrupted, match="add --resume"):
        solve(problem, out=tmp_path / "run", **QUICK)
    monkeypatch.undo()
    monkeypatch.setattr(report, "write_results", lambda solution, run: None)  # drawn elsewhere
    resumed = solve(problem, out=tmp_path / "run", resume=True, **QUICK)
    point = [[0.3]] if problem == "lotka_volterra" else [[0.3, 0.2]]
    assert np.array_equal(resumed(point), whole(point))
    assert resumed.unknowns == whole.unknowns
    assert resumed.iterations == whole.iterations
    rows = [(row["iteration"], row["loss"]) for row in resumed.history]
    assert rows == [(row["iteration"], row["loss"]) for row in whole.history]
    log = (tmp_path / "run" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["iteration"] for line in log] == [0, 4, 8, 12, 14]


def test_steps_stop_when_the_residual_is_small(decay):
    solution = solve(
        decay, method="trained", budget=None, iterations=500, hidden=(6,), points=30, tolerance=1e-4
    )
    assert solution.iterations < 60


def test_a_budget_ends_the_steps_in_time():
    started = time.monotonic()
    solution = solve("heat", method="trained", budget="3s", budget_started=started)
    assert solution.iterations > 0
    assert time.monotonic() - started < 3.6


def _run(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "isocline_pinn", *arguments], capture_output=True, text=True, cwd=cwd
    )


def test_the_command_solves_a_file_and_says_what_it_found(tmp_path, decay):
    done = _run(
        "solve",
        str(decay),
        "--method",
        "trained",
        "--iterations",
        "6",
        "--hidden",
        "5,5",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert "decay: error not estimated (a trained network: 6 steps" in done.stdout
    assert "paddle" not in done.stdout + done.stderr
    assert (tmp_path / "runs" / "decay" / "result.nc").exists()
    settings = json.loads((tmp_path / "runs" / "decay" / "config.json").read_text())["settings"]
    assert settings["budget"] is None
    assert settings["hidden"] == [5, 5]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["burger"],
            "there is no problem 'burger' and no file of that name; did you mean burgers",
        ),
        (["heat", "--budget", "soon"], "budget: "),
        (["heat", "--hidden", "wide"], "'wide' are no widths of hidden layers"),
        (["heat", "--observations", "no.nc"], "no.nc"),
        (["heat", "--out", "full"], "full exists; choose another --out, or pass --force"),
    ],
)
def test_the_command_ends_with_one_sentence_and_code_two(
    tmp_path, monkeypatch, capsys, arguments, sentence
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("kept")
    with pytest.raises(SystemExit) as ended:
        run_command_line(app, ["solve", *arguments])
    said = capsys.readouterr().err.strip()
    assert ended.value.code == 2
    assert sentence in said
    assert len(said.splitlines()) == 1
    assert (tmp_path / "full" / "mine.txt").read_text() == "kept"


def test_the_command_lists_the_catalogue_without_loading_torch(tmp_path):
    code = (
        "import sys\nfrom isocline_pinn.cli import app\nfrom typer.testing import CliRunner\n"
        "print(CliRunner().invoke(app, ['list']).output)\nassert 'torch' not in sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"^burgers +Burgers' equation", done.stdout, re.MULTILINE)


def test_an_interrupted_march_goes_on_from_its_last_finished_level(tmp_path, monkeypatch):
    settings = {"method": "local", "budget": None}
    degrees = []
    level = march_levels.March

    def interrupted(problem, degree, *rest):
        degrees.append(degree)
        if len(degrees) == 3:
            raise KeyboardInterrupt
        return level(problem, degree, *rest)

    monkeypatch.setattr(march_levels, "March", interrupted)
    monkeypatch.setattr(report, "write_results", lambda solution, run: None)  # drawn elsewhere
    with pytest.raises(Interrupted, match="add --resume"):
        solve("heat", out=tmp_path / "run", **settings)
    solution = solve("heat", out=tmp_path / "run", resume=True, **settings)
    # The degrees of the second run begin above the last level that the first had finished.
    assert min(degrees[3:]) > degrees[1] > degrees[0]
    assert solution.relative_l2() < 1e-10
