"""Splitting in time order."""

import datetime

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from isocline_data import DataError, split


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


@pytest.mark.parametrize(
    "fractions", [(0.5, 0.2, 0.2), (1.2, -0.1, -0.1), (0.5, 0.5), (np.nan, 0.5, 0.5), ()]
)
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


@pytest.mark.parametrize(
    "date",
    [
        datetime.date(2001, 3, 1),
        datetime.datetime(2001, 3, 1),
        np.datetime64("2001-03-01"),
        "2001-03",
    ],
)
def test_dates_of_any_type_mean_the_same(series: xr.Dataset, date: object) -> None:
    assert split(series, dates=(date, "2001-04-01")).train.sizes["time"] == 59


def test_a_date_between_two_stamps_is_the_next_stamp(series: xr.Dataset) -> None:
    parts = split(series, dates=("2001-03-01 12:00", "2001-04-01"))
    assert str(parts.validation["time"].values[0])[:10] == "2001-03-02"


def test_plain_numbers_split_by_number() -> None:
    dataset = xr.Dataset({"u": ("t", np.arange(10.0))}, {"t": 0.1 * np.arange(10)})
    assert split(dataset, dates=(0.25, 0.8)).validation["u"].values.tolist() == [3, 4, 5, 6, 7]
    with pytest.raises(
        DataError, match=r"'2001' is not a date of the axis 't', which runs from 0 to 0.9$"
    ):
        split(dataset, dates=("2001", "2002"))


def test_dates_that_leave_a_part_empty_are_refused(series: xr.Dataset) -> None:
    span = "on the axis 'time', which runs from 2001-01-01 to 2001-04-10"
    with pytest.raises(
        DataError, match=f"^nothing is left to train on before 1999 {span}; give a la"
    ):
        split(series, dates=("1999", "2001-03-01"))
    with pytest.raises(
        DataError, match=f"^nothing is left to test on from 2030 {span}; give an ear"
    ):
        split(series, dates=("2001-03-01", "2030"))


def test_dates_need_times() -> None:
    with pytest.raises(
        DataError, match=r"^the dimension 'time' has no times to split at; give fractions instead"
    ):
        split(xr.Dataset({"u": ("time", np.arange(4.0))}), dates=("2001", "2002"))


def test_a_time_axis_out_of_order_is_refused(series: xr.Dataset) -> None:
    with pytest.raises(DataError, match="the time axis 'time' is not in order"):
        split(series.isel(time=slice(None, None, -1)))


def test_three_centuries_in_nanoseconds_are_in_order() -> None:
    """A difference of more than 292 years does not fit into 64 bits of nanoseconds."""
    time = np.array([f"{year}-07-01" for year in range(1700, 2009)], dtype="datetime64[ns]")
    parts = split(xr.Dataset({"u": ("time", np.arange(309.0))}, {"time": time}))
    assert float(parts.test["u"][-1]) == 308
