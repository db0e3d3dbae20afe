import cftime
import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from isocline_data import (
    DataError,
    check_time_axis,
    describe,
    find_time,
    format_description,
    open_dataset,
)
from isocline_data.cli import app
from isocline_data.lock import FILE_LOCK
from isocline_data.times import measure_step


def series(time, values=None, **attrs):
    values = np.arange(float(len(time))) if values is None else values
    return xr.Dataset({"x": ("time", values, attrs)}, {"time": np.asarray(time)})


def days(start, *offsets):
    return np.datetime64(start, "ns") + np.array(offsets) * np.timedelta64(1, "D")


def row(ds, name="x"):
    chosen = describe(ds).sel(variable=name)
    return {key: chosen[key].values.item() for key in chosen.data_vars}


def test_numbers_are_counted_and_averaged_without_the_missing():
    found = row(series(days("2001-01-01", 0, 1, 2, 3), [1.0, np.nan, 2.0, 6.0], units="K"))
    assert found["missing"] == 0.25
    assert (found["minimum"], found["mean"], found["maximum"]) == (1, 3, 6)
    assert (found["units"], found["dims"], found["shape"], found["dtype"]) == (
        "K",
        "time",
        "4",
        "float64",
    )
    assert (found["time_start"], found["time_end"], found["time_step"]) == (
        "2001-01-01",
        "2001-01-04",
        "1 day",
    )
    assert found["calendar"] == "proleptic_gregorian"


def test_absent_stamps_and_missing_values_are_both_gaps():
    absent = row(series(days("2001-01-01", 0, 1, 2, 10, 11, 15)))
    assert (absent["gaps"], absent["longest_gap"]) == (2, "8 days")
    missing = row(series(days("2001-01-01", *range(8)), [0, 1, np.nan, np.nan, np.nan, 5, 6, 7.0]))
    assert (missing["gaps"], missing["longest_gap"]) == (1, "4 days")


def test_duplicates_unsorted_and_missing_stamps_are_counted_and_left():
    stamps = days("2001-01-01", 0, 1, 1, 3, 2, 4)
    stamps = np.append(stamps, np.datetime64("NaT"))
    ds = series(stamps)
    before = ds.copy(deep=True)
    found = row(ds)
    assert (found["duplicates"], found["unsorted"], found["missing_stamps"]) == (1, 1, 1)
    xr.testing.assert_identical(ds, before)


@pytest.mark.parametrize(
    ("stamps", "step"),
    [
        (
            np.arange("2001-01", "2003-01", dtype="datetime64[M]").astype("datetime64[ns]"),
            "1 month",
        ),
        (
            np.arange("2001-01", "2003-01", dtype="datetime64[M]")[::3].astype("datetime64[ns]"),
            "3 months",
        ),
        (np.arange("1900", "1921", dtype="datetime64[Y]").astype("datetime64[ns]"), "1 year"),
        (days("2001-01-31", 0, 28, 59, 89), "1 month"),
        (days("2001-01-01", 0, 7, 14), "1 week"),
        (days("2001-01-01", 0, 0.25, 0.5).astype("datetime64[ns]"), "6 hours"),
        (days("2001-01-01", 0, 1.5, 3).astype("datetime64[ns]"), "36 hours"),
        (
            np.datetime64("2001-01-01", "ns") + np.arange(3) * np.timedelta64(250, "ms"),
            "0.25 seconds",
        ),
        ([cftime.Datetime360Day(2000, m, 30) for m in range(1, 6)], "1 month"),
        ([cftime.DatetimeNoLeap(2000, 2, 27 + d) for d in range(2)], "1 day"),
    ],
)
def test_step_is_told_in_the_unit_it_was_meant_in(stamps, step):
    if np.asarray(stamps).dtype.kind == "M" and step in ("6 hours", "36 hours"):
        hours = {"6 hours": 6, "36 hours": 36}[step]
        stamps = np.datetime64("2001-01-01", "ns") + np.arange(3) * np.timedelta64(hours, "h")
    assert measure_step(np.asarray(stamps)).label == step


def test_missing_quarters_are_gaps_in_months():
    quarters = np.array(
        ["2006-01", "2006-04", "2006-07", "2006-10", "2007-10"], "datetime64[M]"
    ).astype("datetime64[ns]")
    found = row(series(quarters))
    assert (found["time_step"], found["gaps"], found["longest_gap"]) == ("3 months", 1, "12 months")


def test_irregular_stamps_have_a_median_and_no_gaps():
    found = row(
        series(
            np.datetime64("2001-01-01", "ns")
            + np.array([0, 60, 180, 420, 900]) * np.timedelta64(1, "s")
        )
    )
    assert found["time_step"].startswith("irregular (median ")
    assert found["gaps"] == 0


