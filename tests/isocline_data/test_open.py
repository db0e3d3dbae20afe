import functools
import http.server
import threading

import numpy as np
import pytest
import xarray as xr

from isocline_data import DataError, DataWarning, open_dataset, require_variables
from isocline_data.lock import FILE_LOCK
from isocline_data.remote import fetch_url


@pytest.fixture
def series():
    return xr.Dataset(
        {"temperature": ("time", np.arange(5.0), {"units": "K"})},
        {"time": np.datetime64("2001-01-01", "ns") + np.arange(5) * np.timedelta64(1, "D")},
    )


@pytest.fixture
def path(series, tmp_path):
    path = tmp_path / "a.nc"
    with FILE_LOCK:
        series.to_netcdf(path)
    return path


def test_round_trip_keeps_values_units_and_times(path, series):
    ds = open_dataset(path)
    xr.testing.assert_equal(ds, series)
    assert ds["temperature"].attrs["units"] == "K"
    assert ds["time"].dtype == "datetime64[ns]"


def test_path_may_be_text_or_start_with_the_home_folder(path, series, monkeypatch):
    monkeypatch.setenv("HOME", str(path.parent))
    for source in (str(path), "~/a.nc", f"file://{path}"):
        xr.testing.assert_equal(open_dataset(source), series)


def test_dataset_is_returned_as_it_is(series):
    xr.testing.assert_identical(open_dataset(series), series)


def test_nothing_stays_open(path):
    open_dataset(path)
    path.unlink()
    with FILE_LOCK:
        xr.Dataset({"b": ("x", [1.0])}).to_netcdf(path)
    assert "b" in open_dataset(path)


def test_unknown_engine_group_of_a_table_and_choice_are_refused(path, tmp_path):
    with pytest.raises(
        DataError, match="engine 'pydap' is unknown; choose one of netcdf4, h5netcdf"
    ):
        open_dataset(path, engine="pydap")
    table = tmp_path / "a.csv"
    table.write_text("time,x\n2001-01-01,1\n")
    with pytest.raises(DataError, match="is a table and has no group 'g'"):
        open_dataset(table, group="g")
    with pytest.raises(
        DataError, match="on_duplicates='drop' is unknown; choose one of error, first"
    ):
        open_dataset(path, on_duplicates="drop")
    with pytest.raises(
        DataError, match=r"longitudes='west' is unknown; choose '-180..180' or '0..360'"
    ):
        open_dataset(path, longitudes="west")


def test_h5netcdf_reads_the_same(path, series):
    pytest.importorskip("h5py")
    xr.testing.assert_equal(open_dataset(path, engine="h5netcdf"), series)


def test_engine_that_is_not_installed_says_how_to_get_it(path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    with pytest.raises(DataError, match="needs h5netcdf and h5py: run 'pip install h5netcdf h5py'"):
        open_dataset(path, engine="h5netcdf")


def test_other_variable_can_be_made_the_time_axis(tmp_path):
    ds = xr.Dataset(
        {
            "x": ("report", [1.0, 2.0]),
            "when": ("report", ["1995 03 17 23:45 UTC", "1995 03 18 00:10 UTC"]),
        }
    )
    opened = open_dataset(ds, time="when")
    assert opened["x"].dims == ("when",)
    assert str(opened["when"].values[1]) == "1995-03-18T00:10:00.000000000"
    with pytest.raises(
        DataError, match="there is no variable 'wen' in the dataset; did you mean 'when'"
    ):
        open_dataset(ds, time="wen")
    with pytest.raises(DataError, match=r"'z' in the dataset has the dimensions \(a, b\)"):
        open_dataset(xr.Dataset({"z": (("a", "b"), np.zeros((2, 2)))}), time="z")


def test_unknown_name_is_looked_for_in_the_catalogue(tmp_path, monkeypatch):
    pytest.importorskip("isocline_data.catalogue")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        DataError,
        match="'sunspot' is neither a file here nor a name in the catalogue; did you mean sunspots",
    ):
        open_dataset("sunspot")
    assert "co2" in open_dataset("co2")


# Variables asked for by name.


def test_near_names_are_offered(series):
    ds = series.assign(humidity=series["temperature"])
    with pytest.raises(DataError) as caught:
        require_variables(ds, ["Temprature"])
    assert (
        str(caught.value)
        == "there is no variable 'Temprature' in the dataset; did you mean 'temperature'?"
    )


