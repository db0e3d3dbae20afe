"""Inputs that went wrong elsewhere; the identifiers are those of our list of field cases, part B."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from isocline_data import DataError, open_dataset
from isocline_forecast import Forecaster
from isocline_forecast.models import MODELS


@pytest.mark.parametrize("value", [51653410816.0, 51653410817.0, 0.0])
@pytest.mark.parametrize("model", ["linear_sde", "seasonal_naive", "auto"])
def test_b5_a_constant_series_stays_what_it_is(series, value, model):
    data = series(np.full(105, value), freq="7D")
    forecaster = Forecaster(model).fit(data, horizon=100)
    found = forecaster.predict()
    np.testing.assert_allclose(found["y_mean"], value, rtol=1e-9)
    assert np.isfinite(found["y"]).all()
    assert (found["y"].sel(quantile=0.05) <= value).all()
    assert (found["y"].sel(quantile=0.95) >= value).all()
    assert "'y' is constant" in forecaster.notes


@pytest.mark.parametrize("model", ["linear", "linear_sde"])
def test_b7_a_missing_last_value_does_not_stop_the_forecast(series, model):
    days = np.arange(300)
    values = 1 + np.sin(2 * np.pi * days / 30)
    values[-1] = np.nan
    options = {"lookback": 20} if model == "linear" else {"season": 30}
    forecaster = Forecaster(model, **options).fit(series(values), horizon=10)
    found = forecaster.predict()["y_mean"]
    truth = 1 + np.sin(2 * np.pi * np.arange(300, 310) / 30)
    np.testing.assert_allclose(found, truth, atol=0.05)
    note = next(note for note in forecaster.notes if "missing" in note)
    assert note == (
        "the last value is missing in 'y': the forecast starts from 2001-10-26; its first stamp is "
        "2001-10-28"
    )


@pytest.mark.parametrize("model", ["seasonal_naive", "linear_sde", "auto"])
def test_b8_a_weekday_that_was_never_observed_gets_no_spike(series, random, model):
    values = 10 + random.uniform(-0.1, 0.1, 14)
    values[[4, 11]] = np.nan
    forecaster = Forecaster(model).fit(series(values), horizon=14)
    found = forecaster.predict()
    assert (abs(found["y_mean"] - 10) <= 0.5).all()
    width = (found["y"].sel(quantile=0.95) - found["y"].sel(quantile=0.05)).values
    if model == "seasonal_naive":
        assert width[[4, 11]].min() >= width.max() - 1e-12
        assert any("never observed" in note for note in forecaster.notes)


@pytest.mark.parametrize("model", ["linear_sde", "drift", "naive", "auto"])
def test_b10_a_short_series_is_not_falsely_sure(series, model):
    random = np.random.default_rng(1)
    for _ in range(1 if model == "auto" else 2):
        values = 10 + 0.3 * np.arange(50) + random.normal(0, 0.2, 50)
        widths = {}
        for count in (4, 5, 6, 8, 50):
            found = Forecaster(model).fit(series(values[:count]), horizon=2).predict()["y"]
            assert np.isfinite(found).all()
            spread = found.sel(quantile=0.975) - found.sel(quantile=0.025)
            widths[count] = float(spread.mean())
        assert widths[4] >= widths[50]
        assert widths[5] >= widths[50]


@pytest.mark.parametrize("calendar", ["standard", "noleap"])
def test_b12_the_season_follows_the_calendar(calendar):
    stamps = xr.date_range("2001-01-01", "2004-02-20", freq="D", calendar=calendar)
    axis = xr.DataArray(np.asarray(stamps), dims="time").dt
    june = ((axis.month == 6) & (axis.day == 1)).values.astype(float)
    data = xr.Dataset({"y": ("time", june)}, {"time": stamps})
    found = Forecaster("seasonal_naive", season="year").fit(data, horizon=30).predict(120)
    peak = found["time"][int(np.argmax(found["y_mean"].values))]
    assert (int(peak.dt.month), int(peak.dt.day)) == (6, 1)
    leap_day = (found["time"].dt.month == 2) & (found["time"].dt.day == 29)
    assert int(leap_day.sum()) == (1 if calendar == "standard" else 0)


def test_b13_stamps_that_occur_several_times_are_counted(random):
    stamps = np.repeat(pd.date_range("2001-01-01", periods=24, freq="MS"), 6)
    data = xr.Dataset({"y": ("time", random.normal(size=144))}, {"time": stamps})
    with pytest.raises(DataError, match="24 stamps occur more than once on the time axis 'time'"):
        Forecaster().fit(data)


def test_b14_quarters_keep_their_first_day_and_gaps_are_named():
    stamps = np.array(["2006-01-01", "2006-04-01", "2007-10-01"], dtype="datetime64[ns]")
    data = xr.Dataset({"y": ("time", [13.0, 2.0, 11.0])}, {"time": stamps})
    forecaster = Forecaster("naive").fit(data, horizon=2)
    shown = forecaster.predict()["time"].values.astype("datetime64[D]").astype(str).tolist()
    assert shown == ["2008-01-01", "2008-04-01"]
    assert forecaster.history.values[:, 0].tolist() == [13.0, 2.0, 11.0]
    missing = "2006-07-01, 2006-10-01, 2007-01-01, 2007-04-01, 2007-07-01"
    assert f"5 stamps are missing: {missing}" in forecaster.notes


def test_b6_local_times_across_a_clock_change_are_one_hour_apart(tmp_path):
    local = ["2022-10-30 00:00", "2022-10-30 01:00", "2022-10-30 02:00", "2022-10-30 02:00"]
    local += ["2022-10-30 03:00", "2022-10-30 04:00"]
    path = tmp_path / "hours.csv"
    path.write_text("time,y\n" + "".join(f"{stamp},0\n" for stamp in local))
    with pytest.raises(DataError, match=r"repeats an hour .*2022-10-30T02:00.* give the zone"):
        Forecaster("naive").fit(open_dataset(path, on_duplicates="keep"), "y", horizon=1)
    data = open_dataset(path, time_zone="Europe/Berlin")
    forecaster = Forecaster("naive").fit(data, "y", horizon=1)
    assert not any("missing" in note for note in forecaster.notes)
    assert str(forecaster.predict()["time"].values[0])[:16] == "2022-10-30T04:00"


@pytest.mark.parametrize("model", [name for name in MODELS if not name.startswith("linear_p")])
def test_b15_bounds_stay_within_reach_of_the_data(series, model):
    random = np.random.default_rng(2)
    values = np.concatenate([np.geomspace(2000, 0.1, 70), random.uniform(1800, 2200, 14)])
    found = Forecaster(model, season=12).fit(series(values, freq="MS"), horizon=6).predict()["y"]
    assert np.isfinite(found).all()
    assert float(abs(found).max()) <= 100 * 2200
