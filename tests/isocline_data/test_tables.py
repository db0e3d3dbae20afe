import gzip

import numpy as np
import pandas as pd
import pytest

from isocline_data import DataError, check_time_axis, describe, open_dataset


@pytest.fixture
def table(tmp_path):
    def write(text, name="a.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize("header", ["time", "Date", "timestamp", "ds", "DateTime"])
def test_column_of_times_is_found_by_name(table, header):
    ds = open_dataset(table(f"x,{header}\n1,2001-01-01\n2,2001-01-02T12:00\n"))
    np.testing.assert_array_equal(
        ds["time"], np.array(["2001-01-01", "2001-01-02T12:00"], "datetime64[ns]")
    )
    np.testing.assert_array_equal(ds["x"], [1, 2])
    assert ds["time"].attrs["long_name"] == header


def test_first_column_of_dates_is_the_time(table):
    ds = open_dataset(table("when,x\n2001-01-01,1\n2001-01-02,\n"))
    assert ds["x"].dims == ("time",)
    assert np.isnan(ds["x"][1])


def test_column_of_times_can_be_named(table):
    path = table("a,b,x\n1,2001-01-01,3\n")
    assert list(open_dataset(path, time="b").data_vars) == ["a", "x"]
    with pytest.raises(DataError, match=r"there is no column 'bb' in .*a.csv; did you mean 'b'"):
        open_dataset(path, time="bb")


def test_calendar_columns_make_dates(table):
    ds = open_dataset(table("year,month,x\n2001,2,5\n2001,3,6\n"))
    assert str(ds["time"].values[1])[:10] == "2001-03-01"
    assert list(ds.data_vars) == ["x"]
    yearly = open_dataset(table("Year,hare,lynx\n1900,30,4\n1901,47.2,6.1\n"))
    assert str(yearly["time"].values[0])[:10] == "1900-01-01"
    with pytest.raises(DataError, match=r"the columns year, month of .* do not make dates"):
        open_dataset(table("year,month,x\n2001,13,5\n"))


def test_numbers_as_times_stay_numbers(table):
    ds = open_dataset(table("time,x\n0,1\n0.5,2\n"))
    np.testing.assert_array_equal(ds["time"], [0, 0.5])


def test_table_without_times_lies_along_rows(table):
    ds = open_dataset(table("x y\n1 2\n3 4\n", "a.dat"))
    assert ds["y"].dims == ("row",)


@pytest.mark.parametrize(
    ("mark", "name"), [(",", "a.csv"), (";", "a.csv"), ("\t", "a.tsv"), (" ", "a.txt")]
)
def test_separators_are_recognised(table, mark, name):
    ds = open_dataset(table(f"t_x{mark}y\n1{mark}2\n3{mark}4\n", name))
    np.testing.assert_array_equal(ds["y"], [2, 4])


def test_numbers_without_names_get_numbered_columns(table):
    ds = open_dataset(table("1,2\n3,4\n"))
    np.testing.assert_array_equal(ds["column_2"], [2, 4])


def test_byte_order_mark_and_comments_are_skipped(table):
    ds = open_dataset(table("\ufeff# made by hand\ntime,x\n2001-01-01,1\n"))
    assert list(ds.data_vars) == ["x"]


def test_packed_table_is_read(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"time,x\n2001-01-01,1\n"))
    assert float(open_dataset(path)["x"][0]) == 1
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(DataError, match=r"cannot be unpacked|cannot be read as a table"):
        open_dataset(path)


def test_text_columns_stay_text(table):
    ds = open_dataset(table("time,station\n2001-01-01,Ulm\n2001-01-02,\n"))
    assert ds["station"].values.tolist() == ["Ulm", ""]


def test_word_among_numbers_is_named(table):
    rows = "".join(
        f"2001-01-0{day},{value}\n" for day, value in enumerate(["1", "2", "n.v.", "4"], 1)
    )
    with pytest.raises(DataError, match=r"column 'x' of .* holds numbers but 'n.v.' in row 3"):
        open_dataset(table("time,x\n" + rows))


def test_stamp_that_is_no_date_is_named(table):
    with pytest.raises(
        DataError, match=r"'soon' in column 'time' of .* \(row 2, one of 1\) is not a date"
    ):
        open_dataset(table("time,x\n2001-01-01,1\nsoon,2\n"))