def test_other_calendars_are_named():
    noleap = [
        cftime.DatetimeNoLeap(2000, 2, 27),
        cftime.DatetimeNoLeap(2000, 2, 28),
        cftime.DatetimeNoLeap(2000, 3, 1),
    ]
    found = row(series(noleap))
    assert (found["calendar"], found["time_step"], found["gaps"]) == ("noleap", "1 day", 0)


def test_numbers_as_times_are_described_too():
    ds = xr.Dataset({"u": ("t", np.ones(3))}, {"t": ("t", [0.0, 0.5, 1.0], {"units": "s"})})
    found = row(ds, "u")
    assert (found["time_step"], found["time_end"], found["calendar"]) == ("0.5 s", "1", "")


def test_text_empty_and_all_missing_variables_are_described():
    ds = xr.Dataset(
        {
            "s": ("x", ["a", "b"]),
            "e": ("y", np.zeros(0)),
            "m": ("x", [np.nan, np.nan]),
            "k": ((), 2.0),
        }
    )
    table = describe(ds)
    assert table.sizes["variable"] == 4
    assert row(ds, "s")["dtype"] == "text"
    assert row(ds, "m")["missing"] == 1
    assert row(ds, "k")["shape"] == "scalar"
    assert "No variable has a time axis." in format_description(table)
    assert format_description(describe(xr.Dataset())) == "The dataset has no variables."


def test_printed_table_tells_the_story():
    ds = series(days("2001-01-01", 0, 1, 2, 10), [1.0, np.nan, 3.0, 4.0], units="K")
    text = format_description(describe(ds), width=120)
    for word in ("time (4)", "25.00%", "2001-01-11", "1 day", "8 days", "in order"):
        assert word in text


def test_time_is_found_by_its_values_not_only_by_its_name():
    ds = series(days("2001-01-01", 0, 1)).rename(time="initial_time0_hours")
    assert find_time(ds) == "initial_time0_hours"
    with pytest.raises(
        DataError, match=r"there is no time dimension .the dimensions are x.; name the variable"
    ):
        find_time(xr.Dataset({"a": ("x", [1.0])}))
    two = xr.Dataset(coords={"a": days("2001-01-01", 0), "b": days("2001-01-01", 0)})
    with pytest.raises(DataError, match="there are several time dimensions, a, b; name one"):
        find_time(two)
    with pytest.raises(DataError, match="there is no dimension 'c'; the dataset has a, b"):
        find_time(two, "c")


def test_axis_out_of_order_is_refused_with_its_stamps():
    with pytest.raises(DataError) as caught:
        check_time_axis(series(days("2001-01-01", 0, 2, 1, 3)))
    assert str(caught.value) == (
        "the time axis 'time' is not in order: 2001-01-03 is followed by 2001-01-02 "
        "(row 2; 1 such place); sort it with ds.sortby('time') if that is what you mean"
    )


def test_repeated_stamps_are_refused_by_name():
    with pytest.raises(DataError) as caught:
        check_time_axis(series(days("2001-01-01", 0, 1, 1, 3)))
    assert str(caught.value) == (
        "1 stamp occurs more than once on the time axis 'time' (2001-01-02); "
        "select one series, aggregate them, or keep one with on_duplicates='last'"
    )


def test_missing_stamps_are_refused_with_their_rows():
    stamps = days("2001-01-01", 0, 1, 2)
    stamps[1] = np.datetime64("NaT")
    with pytest.raises(
        DataError, match=r"'time' has 1 missing stamp \(NaT\) of 3, first at row 1; fill or drop"
    ):
        check_time_axis(series(stamps))


def test_stamps_of_text_are_refused():
    with pytest.raises(DataError, match="dates or numbers were expected"):
        check_time_axis(series(np.array(["a", "b"])))


def test_public_records_show_their_known_faults(public_data):
    folder = public_data / "netcdf"
    mjo = row(open_dataset(folder / "RMM1.observed.nc"), "rmm1")
    assert (mjo["gaps"], mjo["longest_gap"], mjo["missing_stamps"]) == (1, "291 days", 145)
    era5 = row(open_dataset(folder / "era5_2022_2mtemp_spres_xyav.nc"), "2T_GDS0_SFC")
    assert (era5["gaps"], era5["longest_gap"], era5["time_step"]) == (1, "721 hours", "1 hour")
    sst = row(open_dataset(folder / "sst.mnmean.nc"), "sst")
    assert (sst["time_step"], sst["gaps"], round(sst["missing"], 2)) == ("1 month", 0, 0.31)


def test_command_prints_the_table_and_what_was_masked(tmp_path):
    ds = series(days("2001-01-01", 0, 1, 2), [1.0, -9.0, 3.0])
    ds["x"].encoding["_FillValue"] = -9.0
    with FILE_LOCK:
        ds.to_netcdf(tmp_path / "a.nc")
    result = CliRunner().invoke(app, ["describe", str(tmp_path / "a.nc")])
    assert result.exit_code == 0, result.output
    assert "33.33%" in result.output
    assert "x: masked 1 of 3 values: 1 _FillValue -9" in result.output
