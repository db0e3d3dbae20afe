import numpy as np
import pytest

from isocline_forecast import Forecaster, ett_scores
from isocline_forecast.closed_form.choose import choose
from isocline_forecast.closed_form.gram import subtract_level, window_gram
from isocline_forecast.closed_form.ridge import WindowRegression, fit_windows
from isocline_forecast.contract import UnsuitableError
from isocline_forecast.history import read_history
from isocline_forecast.search import Search
from isocline_run import Budget, UserError


def stacked(values, width):
    windows = np.lib.stride_tricks.sliding_window_view(values, width, axis=0)
    return windows.reshape(-1, width)


def test_gram_by_diagonals_equals_that_of_the_windows(random):
    values = random.normal(size=(600, 3))
    W = stacked(values, 40)
    np.testing.assert_allclose(window_gram(values, 40), W.T @ W, atol=1e-9)


def test_gram_counts_valid_windows_only(random):
    values = random.normal(size=(900, 2))
    valid = random.uniform(size=861) > 0.004
    W = np.lib.stride_tricks.sliding_window_view(values, 40, axis=0)[valid].reshape(-1, 40)
    np.testing.assert_allclose(window_gram(values, 40, valid), W.T @ W, atol=1e-9)


def test_level_is_subtracted_from_the_gram_as_from_the_windows(random):
    W = random.normal(size=(200, 12))
    lowered = W - W[:, 6:9].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(subtract_level(W.T @ W, 9, 3), lowered.T @ lowered, atol=1e-10)


def test_weights_and_validation_errors_equal_those_of_direct_ridge(random):
    values = random.normal(size=(300, 2)).cumsum(axis=0)
    L, H, ridge = 8, 4, 0.1
    W = stacked(values, L + H)
    W = W - W[:, L - 1 : L]
    X, Y = W[:, :L], W[:, L:]
    penalty = ridge * np.linalg.eigvalsh(X.T @ X).mean()
    B = np.linalg.solve(X.T @ X + penalty * np.eye(L), X.T @ Y)
    regression = WindowRegression(window_gram(values, L + H), L, 1)
    np.testing.assert_allclose(regression.candidate(ridge).weights, B, atol=1e-8)
    other = random.normal(size=(200, 1)).cumsum(axis=0)
    V = stacked(other, L + H)
    V = V - V[:, L - 1 : L]
    direct = ((V[:, L:] - V[:, :L] @ B) ** 2).sum(axis=0)
    errors = regression.squared_errors(window_gram(other, L + H), np.array([ridge]))
    np.testing.assert_allclose(errors[0], direct, rtol=1e-8)


def test_two_tones_are_continued_exactly():
    t = np.arange(400)
    values = (np.sin(0.3 * t) + 0.5 * np.cos(0.71 * t) + 7)[:, None]
    candidate = fit_windows(values[:300], 20, 30, 30, 0.0)
    np.testing.assert_allclose(candidate(values[270:300, 0]), values[300:320, 0], atol=1e-5)


def test_budget_ends_the_choice_after_one_lookback(random):
    values = random.normal(size=(400, 1))
    choice = choose(values, 300, 10, [8, 16, 32], Search(Budget(1e-9)))
    assert not choice.complete
    assert {pick.lookback for pick in choice.picks} == {8}


def test_forecasts_go_on_beyond_the_fitted_horizon(series):
    t = np.arange(300)
    forecaster = Forecaster("linear").fit(series(np.sin(2 * np.pi * t / 30)), horizon=10)
    mean = forecaster.predict(45)["y_mean"].values
    np.testing.assert_allclose(mean, np.sin(2 * np.pi * np.arange(300, 345) / 30), atol=0.02)


def test_newest_value_missing_is_bridged_by_the_lead(series):
    t = np.arange(300)
    values = np.sin(2 * np.pi * t / 30)
    values[-3:] = np.nan
    mean = Forecaster("linear").fit(series(values), horizon=10).predict()["y_mean"].values
    np.testing.assert_allclose(mean, np.sin(2 * np.pi * np.arange(300, 310) / 30), atol=0.02)


def test_scattered_gaps_cost_little(series, random):
    t = np.arange(500)
    values = np.sin(2 * np.pi * t / 30)
    values[random.uniform(size=500) < 0.1] = np.nan
    mean = Forecaster("linear").fit(series(values), horizon=10).predict()["y_mean"].values
    np.testing.assert_allclose(mean, np.sin(2 * np.pi * np.arange(500, 510) / 30), atol=0.05)


def test_irregular_times_are_refused_with_what_takes_them(random):
    import xarray as xr

    stamps = np.datetime64("2001-01-01", "ns") + np.cumsum(random.uniform(10, 5000, 60)).astype(
        "m8[s]"
    )
    data = xr.Dataset({"y": ("time", random.normal(size=60))}, {"time": stamps})
    with pytest.raises(UnsuitableError, match=r"the time axis is irregular .* use linear_sde"):
        Forecaster("linear").fit(data, horizon=3)


def test_too_short_a_series_is_refused(series):
    with pytest.raises(UnsuitableError, match="too few for linear with a horizon of 4"):
        Forecaster("linear").fit(series(np.arange(12.0)), horizon=4)


def test_history_shorter_than_the_lookback_still_gets_a_forecast(series):
    forecaster = Forecaster("linear", lookback=20).fit(series(np.sin(np.arange(200.0))), horizon=5)
    short = read_history(series(np.sin(np.arange(6.0))))
    mean, _ = forecaster.fitted.forecast(short, np.array([5]), np.arange(1.0, 6.0))
    assert np.isfinite(mean).all()


def test_ett_protocol_gives_the_error_of_least_squares_without_an_intercept(public_data):
    # Computed apart from this package, by `lstsq` on explicit windows; with an intercept it is .4089.
    found = ett_scores(public_data / "ETTh1.csv", chosen=False)
    assert found.attrs["mean_mse"] == pytest.approx(0.4058, abs=0.002)
    np.testing.assert_allclose(found["mse"], [0.371, 0.4036, 0.4261, 0.4225], atol=0.002)


def test_ett_protocol_needs_twenty_months(series):
    with pytest.raises(UserError, match="needs 20 months of 30 days, 14400 rows"):
        ett_scores(series(np.zeros(500), freq="h"))
