"""Splitting, scaling, windows and irregular series."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from torch.utils.data import DataLoader

from isocline_data import DataError, normalise, split, sporadic, to_netcdf, windows


@pytest.fixture
def series() -> xr.Dataset:
    time = pd.date_range("2001-01-01", periods=100, freq="D")
    values = np.arange(100.0)
    return xr.Dataset(
        {"u": ("time", values, {"units": "K"}), "v": ("time", -2 * values)}, {"time": time}
    )


def test_fractions_cut_in_time_order_and_use_every_stamp(series: xr.Dataset) -> None:
    parts = split(series, (0.7, 0.1, 0.2))
    assert [p.sizes["time"] for p in (parts.train, parts.validation, parts.test)] == [70, 10, 20]
    joined = xr.concat([parts.train, parts.validation, parts.test], "time")
    xr.testing.assert_equal(joined, series)


def test_dates_are_the_first_stamps_of_validation_and_test(series: xr.Dataset) -> None:
    parts = split(series, dates=("2001-03-01", "2001-04-01"))
    assert str(parts.validation["time"].values[0])[:10] == "2001-03-01"
    assert str(parts.test["time"].values[0])[:10] == "2001-04-01"
    assert parts.train.sizes["time"] == 59


def test_dates_of_an_odd_calendar_split_too() -> None:
    time = xr.date_range("2001-01-01", periods=90, calendar="360_day", use_cftime=True)
    dataset = xr.Dataset({"u": ("time", np.arange(90.0))}, {"time": time})
    parts = split(dataset, dates=("2001-02-01", "2001-03-01"))
    assert [p.sizes["time"] for p in (parts.train, parts.validation, parts.test)] == [30, 30, 30]


@pytest.mark.parametrize("fractions", [(0.5, 0.2, 0.2), (1.2, -0.1, -0.1), (0.5, 0.5)])
def test_fractions_that_do_not_split_are_refused(
    series: xr.Dataset, fractions: tuple[float, ...]
) -> None:
    with pytest.raises(DataError, match="do not split a series; give three that add up to 1"):
        split(series, fractions)


def test_bad_dates_are_refused(series: xr.Dataset) -> None:
    with pytest.raises(
        DataError, match="'soon' is not a date of the axis 'time', which runs from 2001-01-01"
    ):
        split(series, dates=("soon", "2001-04-01"))
    with pytest.raises(DataError, match="are not in order; give the earlier first"):
        split(series, dates=("2001-04-01", "2001-03-01"))
    with pytest.raises(DataError, match="3 dates were given to split at; give two"):
        split(series, dates=("2001-01-02", "2001-03-01", "2001-04-01"))


def test_normalised_data_has_mean_0_and_deviation_1_and_comes_back(series: xr.Dataset) -> None:
    series["u"][5] = np.nan
    scaled = normalise(series)
    assert float(scaled.dataset["u"].mean()) == pytest.approx(0, abs=1e-12)
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


def test_a_variable_that_never_changes_cannot_be_scaled(series: xr.Dataset) -> None:
    series["v"][:] = 3.0
    with pytest.raises(DataError, match="variable 'v' has deviation 0, so it cannot be scaled"):
        normalise(series)


def test_every_window_is_there_with_what_follows_it(series: xr.Dataset) -> None:
    found = windows(series, context=10, horizon=5, stride=1)
    assert len(found) == 100 - 15 + 1
    last = found[len(found) - 1]
    assert last.context[:, 0].tolist() == list(range(85, 95))
    assert last.target[:, 1].tolist() == [-2.0 * i for i in range(95, 100)]
    assert len(windows(series, context=10, horizon=5, stride=7)) == 13


def test_missing_values_are_marked_in_the_masks(series: xr.Dataset) -> None:
    series["u"][3] = np.nan
    window = windows(series, context=5, horizon=2, variables=["u"])[0]
    assert window.context_mask[:, 0].tolist() == [True, True, True, False, True]
    assert window.context[3, 0] == 0


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_worker_processes_open_the_file_themselves(
    tmp_path: Path, series: xr.Dataset, workers: int
) -> None:
    path = to_netcdf(series, tmp_path / "series.nc")
    found = windows(path, context=1, horizon=1, variables=["u"])
    assert float(found[0].context) == 0  # the parent has read the file before any worker starts
    context = "spawn" if workers else None
    loader = DataLoader(found, batch_size=11, num_workers=workers, multiprocessing_context=context)
    contexts = torch.cat([batch.context[:, 0, 0] for batch in loader])
    assert contexts.tolist() == list(range(99))


def test_lengths_that_do_not_fit_are_refused(series: xr.Dataset) -> None:
    with pytest.raises(
        DataError, match=r"the series has 100 steps, fewer than one window of 90 \+ 20"
    ):
        windows(series, context=90, horizon=20)
    with pytest.raises(DataError, match="horizon is 0, where at least 1 step was expected"):
        windows(series, context=5, horizon=0)
    with pytest.raises(DataError, match="there is no variable 'w' in the dataset"):
        windows(series, context=5, horizon=1, variables=["w"])


def test_fields_are_not_taken_for_series(series: xr.Dataset) -> None:
    field = series.expand_dims(x=3)
    with pytest.raises(DataError, match="no numeric variable of dimension \\('time',\\)"):
        sporadic(field)
    with pytest.raises(DataError, match="where \\('time',\\) was expected; select one place first"):
        windows(field, context=2, horizon=1, variables=["u"])


def test_sporadic_keeps_times_values_and_what_was_seen() -> None:
    time = np.array(
        ["2001-01-01", "2001-01-02T12:00", "2001-01-10", "2001-01-11"], "datetime64[ns]"
    )
    dataset = xr.Dataset(
        {"u": ("time", [1.0, np.nan, np.nan, 4.0]), "v": ("time", [np.nan, 2.0, np.nan, 5.0])},
        {"time": time},
    )
    found = sporadic(dataset)
    assert found.times.tolist() == [0.0, 1.5, 10.0]
    assert found.mask.tolist() == [[True, False], [False, True], [True, True]]
    assert found.values.tolist() == [[1.0, 0.0], [0.0, 2.0], [4.0, 5.0]]
    assert (found.variables, found.unit) == (("u", "v"), "days")


def test_sporadic_takes_numeric_times_as_they_are() -> None:
    dataset = xr.Dataset(
        {"u": ("time", [1.0, 2.0])}, {"time": ("time", [0.5, 2.0], {"units": "s"})}
    )
    found = sporadic(dataset, "u")
    assert found.times.tolist() == [0.5, 2.0]
    assert found.unit == "s"
