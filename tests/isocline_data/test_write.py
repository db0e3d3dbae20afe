"""What is written comes back; a file is whole or not there."""

import errno
import json
import os
from pathlib import Path

import cftime
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from isocline_data import DataError, open_dataset, to_netcdf


@pytest.fixture
def dataset() -> xr.Dataset:
    return xr.Dataset(
        {
            "u": ("time", [1.0, np.nan, 3.0], {"units": "m s-1"}),
            "seen": ("time", [True, False, True]),
            "place": ("site", ["Münster", "Oslo"]),
        },
        {"time": pd.date_range("2001-01-01", periods=3, freq="D")},
    )


def test_values_units_and_missing_values_come_back(tmp_path: Path, dataset: xr.Dataset) -> None:
    back = open_dataset(to_netcdf(dataset, tmp_path / "a.nc"))
    np.testing.assert_array_equal(back["u"], dataset["u"])
    assert back["u"].attrs["units"] == "m s-1"
    assert list(back["place"].values) == ["Münster", "Oslo"]
    assert list(back["seen"].values) == [1, 0, 1]
    np.testing.assert_array_equal(back["time"], dataset["time"])


@pytest.mark.parametrize("calendar", ["noleap", "360_day"])
def test_odd_calendars_come_back(tmp_path: Path, calendar: str) -> None:
    times = xr.date_range("2000-02-27", periods=4, freq="D", calendar=calendar, use_cftime=True)
    dataset = xr.Dataset({"u": ("time", np.arange(4.0))}, {"time": times})
    back = open_dataset(to_netcdf(dataset, tmp_path / "a.nc"))
    assert isinstance(back["time"].values[0], cftime.datetime)
    assert [str(stamp) for stamp in back["time"].values] == [str(stamp) for stamp in times]


def test_fractions_of_a_second_are_kept(tmp_path: Path) -> None:
    times = pd.to_datetime(["2001-01-01 00:00:00.25", "2001-01-01 00:00:01.5"])
    dataset = xr.Dataset({"u": ("time", [0.0, 1.0])}, {"time": times})
    back = open_dataset(to_netcdf(dataset, tmp_path / "a.nc"))
    np.testing.assert_array_equal(back["time"].values, times.values)


def test_provenance_becomes_attributes_and_nested_values_json(
    tmp_path: Path, dataset: xr.Dataset
) -> None:
    provenance = {
        "seed": 3,
        "git_commit": None,
        "versions": {"torch": "2.13.0"},
        "created": "2026-11-27",
    }
    back = open_dataset(to_netcdf(dataset, tmp_path / "a.nc", provenance=provenance))
    assert back.attrs["Conventions"] == "CF-1.11"
    assert back.attrs["seed"] == 3
    assert json.loads(back.attrs["versions"]) == {"torch": "2.13.0"}
    assert back.attrs["git_commit"] == "null"


def test_encodings_of_the_file_that_was_read_are_dropped(
    tmp_path: Path, dataset: xr.Dataset
) -> None:
    dataset["u"].encoding = {"dtype": "int16", "scale_factor": 1.0, "chunksizes": (3,)}
    derived = dataset.assign(u=dataset["u"] + 0.25).isel(time=[0, 2])
    derived["u"].encoding = dataset["u"].encoding
    back = open_dataset(to_netcdf(derived, tmp_path / "a.nc"))
    np.testing.assert_array_equal(back["u"], [1.25, 3.25])


def test_an_existing_file_is_replaced_only_when_asked(tmp_path: Path, dataset: xr.Dataset) -> None:
    path = to_netcdf(dataset, tmp_path / "a.nc")
    with pytest.raises(DataError, match=r"a\.nc exists; pass overwrite=True to replace it"):
        to_netcdf(dataset, path)
    to_netcdf(dataset.isel(time=[0]), path, overwrite=True)
    assert open_dataset(path).sizes["time"] == 1


def test_a_full_disk_leaves_the_old_file_whole(
    tmp_path: Path, dataset: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = to_netcdf(dataset, tmp_path / "a.nc")
    before = path.read_bytes()

    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(
        DataError, match=r"no space left on the disk of .* while writing a\.nc; the old file"
    ):
        to_netcdf(dataset, path, overwrite=True)
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["a.nc"]


def test_what_netcdf_cannot_hold_is_said(tmp_path: Path) -> None:
    dataset = xr.Dataset({"u": ("x", np.array([{"a": 1}, {}], dtype=object))})
    with pytest.raises(DataError, match=r"a\.nc cannot be written as NetCDF"):
        to_netcdf(dataset, tmp_path / "a.nc")
    assert list(tmp_path.iterdir()) == []
