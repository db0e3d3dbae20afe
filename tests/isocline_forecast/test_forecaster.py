import json

import cftime
import numpy as np
import pytest
import xarray as xr

from isocline_data import DataError
from isocline_forecast import Forecaster
from isocline_forecast.fitted import fit_model
from isocline_forecast.models import BASELINES, MODELS
from isocline_forecast.search import Search
from isocline_run import Budget, UserError
from isocline_run.checkpoint import load_tensors, save_tensors


@pytest.fixture
def noisy(series, random):
    def make(count=140, **options):
        t = np.arange(count)
        return series(5 + np.sin(2 * np.pi * t / 7) + 0.2 * random.normal(size=count), **options)

    return make


@pytest.mark.parametrize("model", MODELS)
def test_every_model_keeps_the_contract(model, noisy):
    data = noisy()
    forecaster = Forecaster(model).fit(data, "y", horizon=9)
    found = forecaster.predict()
    assert found["y"].dims == ("quantile", "time")
    assert found["y"].attrs["units"] == "K"
    assert found["time"].values[0] - data["time"].values[-1] == np.timedelta64(1, "D")
    assert (np.diff(found["y"].values, axis=0) >= 0).all()
    np.testing.assert_allclose(found["y"].sel(quantile=0.5), found["y_mean"])
    np.testing.assert_allclose(found["y_mean"], 5, atol=2)


@pytest.mark.parametrize("model", MODELS)
def test_a_saved_model_predicts_the_same_bits(model, noisy, tmp_path):
    forecaster = Forecaster(model).fit(noisy(), horizon=9)
    path = forecaster.save(tmp_path / "saved")
    assert path.name == "model.safetensors"
    loaded = Forecaster.load(tmp_path / "saved")
    xr.testing.assert_identical(loaded.predict(12), forecaster.predict(12))
    assert loaded.notes == forecaster.notes


def test_a_loaded_model_predicts_from_new_data(noisy, tmp_path):
    data = noisy(160)
    forecaster = Forecaster("linear").fit(data.isel(time=slice(0, 120)), horizon=7)
    loaded = Forecaster.load(forecaster.save(tmp_path / "m.safetensors"))
    found = loaded.predict(7, history=data)
    assert found["time"].values[0] == np.datetime64("2001-06-10")
    truth = 5 + np.sin(2 * np.pi * np.arange(160, 167) / 7)
    np.testing.assert_allclose(found["y_mean"], truth, atol=0.5)


def test_a_model_of_another_version_is_refused(noisy, tmp_path):
    path = Forecaster("naive").fit(noisy()).save(tmp_path / "m.safetensors")
    tensors, header = load_tensors(path)
    content = json.loads(header["forecaster"]) | {"format": 99}
    save_tensors(path, tensors, {"forecaster": json.dumps(content)})
    with pytest.raises(UserError, match="was written by another version"):
        Forecaster.load(path)
    save_tensors(path, tensors, {})
    with pytest.raises(UserError, match="holds no forecaster"):
        Forecaster.load(path)


def test_several_variables_and_extra_dimensions_are_series(noisy, random):
    data = noisy()
    data["z"] = ("time", "station"), random.normal(size=(140, 2)), {"units": "m"}
    data = data.assign_coords(station=["a", "b"])
    found = Forecaster("mean").fit(data, ["y", "z"], horizon=3).predict()
    assert found["z"].dims == ("quantile", "time", "station")
    assert found["station"].values.tolist() == ["a", "b"]
    np.testing.assert_allclose(found["z_mean"][0], data["z"].mean("time"))


@pytest.mark.parametrize("model", ["linear_sde", "seasonal_naive"])
def test_other_calendars_work_and_are_saved(model, tmp_path):
    stamps = xr.date_range("2001-01-01", periods=48, freq="MS", calendar="360_day", use_cftime=True)
    values = 20 + np.cos(2 * np.pi * np.arange(48) / 12)
    data = xr.Dataset({"y": ("time", values)}, {"time": stamps})
    forecaster = Forecaster(model).fit(data, horizon="1y")
    found = forecaster.predict()
    assert found["time"].values[0] == cftime.Datetime360Day(2005, 1, 1)
    np.testing.assert_allclose(found["y_mean"], values[:12], atol=0.05)
    loaded = Forecaster.load(forecaster.save(tmp_path / "m.safetensors"))
    xr.testing.assert_identical(loaded.predict(), found)


