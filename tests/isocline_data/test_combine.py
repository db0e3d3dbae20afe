import cftime
import numpy as np
import pytest
import xarray as xr

from isocline_data import DataError, open_dataset
from isocline_data.lock import FILE_LOCK


def hours(start, count, value=0.0, name="x", **attrs):
    time = np.datetime64(start, "ns") + np.arange(count) * np.timedelta64(1, "h")
    return xr.Dataset({name: ("time", np.full(count, value), attrs)}, {"time": time})


@pytest.fixture
def save(tmp_path):
    def write(**parts):
        for name, part in parts.items():
            with FILE_LOCK:
                part.to_netcdf(tmp_path / f"{name}.nc")
        return [tmp_path / f"{name}.nc" for name in parts]

    return write


@pytest.fixture
def restarted(save):
    """Two runs of 13 hourly stamps that share noon."""
    return save(a=hours("2010-02-01T00", 13, 1.0), b=hours("2010-02-01T12", 13, 2.0))


def test_shared_stamp_is_named_with_both_files(restarted):
    with pytest.raises(DataError) as caught:
        open_dataset(restarted)
    a, b = restarted
    assert str(caught.value) == (
        f"{a} and {b} both hold time 2010-02-01T12:00; "
        "keep one of the rows with on_duplicates='last' or 'first'"
    )


@pytest.mark.parametrize(("choice", "noon"), [("last", 2.0), ("first", 1.0)])
def test_stated_choice_keeps_25_rows(restarted, choice, noon):
    ds = open_dataset(restarted, on_duplicates=choice)
    assert ds.sizes["time"] == 25
    assert float(ds["x"].sel(time="2010-02-01T12:00")) == noon
    assert (np.diff(ds["time"].values) == np.timedelta64(1, "h")).all()


def test_last_is_the_last_given_not_the_latest(restarted):
    ds = open_dataset(restarted[::-1], on_duplicates="last")
    assert float(ds["x"].sel(time="2010-02-01T12:00")) == 1.0


def test_every_row_can_be_kept(restarted):
    assert open_dataset(restarted, on_duplicates="keep").sizes["time"] == 26


def test_longer_overlap_counts_the_other_stamps(save):
    files = save(a=hours("2010-02-01T00", 13), b=hours("2010-02-01T10", 13))
    with pytest.raises(DataError, match=r"both hold time 2010-02-01T10:00 \(and 2 more\)"):
        open_dataset(files)


def test_repeat_within_one_of_several_files_names_that_file(save):
    twice = xr.concat([hours("2010-02-01", 1)] * 2, "time")
    files = save(a=twice, b=hours("2010-02-02", 2))
    with pytest.raises(DataError, match=r"a.nc holds time 2010-02-01 more than once"):
        open_dataset(files)


def test_parts_in_any_order_are_joined_in_order_of_time(save):
    first, second, third = (
        hours("2010-02-01T00", 6, 1),
        hours("2010-02-01T06", 6, 2),
        hours("2010-02-01T12", 6, 3),
    )
    whole = open_dataset(save(a=third, b=first, c=second))
    np.testing.assert_array_equal(whole["x"], np.repeat([1, 2, 3], 6))


def test_interleaved_parts_are_put_in_order(save):
    whole = hours("2010-02-01", 10).assign(x=("time", np.arange(10.0)))
    joined = open_dataset(
        save(a=whole.isel(time=slice(0, None, 2)), b=whole.isel(time=slice(1, None, 2)))
    )
    xr.testing.assert_equal(joined, whole)


def test_pattern_joins_files_in_order_of_their_names(save, tmp_path):
    save(a=hours("2010-02-01T00", 6, 1), b=hours("2010-02-01T06", 6, 2))
    assert open_dataset(str(tmp_path / "*.nc")).sizes["time"] == 12


