"""Scaling and back."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from isocline_data import DataError, normalise, open_dataset, split, to_netcdf


@pytest.fixture
def series() -> xr.Dataset:
    time = pd.date_range("2001-01-01", periods=100, freq="D")
    values = np.arange(100.0)
    return xr.Dataset(
        {"u": ("time", values, {"units": "K"}), "v": ("time", -2 * values)}, {"time": time}
    )


def test_normalised_data_has_mean_0_and_deviation_1_and_comes_back(series: xr.Dataset) -> None:
    series["u"][5] = np.nan
    scaled = normalise(series)
    assert float(scaled.dataset["u"].mean()) == pytest.approx(0, abs=1e-12)
    assert scaled.dataset["u"].attrs["units"] == "1"
    assert float(scaled.dataset["u"].std()) == pytest.approx(1, rel=1e-12)
    assert np.isnan(scaled.dataset["u"].values[5])
    back = scaled.restore()
    xr.testing.assert_allclose(back, series)
    assert back["u"].attrs["units"] == "K"


def test_the_test_part_is_scaled_by_what_training_saw(series: xr.Dataset) -> None:
    parts = split(series)
    statistics = normalise(parts.train).statistics
    scaled = normalise(parts.test, statistics).dataset
    expected = (parts.test["u"].values - 34.5) / np.arange(70.0).std()
    np.testing.assert_allclose(scaled["u"].values, expected)


@pytest.mark.parametrize("value", [3.0, 0.1])
def test_a_variable_that_never_changes_cannot_be_scaled(series: xr.Dataset, value: float) -> None:
    series["v"][:] = value
    with pytest.raises(
        DataError,
        match=rf"^variable 'v' is {value:g} everywhere, so it cannot be scaled; leave it out$",
    ):
        normalise(series)


def test_what_has_no_numbers_cannot_be_scaled(series: xr.Dataset) -> None:
    with pytest.raises(
        DataError, match="variable 'v' in the dataset has no values: all 100 are miss"
    ):
        normalise(series.assign(v=series["v"] * np.nan))
    with pytest.raises(
        DataError, match=r"variable 'w' in the dataset holds .* where numbers were exp"
    ):
        normalise(series.assign(w=("time", ["a"] * 100)))


def test_infinite_values_cannot_be_scaled(series: xr.Dataset) -> None:
    series["v"][7] = np.inf
    with pytest.raises(
        DataError,
        match=r"^variable 'v' holds infinite values, so it cannot be scaled; make them missing",
    ):
        normalise(series)


def test_statistics_that_lack_a_variable_are_refused(series: xr.Dataset) -> None:
    statistics = normalise(series[["u"]]).statistics
    with pytest.raises(DataError, match="no variable 'v' in the statistics, which has u"):
        normalise(series, statistics)


def test_whole_numbers_are_scaled_too() -> None:
    scaled = normalise(xr.Dataset({"n": ("time", np.array([1, 3], dtype="int8"))}))
    assert scaled.dataset["n"].values.tolist() == [-1, 1]


def test_a_forecast_with_a_dimension_of_its_own_comes_back(series: xr.Dataset) -> None:
    scaled = normalise(series[["u"]])
    forecast = xr.Dataset({"u": (("quantile", "time"), [[0.0, 1.0], [1.0, 2.0]], {"units": "1"})})
    back = scaled.restore(forecast)["u"]
    np.testing.assert_allclose(back[0, 0], 49.5)
    assert back.attrs["units"] == "K"


def test_statistics_travel_through_a_file(series: xr.Dataset, tmp_path: Path) -> None:
    scaled = normalise(series)
    statistics = open_dataset(to_netcdf(scaled.statistics, tmp_path / "statistics.nc"))
    xr.testing.assert_identical(normalise(series, statistics).dataset, scaled.dataset)