def test_names_are_listed_where_none_is_near(series):
    with pytest.raises(
        DataError, match=r"there is no variable 'qqq' in a.nc, which has temperature, time"
    ):
        require_variables(series, "qqq", where="a.nc")
    assert require_variables(series, "temperature") == ["temperature"]


def test_variable_without_values_is_refused(series):
    with pytest.raises(
        DataError, match="variable 'temperature' in the dataset has no values: all 5 are missing"
    ):
        require_variables(series.where(False), "temperature")
    with pytest.raises(DataError, match=r"is empty: its shape is \(0,\)"):
        require_variables(series.isel(time=slice(0)), "temperature")
    with pytest.raises(DataError, match="holds <U1 values, where numbers were expected"):
        require_variables(xr.Dataset({"s": ("x", ["a"])}), "s")


# Files behind an address.


@pytest.fixture
def server(path):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=path.parent)
    handler.log_message = lambda *args: None

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, directory=str(path.parent), **kwargs)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_address_is_fetched_once_and_its_hash_kept(server, path, series, tmp_path, monkeypatch):
    monkeypatch.setattr("isocline_data.remote.cache_folder", lambda: tmp_path / "cache")
    xr.testing.assert_equal(open_dataset(f"{server}/a.nc"), series)
    path.unlink()
    xr.testing.assert_equal(open_dataset(f"{server}/a.nc"), series)
    (copy,) = (tmp_path / "cache").glob("*.nc")
    copy.write_bytes(copy.read_bytes()[:-1] + b"?")
    with pytest.raises(
        DataError, match=r"is not the file that was expected from http.*delete it to fetch it again"
    ):
        open_dataset(f"{server}/a.nc")


def test_address_without_a_file_says_so(server, tmp_path):
    with pytest.raises(
        DataError, match=r"could not be downloaded .*check the address and the connection"
    ):
        fetch_url(f"{server}/none.nc", folder=tmp_path)
    assert not list(tmp_path.glob("*none*"))


def test_other_hash_than_the_known_one_is_refused(server, tmp_path):
    with pytest.raises(DataError, match="is not the file that was expected"):
        fetch_url(f"{server}/a.nc", folder=tmp_path / "c", known_hash="0" * 64)


# Public files.


def test_public_files_open_with_their_known_shapes(public_data):
    folder = public_data / "netcdf"
    sst = open_dataset(folder / "sst.mnmean.nc")["sst"]
    assert sst.shape == (128, 89, 180)
    assert float(sst.isnull().mean()) == pytest.approx(0.3141, abs=1e-4)
    assert (
        sst.attrs["masked_on_reading"]
        == "644096 of 2050560 values: 644096 missing_value -9.96921e+36"
    )
    air = open_dataset(folder / "air_temperature_small.nc")["air"]
    assert 220 < float(air.min()) < float(air.max()) < 310
    reports = open_dataset(folder / "95031800_sao.cdf", time="time")
    assert reports.sizes["time"] == 2084
    assert reports["id"].values[:3].tolist() == ["NUQ", "MMMD", "ABE"]
    assert str(reports["time"].values[0]) == "1995-03-17T23:45:00.000000000"
    assert float(reports["T"].max()) < 40


def test_stale_celsius_range_on_kelvin_data_does_not_empty_the_record(public_data):
    with pytest.warns(DataWarning, match="'t2m' has valid_range"):
        t2m = open_dataset(public_data / "netcdf" / "Observations_Germany.nc")["t2m"]
    assert float(t2m.mean()) == pytest.approx(282.94, abs=0.01)


@pytest.mark.parametrize(
    "name",
    [
        "sst.mnmean.nc",
        "RMM1.observed.nc",
        "era5_2022_2mtemp_spres_xyav.nc",
        "air_temperature_small.nc",
    ],
)
def test_public_files_read_as_xarray_reads_them(public_data, name):
    path = public_data / "netcdf" / name
    with FILE_LOCK, xr.open_dataset(path, engine="netcdf4") as theirs:
        for variable in theirs.variables:
            np.testing.assert_allclose(
                open_dataset(path)[variable].values.astype("f8"),
                theirs[variable].values.astype("f8"),
                rtol=1e-6,
            )
