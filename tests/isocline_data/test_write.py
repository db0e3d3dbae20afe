"""What is written comes back; a file is whole or not there."""

import errno
import json
import os
import shutil
from pathlib import Path

import cftime
import netCDF4
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
    provenance = {"seed": 3, "git_commit": None, "versions": {"torch": "2.13.0"}}
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


def test_a_full_disk_is_recognised_when_the_library_does_not_say_so(
    tmp_path: Path, dataset: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What netCDF4 does on a real full disk: "NetCDF: HDF error", and a part left behind."""

    def full(self: xr.Dataset, path: Path, **options: object) -> None:
        path.write_bytes(b"half a file")
        raise RuntimeError("NetCDF: HDF error")

    path = to_netcdf(dataset, tmp_path / "a.nc")
    before = path.read_bytes()
    monkeypatch.setattr(xr.Dataset, "to_netcdf", full)
    with pytest.raises(
        DataError, match=r"a\.nc cannot be written \(NetCDF: HDF error\); check the folder"
    ):
        to_netcdf(dataset, path, overwrite=True)
    usage = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(
        DataError,
        match=r"^no space left on the disk of .* while writing a\.nc; the old file, if there was one, "
        "is as it was; free some space and try again$",
    ):
        to_netcdf(dataset, path, overwrite=True)
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["a.nc"]


def test_a_part_that_could_not_be_finished_leaves_nothing_behind(
    tmp_path: Path, dataset: xr.Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(self: xr.Dataset, path: Path, **options: object) -> None:
        path.write_bytes(b"half a file")
        raise KeyboardInterrupt

    monkeypatch.setattr(xr.Dataset, "to_netcdf", stopped)
    with pytest.raises(KeyboardInterrupt):
        to_netcdf(dataset, tmp_path / "a.nc")
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written_to_are_said(tmp_path: Path, dataset: xr.Dataset) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(
        DataError, match=r"b\.nc cannot be written \(File exists\); check the folder"
    ):
        to_netcdf(dataset, tmp_path / "file" / "b.nc")
    with pytest.raises(DataError, match=r"is a folder; give the name of a file in it"):
        to_netcdf(dataset, tmp_path, overwrite=True)


def test_missing_folders_are_made(tmp_path: Path, dataset: xr.Dataset) -> None:
    assert to_netcdf(dataset, tmp_path / "new" / "folder" / "a.nc").is_file()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            np.array([{"a": 1}, "b"], dtype=object),
            r"variable 'u' holds Python objects \(dict, str\), which NetCDF does not; turn them into",
        ),
        (np.array([1j, 2]), "variable 'u' holds complex numbers, which NetCDF does not; write its"),
    ],
)
def test_what_netcdf_cannot_hold_is_said(tmp_path: Path, values: np.ndarray, sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        to_netcdf(xr.Dataset({"u": ("x", values)}), tmp_path / "a.nc")
    assert list(tmp_path.iterdir()) == []


def test_an_index_of_several_levels_is_said(tmp_path: Path, dataset: xr.Dataset) -> None:
    stacked = dataset[["u"]].expand_dims(z=[1, 2]).stack(point=("z", "time"))
    with pytest.raises(
        DataError, match=r"'point' is an index of several levels, .* ds\.reset_index\('point'\)"
    ):
        to_netcdf(stacked, tmp_path / "a.nc")


def test_names_netcdf_cannot_hold_are_said(tmp_path: Path, dataset: xr.Dataset) -> None:
    with pytest.raises(DataError, match=r"a\.nc cannot be written as NetCDF: Forward slashes"):
        to_netcdf(dataset.rename(u="u/v"), tmp_path / "a.nc")


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (True, "true"),
        (np.bool_(False), "false"),
        (None, "null"),
        (np.float64(0.5), 0.5),
        (pd.Timestamp("2001-02-03"), "2001-02-03T00:00:00"),
        (np.datetime64("2001-02-03"), "2001-02-03"),
        (["a", "b"], '["a", "b"]'),
        (np.array(["a", "b"]), '["a", "b"]'),
        ([True], "[true]"),
        ([], "[]"),
        (
            {"n": np.int64(3), "when": pd.Timestamp("2001")},
            '{"n": 3, "when": "2001-01-01T00:00:00"}',
        ),
        (Path("runs/a"), "runs/a"),
        (b"bytes", "bytes"),
        ("Münster", "Münster"),
        (2**70, str(2**70)),
    ],
)
def test_attributes_of_any_type_are_kept_as_text_or_numbers(
    tmp_path: Path, value: object, stored: object
) -> None:
    back = open_dataset(to_netcdf(xr.Dataset(attrs={"a": value}), tmp_path / "a.nc"))
    assert back.attrs["a"] == stored


def test_numeric_attributes_stay_numbers(tmp_path: Path, dataset: xr.Dataset) -> None:
    dataset["u"].attrs |= {"valid_range": [0, 5], "scale": np.float32(2.5), "nothing": None}
    back = xr.open_dataset(to_netcdf(dataset, tmp_path / "a.nc"))
    assert back["u"].attrs["valid_range"].tolist() == [0, 5]
    assert back["u"].attrs["scale"] == 2.5
    assert "nothing" not in back["u"].attrs
    back.close()


def test_history_gets_a_line_and_keeps_the_earlier_ones(
    tmp_path: Path, dataset: xr.Dataset
) -> None:
    dataset.attrs = {"history": "2020: made", "Conventions": "COARDS"}
    provenance = {"created": "2026-11-27T12:00:00+00:00", "command": "isocline forecast run co2"}
    back = open_dataset(to_netcdf(dataset, tmp_path / "a.nc", provenance=provenance))
    assert back.attrs["history"].splitlines() == [
        "2026-11-27T12:00:00+00:00: isocline forecast run co2",
        "2020: made",
    ]
    assert back.attrs["Conventions"] == "CF-1.11"
    assert dataset.attrs == {"history": "2020: made", "Conventions": "COARDS"}


def test_the_same_data_makes_the_same_bytes(tmp_path: Path, dataset: xr.Dataset) -> None:
    first, second = (to_netcdf(dataset, tmp_path / name) for name in ("a.nc", "b.nc"))
    assert first.read_bytes() == second.read_bytes()


def test_fills_are_written_only_where_something_is_missing(
    tmp_path: Path, dataset: xr.Dataset
) -> None:
    dataset["whole"] = ("time", [1.0, 2.0, 3.0])
    with netCDF4.Dataset(to_netcdf(dataset, tmp_path / "a.nc")) as file:
        assert np.isnan(file["u"].getncattr("_FillValue"))
        assert "_FillValue" not in file["whole"].ncattrs()
        assert "_FillValue" not in file["time"].ncattrs()
        assert file["time"].getncattr("standard_name") == "time"
        assert file["time"].getncattr("axis") == "T"
        assert file["seen"].getncattr("flag_meanings") == "false true"


def test_time_units_among_the_attributes_do_not_stop_the_writing(
    tmp_path: Path, dataset: xr.Dataset
) -> None:
    dataset["time"].attrs = {"units": "days since 1900-01-01", "calendar": "noleap"}
    back = open_dataset(to_netcdf(dataset, tmp_path / "a.nc"))
    np.testing.assert_array_equal(back["time"], dataset["time"])


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([1, 2.5, None], dtype=object), [1.0, 2.5, np.nan]),
        (pd.array([1, None, 3], dtype="Int64"), [1.0, np.nan, 3.0]),
        (np.array([None, None, None], dtype=object), [np.nan] * 3),
        (np.array([True, False, True], dtype=object), [1, 0, 1]),
        (np.array([1, 2, 3], dtype=np.float16), [1.0, 2.0, 3.0]),
    ],
)
def test_numbers_in_other_clothes_come_back_as_numbers(
    tmp_path: Path, values: object, expected: list[float]
) -> None:
    back = open_dataset(to_netcdf(xr.Dataset({"u": ("x", values)}), tmp_path / "a.nc"))
    np.testing.assert_array_equal(back["u"].values, expected)


def test_text_of_any_kind_comes_back(tmp_path: Path) -> None:
    dataset = xr.Dataset(
        {
            "gappy": ("x", np.array(["a", None], dtype=object)),
            "kind": ("x", pd.Categorical(["p", "q"])),
        }
    )
    back = open_dataset(to_netcdf(dataset, tmp_path / "a.nc"))
    assert list(back["gappy"].values) == ["a", ""]
    assert list(back["kind"].values) == ["p", "q"]


def test_times_with_a_zone_are_written_in_utc(tmp_path: Path) -> None:
    zoned = pd.date_range("2001-01-01", periods=2, tz="Europe/Berlin")
    dataset = xr.Dataset({"when": ("x", zoned)})
    back = open_dataset(to_netcdf(dataset, tmp_path / "a.nc"))
    assert str(back["when"].values[0])[:16] == "2000-12-31T23:00"


def test_one_array_is_written_under_its_name(tmp_path: Path, dataset: xr.Dataset) -> None:
    back = open_dataset(to_netcdf(dataset["u"], tmp_path / "a.nc"))
    np.testing.assert_array_equal(back["u"], dataset["u"])


def test_a_file_can_be_replaced_by_what_is_read_from_it(
    tmp_path: Path, dataset: xr.Dataset
) -> None:
    path = to_netcdf(dataset, tmp_path / "a.nc")
    with xr.open_dataset(path) as lazy:
        to_netcdf(lazy.isel(time=[0, 1]), path, overwrite=True)
    assert open_dataset(path).sizes["time"] == 2