def test_missing_stamp_stays_and_is_counted(table):
    ds = open_dataset(table("time,x\n2001-01-01,1\n,2\n2001-01-03,3\n"))
    assert int(describe(ds)["missing_stamps"][0]) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,x\n", "has no rows: only the line of column names"),
        ("\n\n", "has no lines with values"),
        (
            "time,x\n2001-01-01,1,2,3\n2001-01-02,1\n2001-01-03,1,2,3,4,5\n",
            "cannot be read as a table",
        ),
        ("date,time,x\n2001-01-01,5,1\n", "has a column"),
    ],
)
def test_table_that_makes_no_sense_says_why(table, text, words):
    path = table(text)
    if words == "has a column":
        assert open_dataset(path)["time"].values.tolist() == [5]
    else:
        with pytest.raises(DataError, match=words):
            open_dataset(path)


def test_text_in_another_encoding_says_so(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("time,höhe\n2001-01-01,1\n".encode("latin-1"))
    with pytest.raises(DataError, match="is not text in UTF-8; save it as UTF-8"):
        open_dataset(path)


# Clocks put back.

BERLIN = [
    "00:00:00+02:00",
    "01:00:00+02:00",
    "02:00:00+02:00",
    "02:00:00+01:00",
    "03:00:00+01:00",
    "04:00:00+01:00",
]


def test_stamps_with_offsets_are_one_hour_apart_in_utc(table):
    ds = open_dataset(table("time,x\n" + "".join(f"2022-10-30 {stamp},0\n" for stamp in BERLIN)))
    assert check_time_axis(ds) == "time"
    assert str(ds["time"].values[0]) == "2022-10-29T22:00:00.000000000"
    row = describe(ds).isel(variable=0)
    assert (str(row["time_step"].values), int(row["gaps"]), int(row["duplicates"])) == (
        "1 hour",
        0,
        0,
    )
    assert ds["time"].attrs["time_zone"] == "UTC"


def test_local_stamps_ask_for_the_zone_and_name_the_repeated_hour(table):
    path = table("time,x\n" + "".join(f"2022-10-30 {stamp[:8]},0\n" for stamp in BERLIN))
    with pytest.raises(DataError) as caught:
        check_time_axis(open_dataset(path))
    assert str(caught.value) == (
        "the time axis 'time' repeats an hour (2022-10-30T02:00), "
        "as local times do when clocks are put back; give the zone, for example time_zone='Europe/Berlin'"
    )
    ds = open_dataset(path, time_zone="Europe/Berlin")
    assert check_time_axis(ds) == "time"
    assert str(ds["time"].values[-1]) == "2022-10-30T03:00:00.000000000"
    with pytest.raises(DataError, match="cannot be local times of 'Europe/Berlim'"):
        open_dataset(path, time_zone="Europe/Berlim")


def test_quarter_hours_across_the_change_ask_for_the_zone_too(table):
    local = pd.date_range("2022-10-29T22:00", periods=40, freq="15min", tz="UTC").tz_convert(
        "Europe/Berlin"
    )
    path = table("time,x\n" + "".join(f"{stamp:%Y-%m-%d %H:%M},0\n" for stamp in local))
    with pytest.raises(
        DataError,
        match=r"repeats an hour .*2022-10-30T02:00, 2022-10-30T02:15, 2022-10-30T02:30 and 1 more",
    ):
        check_time_axis(open_dataset(path))
    steps = np.diff(open_dataset(path, time_zone="Europe/Berlin")["time"].values)
    assert (steps == np.timedelta64(15, "m")).all()


def test_several_series_in_one_table_are_not_taken_for_clocks(table):
    months = pd.date_range("2001-01-01", periods=4, freq="MS")
    rows = "".join(f"{month:%Y-%m-%d},{number}\n" for month in months for number in range(6))
    with pytest.raises(DataError, match="4 stamps occur more than once on the time axis 'time'"):
        check_time_axis(open_dataset(table("time,x\n" + rows)))


# Parquet.


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "time": pd.date_range("2001-01-01", periods=3, freq="h"),
            "x": [1.0, np.nan, 3.0],
            "n": [1, 2, 3],
        }
    )


def test_parquet_is_read_like_csv(frame, tmp_path):
    pytest.importorskip("pyarrow")
    frame.to_parquet(tmp_path / "a.parquet")
    frame.to_csv(tmp_path / "a.csv", index=False)
    left, right = open_dataset(tmp_path / "a.parquet"), open_dataset(tmp_path / "a.csv")
    assert left.equals(right)
    frame.set_index("time").to_parquet(tmp_path / "b.parquet")
    assert open_dataset(tmp_path / "b.parquet").equals(right)