@pytest.mark.parametrize("model", ["linear", "linear_sde", "naive"])
def test_backtest_sees_only_the_past(model, noisy):
    data = noisy()
    forecaster = Forecaster(model).fit(data, horizon=5)
    found = forecaster.backtest(horizon=5, start=0.6, origins=8)
    assert found["y"].dims == ("quantile", "origin", "lead")
    row = 3
    changed = data.copy(deep=True)
    changed["y"][data["time"].values > found["origin"].values[row]] = 1e3
    again = forecaster.backtest(changed, horizon=5, start=0.6, origins=8)
    np.testing.assert_array_equal(found["y"][:, : row + 1], again["y"][:, : row + 1])
    stamp = found["valid_time"].values[row, 2]
    assert found["y_observed"].values[row, 2] == data["y"].sel(time=stamp)
    assert found["rmse"].dims == ("lead",)


def test_refitting_in_a_backtest_uses_what_became_known(noisy):
    forecaster = Forecaster("linear", lookback=14).fit(noisy(), horizon=5)
    once = forecaster.backtest(horizon=5, origins=6)
    often = forecaster.backtest(horizon=5, origins=6, refit_every=2)
    np.testing.assert_array_equal(once["y_mean"][:2], often["y_mean"][:2])
    assert not np.allclose(once["y_mean"][-1], often["y_mean"][-1])


def test_auto_takes_the_season_where_there_is_one(noisy):
    forecaster = Forecaster().fit(noisy(), horizon=7)
    tried = {trial.model: trial for trial in forecaster.trials}
    assert set(tried) == {"naive", "seasonal_naive", "drift", "mean", "linear", "linear_sde"}
    best = min(tried.values(), key=lambda trial: trial.score)
    assert forecaster.model.name == best.model
    assert tried["seasonal_naive"].crps < tried["naive"].crps


def test_auto_with_a_spent_budget_says_what_it_left_out(noisy):
    forecaster = Forecaster(budget=1e-6).fit(noisy(), horizon=7)
    assert forecaster.trials[-1].reason == "the budget was spent"


def test_a_trial_leaves_most_of_the_time_to_the_last_fit(noisy, monkeypatch):
    given = {}

    def noting(name, options, history, horizon, levels, search):
        given[name] = search.budget.left
        return fit_model(name, options, history, horizon, levels, search)

    monkeypatch.setattr("isocline_forecast.select.fit_model", noting)
    search = Search(Budget(100.0))
    Forecaster().fit(noisy(), horizon=7, search=search)
    assert set(given) == {*BASELINES, "linear", "linear_sde"}
    assert max(given.values()) <= 0.4 * 100.0
    assert search.budget.seconds == 100.0


def test_a_forecast_of_one_variable_needs_no_target_and_of_several_does(noisy):
    data = noisy()
    assert "y" in Forecaster("naive").fit(data).predict()
    data["z"] = data["y"] * 2
    with pytest.raises(UserError, match="name the target: the variables along 'time' are y, z"):
        Forecaster("naive").fit(data)


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        (lambda d: d["y"].__setitem__(slice(None), np.nan), DataError, "all 140 are missing"),
        (
            lambda d: d["y"].__setitem__(slice(3, 5), np.inf),
            UserError,
            "'y' holds 2 infinite values, first at 2001-01-04",
        ),
    ],
)
def test_values_that_cannot_be_used_are_named(noisy, change, error, sentence):
    data = noisy()
    change(data)
    with pytest.raises(error, match=sentence):
        Forecaster("naive").fit(data, "y")


def test_an_unknown_variable_offers_near_names(noisy):
    data = noisy().rename(y="temperature")
    with pytest.raises(DataError, match=r"there is no variable 'temprature' .*'temperature'"):
        Forecaster("naive").fit(data, "temprature")


def test_an_unknown_model_offers_near_names():
    with pytest.raises(UserError, match="there is no model 'linear_ode'; did you mean linear_sde"):
        Forecaster("linear_ode")


def test_a_horizon_longer_than_the_data_is_refused(noisy):
    with pytest.raises(UserError, match=r"the horizon '3y' \(1096 steps\) is longer than the data"):
        Forecaster("naive").fit(noisy(), horizon="3y")


def test_quantiles_must_be_levels():
    with pytest.raises(UserError, match="expected levels between 0 and 1"):
        Forecaster(quantiles=(5, 95))


def test_predicting_before_the_fit_says_so():
    with pytest.raises(UserError, match="the forecaster is not fitted"):
        Forecaster().predict(3)


def test_a_leading_gap_and_a_late_start_are_taken_as_they_are(series, random):
    values = 3 + 0.1 * random.normal(size=60)
    values[:20] = np.nan
    for model in MODELS:
        if model != "linear_plain":
            found = Forecaster(model).fit(series(values), horizon=4).predict()
            np.testing.assert_allclose(found["y_mean"], 3, atol=0.6)
