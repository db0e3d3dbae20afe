"""What a run leaves, how it keeps to its budget, and how the command refuses."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from isocline_data import to_netcdf
from isocline_run import UserError, run_command_line
from isocline_sysid import Model, SysidSettings, api, discover, run_discover
from isocline_sysid.cli import app


@pytest.fixture
def saved(tmp_path: Path, oscillator) -> Path:
    record = oscillator(samples=200)
    record["x"].attrs["units"] = "m"
    return to_netcdf(record, tmp_path / "oscillator.nc")


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """No figures and no page: another test looks at those, and they take a second or two."""
    for part in ("write_figures", "write_report"):
        monkeypatch.setattr(api, part, lambda *_: None)


def _settings(**changes: object) -> SysidSettings:
    return SysidSettings(**({"states": ("x", "y"), "degree": 1, "draws": 0} | changes))


def test_a_run_draws_three_figures_and_a_page(tmp_path: Path, saved: Path) -> None:
    model = run_discover(saved, _settings(), tmp_path / "out")
    drawn = sorted(path.stem.split("-")[-1] for path in (tmp_path / "out/figures").glob("*.png"))
    assert drawn == ["coefficients", "phase", "simulation"]
    assert len(list((tmp_path / "out/figures").glob("*.svg"))) == 3
    page = (tmp_path / "out/report.html").read_text()
    for heading in ("Equations", "Coefficients", "Against the data", "Noticed"):
        assert heading in page
    assert str(model).splitlines()[0] in page
    again = Model.from_netcdf(tmp_path / "out/result.nc")
    assert str(again) == str(model)


@pytest.mark.usefixtures("undrawn")
def test_result_and_metrics_hold_what_was_found(tmp_path: Path, saved: Path) -> None:
    model = run_discover(saved, _settings(seed=4), tmp_path / "out")
    with xr.open_dataset(tmp_path / "out/result.nc") as result:
        assert result["value"].dims == ("equation", "term")
        assert result["x_observed"].attrs["units"] == "m"
        error = result["x_simulated"] - result["x_observed"]
        assert float(error.std()) == pytest.approx(model.noise[0], rel=0.05)
    metrics = json.loads((tmp_path / "out/metrics.json").read_text())
    assert metrics["equations"] == "; ".join(str(model).splitlines())
    assert metrics["terms"] == 3
    assert metrics["seed"] == 4
    assert metrics["r2_x"] > 0.99
    assert metrics["noise_x"] == pytest.approx(model.noise[0])


@pytest.mark.usefixtures("undrawn")
def test_a_run_without_a_folder_finds_what_the_notebook_finds(saved: Path, oscillator) -> None:
    run = run_discover(saved, _settings(draws=20), None)
    notebook = discover(oscillator(samples=200), ["x", "y"], degree=1, draws=20)
    np.testing.assert_allclose(run.values, notebook.values, rtol=1e-12)
    np.testing.assert_allclose(run.coefficients["lower"], notebook.coefficients["lower"])


@pytest.mark.timeout(60)
def test_a_budget_cuts_the_draws(tmp_path: Path, saved: Path) -> None:
    started = time.monotonic()
    model = run_discover(
        saved, _settings(draws=100_000, budget=5.0), tmp_path / "out", budget_started=started
    )
    assert time.monotonic() - started < 7
    assert any("of 100000 bootstrap draws" in note for note in model.notes)
    assert (model.coefficients["standard_error"].values > 0).sum() == 3
    assert (tmp_path / "out/report.html").exists()


@pytest.mark.usefixtures("undrawn")
def test_an_existing_folder_is_replaced_only_by_force(tmp_path: Path, saved: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("kept")
    with pytest.raises(UserError, match="exists; choose another --out, or pass --force"):
        run_discover(saved, _settings(), out)
    assert (out / "mine.txt").read_text() == "kept"
    run_discover(saved, _settings(), out, force=True)
    assert (out / "result.nc").exists()


def test_a_run_that_is_refused_leaves_nothing(tmp_path: Path, saved: Path) -> None:
    with pytest.raises(ValueError, match="no variable 'z' in the dataset"):
        run_discover(saved, _settings(states=("x", "z")), tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["lynx_hair", "--states", "hare"], "lynx_hare"),
        (["lynx_hare", "--states", "hares,lynx"], "no variable 'hares' in the dataset; did you"),
        (["lynx_hare", "--states", ""], "name at least one state"),
        (["lynx_hare", "--states", "hare", "--degree", "9"], "degree"),
        (["lynx_hare", "--states", "hare", "--budget", "soon"], "soon"),
        (["lynx_hare", "--states", "hare,hare"], "'hare' is named more than once"),
    ],
)
def test_the_command_ends_with_one_sentence_and_code_two(
    tmp_path, monkeypatch, capsys, arguments: list[str], sentence: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["isocline-sysid", "discover", *arguments])
    with pytest.raises(SystemExit) as ended:
        run_command_line(app)
    assert ended.value.code == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert sentence in lines[0]


def test_the_module_is_a_program(tmp_path: Path, saved: Path) -> None:
    arguments = f"discover {saved} --states x,y --degree 1 --draws 0 --out found"
    done = subprocess.run(
        [sys.executable, "-m", "isocline_sysid", *arguments.split()],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0].startswith("dx/dt = (")
    assert "written: found" in done.stdout
    assert (tmp_path / "found/result.nc").exists()
