"""From a dataset to equations: the right ones, in the user's units, or a sentence that says why not."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from isocline_data import DataError, open_dataset
from isocline_run import Interrupted
from isocline_sysid import IdentificationError, Model, SysidSettings, discover, run_discover
from isocline_sysid.cli import app


def _found(model: Model) -> dict[str, dict[str, float]]:
    return {
        state: {term: float(w) for term, w in zip(model.library.term_names, row, strict=True) if w}
        for state, row in zip(model.states, model.values, strict=True)
    }


def test_lorenz_from_the_shipped_noisy_record() -> None:
    model = discover(open_dataset("lorenz_noisy"), ["x", "y", "z"], draws=0)
    truth = {
        "x": {"x": -10, "y": 10},
        "y": {"x": 28, "y": -1, "x z": -1},
        "z": {"z": -8 / 3, "x y": 1},
    }
    found = _found(model)
    assert {state: set(row) for state, row in found.items()} == {
        s: set(row) for s, row in truth.items()
    }
    for state, row in truth.items():
        for term, value in row.items():
            assert found[state][term] == pytest.approx(value, rel=0.01)
            entry = model.coefficients.sel(equation=state, term=term)
            assert abs(found[state][term] - value) < 4 * float(entry["standard_error"])


def test_lynx_and_hare_are_predator_and_prey() -> None:
    model = discover(open_dataset("lynx_hare"), ["hare", "lynx"], draws=40)
    found = _found(model)
    assert set(found["hare"]) == {"hare", "hare lynx"}
    assert set(found["lynx"]) == {"lynx", "hare lynx"}
    assert found["hare"]["hare"] > 0 > found["hare"]["hare lynx"]
    assert found["lynx"]["hare lynx"] > 0 > found["lynx"]["lynx"]
    lower, upper = model.coefficients["lower"].values, model.coefficients["upper"].values
    active = model.values != 0
    assert (lower[active] < model.values[active]).all()
    assert (upper[active] > model.values[active]).all()
    assert (np.sign(lower[active]) == np.sign(upper[active])).all()
    assert model.time_unit == "year"
    assert any("relative" in note for note in model.notes)


def test_states_of_any_size_give_the_same_equations() -> None:
    """x1' = 1e-4 x2, x2' = -1e4 x1 - 0.2 x2: states of size 0.01 and 100."""
    from scipy.integrate import solve_ivp

    times = np.arange(0, 20, 0.01)
    solved = solve_ivp(
        lambda _, s: [1e-4 * s[1], -1e4 * s[0] - 0.2 * s[1]],
        (0, 20),
        [0.01, 0.0],
        "DOP853",
        times,
        rtol=1e-12,
        atol=1e-14,
    )
    dataset = xr.Dataset({"a": ("time", solved.y[0]), "b": ("time", solved.y[1])}, {"time": times})
    found = _found(discover(dataset, ["a", "b"], degree=3, draws=0))
    assert found == {
        "a": {"b": pytest.approx(1e-4, rel=0.01)},
        "b": {"a": pytest.approx(-1e4, rel=0.01), "b": pytest.approx(-0.2, rel=0.01)},
    }


def test_one_circular_orbit_is_not_enough() -> None:
    times = np.arange(0, 20, 0.01)
    dataset = xr.Dataset(
        {"x": ("time", np.cos(times)), "y": ("time", np.sin(times))}, {"time": times}
    )
    with pytest.raises(
        IdentificationError, match=r"not identifiable from one orbit: .* cannot be told apart"
    ):
        discover(dataset, ["x", "y"], degree=3, draws=0)


def test_trajectories_of_different_length_with_an_idle_control(
    lorenz: Callable[..., xr.Dataset],
) -> None:
    generator = np.random.default_rng(0)
    runs = [lorenz(samples=n, step=0.004, seed=i) for i, n in enumerate((700, 900, 1300))]
    runs = [run.assign(u=("time", generator.standard_normal(run.sizes["time"]))) for run in runs]
    found = _found(discover(runs, ["x", "y", "z"], controls=["u"], draws=0))
    assert found["x"] == {"x": pytest.approx(-10, rel=0.01), "y": pytest.approx(10, rel=0.01)}
    assert all("u" not in term for row in found.values() for term in row)


def test_a_control_that_never_changes_is_left_out_with_a_word(
    lorenz: Callable[..., xr.Dataset],
) -> None:
    dataset = lorenz().assign(u=("time", np.ones(1000)))
    model = discover(dataset, ["x", "y", "z"], controls=["u"], draws=0)
    assert any("Input u never changes" in note for note in model.notes)
    assert _found(model)["y"] == {
        "x": pytest.approx(28, rel=0.01),
        "y": pytest.approx(-1, rel=0.01),
        "x z": pytest.approx(-1, rel=0.01),
    }


def test_missing_samples_are_left_out_with_a_word(lorenz: Callable[..., xr.Dataset]) -> None:
    dataset = lorenz(samples=1500, noise=0.005)
    dataset["x"][200:260] = np.nan
    dataset["y"][700] = np.nan
    model = discover(dataset, ["x", "y", "z"], draws=0)
    assert "61 samples with a missing value were left out." in model.notes
    assert _found(model)["z"] == {
        "z": pytest.approx(-8 / 3, rel=0.01),
        "x y": pytest.approx(1, rel=0.01),
    }


def test_too_few_samples_are_refused_at_once(lorenz: Callable[..., xr.Dataset]) -> None:
    started = time.perf_counter()
    with pytest.raises(
        IdentificationError, match="has 10 complete samples, where at least 15 are needed"
    ):
        discover(lorenz(samples=10, step=1.0), ["x", "y", "z"])
    assert time.perf_counter() - started < 1


def test_a_state_that_never_moves_is_named(oscillator: Callable[..., xr.Dataset]) -> None:
    dataset = oscillator().assign(k=("time", np.full(300, 3.0)))
    with pytest.raises(
        IdentificationError, match=r"state 'k' never changes .*no variation in the data"
    ):
        discover(dataset, ["x", "k"])


def test_unknown_and_empty_variables_and_bad_times_are_named(
    oscillator: Callable[..., xr.Dataset],
) -> None:
    dataset = oscillator()
    with pytest.raises(DataError, match="no variable 'X' in the dataset; did you mean 'x'"):
        discover(dataset, ["X"])
    with pytest.raises(DataError, match="has no values: all 300 are missing"):
        discover(dataset.assign(x=dataset["x"] * np.nan), ["x", "y"])
    with pytest.raises(DataError, match="is not in order"):
        discover(dataset.isel(time=slice(None, None, -1)), ["x", "y"])
    with pytest.raises(DataError, match=r"repeated|occur"):
        discover(xr.concat([dataset, dataset.isel(time=[-1])], "time"), ["x", "y"])
    with pytest.raises(IdentificationError, match="the degree is 0, where 1 or more was expected"):
        discover(dataset, ["x", "y"], degree=0)
    with pytest.raises(IdentificationError, match="no states were named"):
        discover(dataset, [])


def test_a_model_is_simulated_scored_saved_and_read(
    tmp_path: Path, oscillator: Callable[..., xr.Dataset]
) -> None:
    dataset = oscillator(noise=0.0)
    dataset["x"].attrs["units"] = "m"
    model = discover(dataset, ["x", "y"], degree=1, draws=0)
    simulated = model.simulate([2.0, 0.0], dataset["time"].values)
    np.testing.assert_allclose(simulated["x"], dataset["x"], atol=1e-4)
    assert simulated["x"].attrs["units"] == "m"
    assert min(model.score(dataset).values()) > 0.9999
    again = Model.from_netcdf(model.to_netcdf(tmp_path / "model.nc"))
    assert str(again) == str(model)
    assert again.units == model.units
    np.testing.assert_array_equal(again.values, model.values)
    assert "dx/dt = " in str(model)
    assert r"\frac{d x}{dt} &= " in model.latex()
    with pytest.raises(
        IdentificationError, match=r"the initial state has shape \(1,\), where \(2,\)"
    ):
        model.simulate([1.0], [0, 1])
    with pytest.raises(IdentificationError, match="holds no identified model"):
        Model.from_netcdf(open_file := dataset_file(tmp_path, dataset))
    assert open_file.exists()


def dataset_file(folder: Path, dataset: xr.Dataset) -> Path:
    from isocline_data import to_netcdf

    return to_netcdf(dataset, folder / "no_model.nc")


def test_a_simulation_that_runs_away_ends_in_missing_values(
    oscillator: Callable[..., xr.Dataset],
) -> None:
    model = discover(oscillator(noise=0.0), ["x", "y"], degree=1, draws=0)
    growing = model.coefficients.copy(deep=True)
    growing["value"][1, 2] = 50.0
    unstable = replace(model, coefficients=growing)
    simulated = unstable.simulate([2.0, 1.0], np.linspace(0, 10, 50))
    assert np.isnan(simulated["x"].values[-1])
    assert np.isfinite(simulated["x"].values[0])


@pytest.fixture
def saved(tmp_path: Path, oscillator: Callable[..., xr.Dataset]) -> Path:
    from isocline_data import to_netcdf

    return to_netcdf(oscillator(samples=200), tmp_path / "oscillator.nc")


def _settings(draws: int = 45) -> SysidSettings:
    return SysidSettings(states=("x", "y"), degree=1, draws=draws)


def test_a_run_leaves_its_folder(tmp_path: Path, saved: Path) -> None:
    model = run_discover(saved, _settings(25), tmp_path / "out")
    folder = tmp_path / "out"
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["equations"] == "; ".join(str(model).splitlines())
    assert metrics["seed"] == 0
    result = open_dataset(folder / "result.nc")
    assert {"value", "lower", "upper", "x_observed", "x_simulated"} <= set(result.data_vars)
    assert (folder / "figures" / "simulation.png").stat().st_size > 5000
    page = (folder / "report.html").read_text()
    assert "dx/dt" in page


def test_an_interrupted_bootstrap_resumes_bit_for_bit(
    tmp_path: Path, saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import isocline_sysid.api as api

    for part in ("write_figures", "write_report"):
        monkeypatch.setattr(api, part, lambda *_: None)  # looked at elsewhere, and slow
    whole = run_discover(saved, _settings(), tmp_path / "whole")
    draw = api.draw_coefficients

    def interrupted(*args: object, **named: object) -> object:
        for count, drawn in enumerate(draw(*args, **named)):
            if count == 25:
                raise KeyboardInterrupt
            yield drawn

    monkeypatch.setattr(api, "draw_coefficients", interrupted)
    with pytest.raises(Interrupted):
        run_discover(saved, _settings(), tmp_path / "cut")
    monkeypatch.setattr(api, "draw_coefficients", draw)
    resumed = run_discover(saved, _settings(), tmp_path / "cut", resume=True)
    xr.testing.assert_identical(resumed.coefficients, whole.coefficients)


def test_the_command_prints_equations_and_refuses_in_a_sentence(saved: Path) -> None:
    runner = CliRunner()
    done = runner.invoke(
        app, ["discover", str(saved), "--states", "x,y", "--degree", "1", "--draws", "0"]
    )
    assert done.exit_code == 0
    assert "dy/dt = −(" in done.output


def test_the_example_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import runpy

    import isocline_sysid

    monkeypatch.chdir(tmp_path)
    folder = Path(isocline_sysid.__file__).parent / "examples"
    runpy.run_path(str(folder / "predator_prey.py"))
    assert "dhare/dt = (0.5" in capsys.readouterr().out
    assert (tmp_path / "lynx_hare_model.nc").exists()