def test_other_calendars_join_too(save):
    parts = {}
    for name, start in (("a", 0), ("b", 12)):
        stamps = [
            cftime.DatetimeNoLeap(2000, 2, 28) + k * __import__("datetime").timedelta(hours=1)
            for k in range(start, start + 13)
        ]
        parts[name] = xr.Dataset({"x": ("time", np.ones(13))}, {"time": stamps})
    files = save(**parts)
    with pytest.raises(DataError, match="both hold time 2000-02-28T12:00"):
        open_dataset(files)
    assert open_dataset(files, on_duplicates="last").sizes["time"] == 25


def test_constant_coordinates_and_fields_are_not_multiplied(save):
    parts = [
        hours(start, 3).assign_coords(lat=("lat", [1.0, 2.0])).assign(mask=("lat", [0.0, 1.0]))
        for start in ("2010-02-01", "2010-02-02")
    ]
    ds = open_dataset(save(a=parts[0], b=parts[1]))
    assert ds["mask"].dims == ("lat",)
    assert ds["x"].sizes == {"time": 6}


def test_different_variables_on_one_axis_lie_side_by_side(save):
    ds = open_dataset(save(a=hours("2010-02-01", 3), b=hours("2010-02-01", 3, name="y")))
    assert set(ds.data_vars) == {"x", "y"}
    with pytest.raises(DataError, match="hold different variables on different coordinates"):
        open_dataset(save(a=hours("2010-02-01", 3), b=hours("2010-02-02", 3, name="y")))


def test_what_differs_between_parts_is_named(save):
    a = hours("2010-02-01", 3, units="K")
    b = hours("2010-02-02", 3, units="degC")
    with pytest.raises(
        DataError, match=r"variable 'x' has units 'K' in .*a.nc and 'degC' in .*b.nc; convert"
    ):
        open_dataset(save(a=a, b=b))
    with pytest.raises(DataError, match=r"b.nc has the variable 'y' and .*a.nc has not"):
        open_dataset(save(a=a, b=hours("2010-02-02", 3, units="K").assign(y=("time", np.ones(3)))))
    noleap = b.convert_calendar("noleap").assign(x=("time", np.ones(3), {"units": "K"}))
    with pytest.raises(DataError, match=r"has calendar 'proleptic_gregorian' and .* has 'noleap'"):
        open_dataset(save(a=a, b=noleap))
    still = xr.Dataset({"x": ("z", np.ones(3), {"units": "K"})})
    with pytest.raises(
        DataError, match=r"b.nc has no dimension 'time' along which .*a.nc could be continued"
    ):
        open_dataset(save(a=a, b=still))


def test_different_grids_are_refused(save):
    grid = [
        xr.Dataset(
            {"x": (("time", "lat"), np.ones((1, 2)))},
            {"time": [np.datetime64(day, "ns")], "lat": lat},
        )
        for day, lat in (("2001-01-01", [1.0, 2.0]), ("2001-01-02", [1.0, 3.0]))
    ]
    with pytest.raises(DataError, match="lie on different grids"):
        open_dataset(save(a=grid[0], b=grid[1]))


def test_single_file_keeps_its_repeats_unless_told(save):
    twice = xr.concat([hours("2010-02-01", 3, 1.0), hours("2010-02-01T02", 2, 2.0)], "time")
    (file,) = save(a=twice)
    assert open_dataset(file).sizes["time"] == 5
    last = open_dataset(file, on_duplicates="last")
    np.testing.assert_array_equal(last["x"], [1, 1, 2, 2])


def test_rows_without_a_stamp_are_kept_at_the_end(save):
    holed = hours("2010-02-01", 3)
    stamps = holed["time"].values.copy()
    stamps[1] = np.datetime64("NaT")
    ds = open_dataset(
        save(a=holed.assign_coords(time=stamps), b=hours("2010-02-02", 2)), on_duplicates="last"
    )
    assert ds.sizes["time"] == 5
    assert np.isnat(ds["time"].values).tolist() == [False] * 4 + [True]
