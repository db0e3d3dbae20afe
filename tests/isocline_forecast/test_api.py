import json
import runpy
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import isocline_forecast
from isocline_data import open_dataset
from isocline_forecast import Forecaster, ForecastSettings, forecast
from isocline_forecast.search import Search
from isocline_run import Interrupted, UserError

EXAMPLE = Path(isocline_forecast.__file__).parent / "examples" / "co2_three_years.py"


@pytest.fixture
def walk(series, random):
    values = np.cumsum(random.normal(size=70)) + 2 * np.sin(2 * np.pi * np.arange(70) / 7)
    values[30:33] = np.nan
    return series(values)


def test_example_beats_half_the_error_of_seasonal_naive_with_right_intervals():
    error, inside = runpy.run_path(str(EXAMPLE))["main"]()
    ds = open_dataset("co2")
    past, later = ds.sel(time=slice(None, "1998")), ds["co2"].sel(time=slice("1999", None))
    baseline = Forecaster("seasonal_naive").fit(past, "co2", horizon=157).predict()
    naive = float(((baseline["co2_mean"] - later) ** 2).mean() ** 0.5)
    assert naive == pytest.approx(3.218, abs=0.01)
    assert error < 0.3 * naive
    assert 0.85 <= inside <= 0.95


def test_a_run_leaves_its_folder(walk, tmp_path):
    out = tmp_path / "run"
    found = forecast(walk, "y", horizon=10, model="linear_sde", holdout=True, out=out)
    for name in ("config.json", "result.nc", "model.safetensors", "metrics.json", "report.html"):
        assert (out / name).is_file()
    assert {path.stem for path in (out / "figures").iterdir()} == {
        "forecast",
        "lead",
        "signal-components",
    }
    metrics = json.loads((out / "metrics.json").read_text())
    assert {"rmse", "rmse_ratio", "coverage_90", "crps", "wall_seconds", "seed"} <= set(metrics)
    result = open_dataset(out / "result.nc")
    assert set(result.data_vars) == {"y", "y_mean", "y_observed"}
    assert result["y"].dims == ("quantile", "time")
    np.testing.assert_array_equal(result["y_observed"], walk["y"][-10:])
    loaded = Forecaster.load(out)
    np.testing.assert_array_equal(loaded.predict(10)["y"], found.dataset["y"])


def test_the_held_out_part_plays_no_role_before_it_is_scored(walk):
    changed = walk.copy(deep=True)
    changed["y"][-10:] += 50.0
    made = [
        forecast(data, "y", horizon=10, holdout=True).dataset["y"].values
        for data in (walk, changed)
    ]
    np.testing.assert_array_equal(*made)


def test_without_holdout_the_forecast_starts_after_the_data(walk):
    found = forecast(walk, "y", horizon="1 week", model="naive")
    assert found.held_out is None
    assert found.dataset.sizes["time"] == 7
    assert found.dataset["time"].values[0] > walk["time"].values[-1]


def test_other_calendars_are_drawn_and_written(tmp_path):
    stamps = xr.date_range("2001-01-01", periods=60, freq="MS", calendar="noleap", use_cftime=True)
    data = xr.Dataset({"y": ("time", np.sin(np.arange(60.0)))}, {"time": stamps})
    forecast(data, "y", horizon="1y", model="drift", holdout=True, out=tmp_path / "run")
    result = open_dataset(tmp_path / "run" / "result.nc")
    assert result["time"].dt.calendar == "noleap"
    assert str(result["time"].values[0])[:10] == "2005-01-01"


def test_an_interrupted_run_resumes_to_the_same_bits(walk, tmp_path, monkeypatch):
    settings = ForecastSettings(target="y", horizon=8, model="linear_sde", holdout=True)
    whole = forecast(walk, settings=settings)
    tick = Search.tick

    def stopping(self, value=float("nan")):
        tick(self, value)
        if self._count == 15:
            raise KeyboardInterrupt

    monkeypatch.setattr("isocline_forecast.search._EVERY", 0.0)
    monkeypatch.setattr(Search, "tick", stopping)
    with pytest.raises(Interrupted, match="--resume"):
        forecast(walk, settings=settings, out=tmp_path / "run")
    assert (tmp_path / "run" / "unfinished" / "checkpoint.json").is_file()
    monkeypatch.setattr(Search, "tick", tick)
    replayed = []
    found = Search._replayed

    def counting(self, key, index, point):
        row = found(self, key, index, point)
        replayed.append(row is not None)
        return row

    monkeypatch.setattr(Search, "_replayed", counting)
    again = forecast(walk, settings=settings, out=tmp_path / "run", resume=True)
    assert 10 < sum(replayed) < len(replayed)
    np.testing.assert_array_equal(again.dataset["y"], whole.dataset["y"])


def test_a_spent_budget_ends_the_search_and_is_told(walk):
    found = forecast(walk, "y", horizon=8, model="linear_sde", budget=1e-3)
    assert any("budget" in note for note in found.forecaster.notes)
    assert np.isfinite(found.dataset["y"]).all()


def test_holding_out_too_much_is_refused(walk):
    with pytest.raises(UserError, match="the horizon '1y' is longer than the data"):
        forecast(walk, "y", horizon="1y", holdout=True)
    with pytest.raises(UserError, match="leaves 1 of 70 stamps"):
        forecast(walk, "y", horizon=69, holdout=True)


def test_a_horizon_beyond_what_was_kept_is_refused(walk):
    with pytest.raises(UserError, match=r"is longer than the data .25 stamps"):
        forecast(walk, "y", horizon=45, model="mean", holdout=True)