def test_parquet_with_a_zone_becomes_utc(frame, tmp_path):
    pytest.importorskip("pyarrow")
    frame["time"] = frame["time"].dt.tz_localize("Europe/Berlin")
    frame.to_parquet(tmp_path / "a.parquet")
    ds = open_dataset(tmp_path / "a.parquet")
    assert str(ds["time"].values[0]) == "2000-12-31T23:00:00.000000000"
    assert ds["time"].attrs["time_zone"] == "Europe/Berlin"


def test_parquet_without_pyarrow_says_how_to_get_it(tmp_path, monkeypatch):
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + bytes(20) + b"PAR1")

    def refuse(*args, **kwargs):
        raise ImportError("no pyarrow")

    monkeypatch.setattr("pandas.read_parquet", refuse)
    with pytest.raises(
        DataError, match=r"needs pyarrow: run \"pip install 'isocline\[parquet\]'\""
    ):
        open_dataset(tmp_path / "a.parquet")


def test_damaged_parquet_is_refused(tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + bytes(20))
    with pytest.raises(DataError, match="cannot be read as Parquet"):
        open_dataset(tmp_path / "a.parquet")
    (tmp_path / "b.parquet").write_text("no")
    with pytest.raises(DataError, match="is not a Parquet file: it begins with 'no'"):
        open_dataset(tmp_path / "b.parquet")


# COMSOL.

HEAD = """% Model:              m.mph
% Version:            COMSOL 6.0
% Dimension:          {dim}
% Nodes:              2
% Length unit:        m
% Description:        velocity, pressure
"""


def test_comsol_columns_are_stacked_along_the_parameter(table):
    text = (
        HEAD.format(dim=1)
        + "% X                       u (m/s) @ t=0           u (m/s) @ t=0.5\n1   3  4\n-1  1  2\n"
    )
    ds = open_dataset(table(text, "a.dat"))
    assert ds["u"].dims == ("t", "x")
    np.testing.assert_array_equal(ds["x"], [-1, 1])
    np.testing.assert_array_equal(ds["u"], [[1, 3], [2, 4]])
    assert ds["u"].attrs["units"] == "m/s"
    assert ds["x"].attrs["units"] == "m"


def test_comsol_nodes_of_a_plane_keep_their_order_and_fixed_parameters(table):
    text = (
        HEAD.format(dim=2)
        + "% x                       y                       u @ Re=100      p (Pa)\n0 1 2 3\n4 5 6 7\n"
    )
    ds = open_dataset(table(text, "a.dat"))
    assert ds["u"].dims == ("point",)
    np.testing.assert_array_equal(ds["y"], [1, 5])
    assert float(ds["u"].coords["Re"]) == 100
    assert ds["p"].attrs == {"units": "Pa", "long_name": "pressure"}


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("1 2 3\n", "has 1 rows but its header says 2 nodes"),
        ("1 2 3\n1 2\n", "row 2 of .* has 2 cells where 3 columns are named"),
        ("1 2 3\n1 2 x\n", "has a cell that is not a number"),
        ("", "has no line of column names, or no rows"),
    ],
)
def test_cut_comsol_table_is_refused(table, rows, words):
    text = HEAD.format(dim=1) + "% X                       u @ t=0         u @ t=1\n" + rows
    with pytest.raises(DataError, match=words):
        open_dataset(table(text, "a.dat"))


def test_comsol_columns_that_differ_in_two_parameters_are_refused(table):
    text = (
        HEAD.format(dim=1)
        + "% X                       u @ t=0, k=1      u @ t=1, k=2\n0 1 2\n1 2 3\n"
    )
    with pytest.raises(DataError, match=r"the 2 columns of 'u' in .* differ in t, k"):
        open_dataset(table(text, "a.dat"))


def test_public_tables_have_their_known_shapes(public_data):
    burgers = open_dataset(public_data / "pinn" / "burgers1d.dat")
    assert burgers["u"].dims == ("t", "x")
    assert burgers["u"].shape == (11, 101)
    assert float(burgers["u"].sel(t=0.5, x=-0.98, method="nearest")) == 0.02409085042940908
    heat = open_dataset(public_data / "pinn" / "heat_darcy.dat")
    assert heat["u"].shape == (51, 983)
    flow = open_dataset(public_data / "pinn" / "ns2d.dat")
    assert {name: flow[name].attrs["units"] for name in flow} == {"u": "m/s", "v": "m/s", "p": "Pa"}
    lid = open_dataset(public_data / "pinn" / "lid_driven_a8.dat")
    assert float(lid["Re"]) == 100
    ett = open_dataset(public_data / "ETTh1.csv")
    assert dict(ett.sizes) == {"time": 17420}
    assert open_dataset(public_data / "exchange_rate.txt.gz").sizes == {"row": 7588}
