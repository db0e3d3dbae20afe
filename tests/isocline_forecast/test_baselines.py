import numpy as np
import pytest
import xarray as xr

from isocline_forecast import Forecaster
from isocline_forecast.baselines import SeasonalNaive
from isocline_forecast.contract import UnsuitableError
from isocline_forecast.history import read_history
from isocline_forecast.search import Search


def predicted(model, data, horizon, **options):
    return Forecaster(model, **options).fit(data, horizon=horizon).predict()["y_mean"].values


def test_naive_repeats_the_last_observed_value(series):
    data = series([1.0, 5.0, 2.0, 4.0, np.nan])
    assert predicted("naive", data, 2).tolist() == [4.0, 4.0]


def test_mean_skips_gaps(series):
    data = series([1.0, np.nan, 2.0, 6.0])
    assert predicted("mean", data, 2) == pytest.approx([3.0, 3.0])


def test_drift_continues_a_line_over_a_missing_end(series):
    values = 3.0 + 0.5 * np.arange(20)
    values[-2:] = np.nan
    assert predicted("drift", series(values), 3) == pytest.approx(3 + 0.5 * np.arange(20, 23))


def test_seasonal_naive_repeats_a_week_exactly(series):
    week = np.array([1.0, 4, 2, 8, 5, 7, 0])
    data = series(np.tile(week, 6))
    assert predicted("seasonal_naive", data, 14).tolist() == np.tile(week, 2).tolist()


def test_seasonal_naive_looks_a_season_further_back_over_a_gap(series):
    values = np.tile(np.array([1.0, 4, 2, 8, 5, 7, 0]), 6)
    values[-4] = np.nan
    assert predicted("seasonal_naive", series(values), 7)[3] == 8.0


def test_season_of_an_hourly_series_is_the_one_it_shows(series, random):
    hours = np.arange(24 * 21)
    data = series(np.sin(2 * np.pi * hours / 24) + 0.1 * random.normal(size=hours.size), freq="h")
    model = SeasonalNaive()
    model.fit(read_history(data), 24, Search())
    assert model.season == "day"


def test_season_without_dates_comes_from_the_data(random):
    values = np.sin(2 * np.pi * np.arange(120) / 10) + 0.1 * random.normal(size=120)
    data = xr.Dataset({"y": ("time", values)}, {"time": np.arange(120)})
    model = SeasonalNaive()
    model.fit(read_history(data), 10, Search())
    assert model.season == 10


def test_season_longer_than_the_data_is_refused(series):
    model = SeasonalNaive(season=50)
    with pytest.raises(UnsuitableError, match="a season of 50 steps is longer than the data"):
        model.fit(read_history(series(np.arange(20.0))), 5, Search())


@pytest.mark.parametrize("model", ["naive", "seasonal_naive", "drift", "mean"])
def test_a_forecast_does_not_change_with_what_comes_later(model, series, random):
    values = random.normal(size=80)
    other = values.copy()
    other[60:] += 100.0
    forecaster = Forecaster(model, season=7).fit(series(values[:60]), horizon=5)
    ahead, origins = np.arange(1.0, 6.0), np.array([40, 59])
    both = [
        forecaster.fitted.forecast(read_history(series(v)), origins, ahead)[0]
        for v in (values, other)
    ]
    np.testing.assert_array_equal(*both)
