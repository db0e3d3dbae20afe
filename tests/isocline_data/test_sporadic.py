"""Irregular series as tensors."""

import cftime
import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr

from isocline_data import DataError, sporadic


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


def test_times_are_days_in_double_precision() -> None:
    time = np.array(["1958-01-01", "2001-01-01T00:00:01"], "datetime64[ns]")
    found = sporadic(xr.Dataset({"u": ("time", [1.0, 2.0])}, {"time": time}))
    assert found.times.dtype == torch.float64
    assert (found.times[1].item() - 15706) * 86400 == pytest.approx(1, abs=1e-6)
    assert found.origin == np.datetime64("1958-01-01")


def test_parts_can_share_a_clock() -> None:
    time = pd.date_range("2001-01-01", periods=4)
    dataset = xr.Dataset({"u": ("time", np.arange(4.0))}, {"time": time})
    first = sporadic(dataset.isel(time=[0, 1]))
    second = sporadic(dataset.isel(time=[2, 3]), origin=first.origin)
    assert second.times.tolist() == [2, 3]
    assert sporadic(dataset, origin="2000-12-31").times.tolist() == [1, 2, 3, 4]


def test_other_calendars_count_their_own_days() -> None:
    time = xr.date_range("2000-02-28", periods=2, freq="D", calendar="noleap", use_cftime=True)
    dataset = xr.Dataset({"u": ("time", [1.0, 2.0])}, {"time": time})
    assert sporadic(dataset).times.tolist() == [0, 1]
    assert str(time[1])[:10] == "2000-03-01"
    assert sporadic(dataset, origin="2000-02-27").times.tolist() == [1, 2]
    assert sporadic(dataset, origin=time[1]).times.tolist() == [-1, 0]


@pytest.mark.parametrize("origin", ["soon", 5, cftime.datetime(2000, 1, 1, calendar="360_day")])
@pytest.mark.parametrize("calendar", ["standard", "noleap"])
def test_origins_of_another_kind_are_refused(origin: object, calendar: str) -> None:
    time = xr.date_range("2001-01-01", periods=2, calendar=calendar)
    dataset = xr.Dataset({"u": ("time", [1.0, 2.0])}, {"time": time})
    with pytest.raises(
        DataError, match=r"is not a date of the axis' calendar, which begins with 2001-01-01$"
    ):
        sporadic(dataset, origin=origin)


def test_plain_numbers_have_no_origin() -> None:
    dataset = xr.Dataset({"u": ("time", [1.0, 2.0])}, {"time": [0.5, 2.0]})
    with pytest.raises(
        DataError,
        match=r"^an origin \(3\) was given for the axis 'time', which holds plain numbers;",
    ):
        sporadic(dataset, origin=3)


def test_a_series_without_values_is_refused() -> None:
    dataset = xr.Dataset({"u": ("time", [np.nan, np.nan])}, {"time": [0, 1]})
    with pytest.raises(
        DataError, match="variable 'u' in the dataset has no values: all 2 are missing"
    ):
        sporadic(dataset)


def test_fields_are_not_taken_for_series() -> None:
    field = xr.Dataset({"u": (("time", "x"), np.ones((2, 3)))}, {"time": [0, 1]})
    with pytest.raises(DataError, match="no numeric variable of dimension \\('time',\\)"):
        sporadic(field)
