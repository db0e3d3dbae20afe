import contextlib
import gzip
import zipfile

import netCDF4
import numpy as np
import pytest

from isocline_data import DataError, open_dataset
from isocline_data.check import FileKind, check_file
from isocline_data.headers import hdf5_length, netcdf3_length
from isocline_data.lock import FILE_LOCK

CLASSIC = ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA"]


def message(path):
    with pytest.raises(DataError) as caught:
        open_dataset(path)
    return str(caught.value)


def write_records(path, kind, *, dtype="f4", count=720, others=()):
    """`count` records of one variable, beside a fixed one and `others` along the records."""
    with FILE_LOCK, netCDF4.Dataset(path, "w", format=kind) as file:
        file.title = "records"
        file.createDimension("time", None)
        file.createDimension("x", 3)
        file.createVariable("x", "f8", ("x",))[:] = [1, 2, 3]
        for name in ("tcc", *others):
            file.createVariable(name, dtype, ("time", "x"))[:] = np.ones((count, 3))
    return path


def cut(path, size):
    path.write_bytes(path.read_bytes()[:size])
    return path


def test_missing_file_offers_names_spelt_alike(tmp_path):
    (tmp_path / "temperature.nc").write_bytes(b"CDF\x01")
    path = tmp_path / "temprature.nc"
    assert message(path) == f"{path} does not exist; did you mean temperature.nc?"


def test_missing_folder_is_named(tmp_path):
    path = tmp_path / "gone" / "a.nc"
    assert message(path) == f"{path} does not exist: there is no folder {path.parent}"


def test_folder_is_no_file(tmp_path):
    assert (
        message(tmp_path)
        == f"{tmp_path} is a folder; give a file in it, or a pattern such as '{tmp_path}/*.nc'"
    )


@pytest.mark.parametrize("name", ["a.nc", "a.csv", "a.parquet"])
def test_empty_file_is_named(tmp_path, name):
    path = tmp_path / name
    path.touch()
    assert message(path) == f"{path} is empty (0 bytes): the download or copy was probably cut off"


def test_text_named_nc_is_shown(tmp_path):
    path = tmp_path / "a.nc"
    path.write_text("time,value\n0,1\n")
    assert message(path) == (
        f"{path} is not a NetCDF file: it is text that begins with 'time,value\\n0,1\\n'; "
        "if it is a table, name it .csv"
    )


def test_web_page_named_nc_is_recognised(tmp_path):
    path = tmp_path / "a.nc"
    path.write_text("\n<!DOCTYPE html><html>404</html>")
    assert "it is a web page" in message(path)


def test_packed_and_foreign_files_are_recognised(tmp_path):
    packed = tmp_path / "a.nc.gz"
    packed.write_bytes(gzip.compress(b"CDF\x01"))
    assert message(packed).endswith("it is compressed with gzip; unpack it first")
    archive = tmp_path / "a.npz"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("x", "1")
    assert message(archive).endswith("it is a zip archive; unpack it first")
    grib = tmp_path / "a.grib"
    grib.write_bytes(b"GRIB\x00\x00\x00\x02" + bytes(100))
    assert "it is a GRIB file; convert it" in message(grib)
    noise = tmp_path / "a.nc"
    noise.write_bytes(bytes(range(200)))
    assert "where 'CDF' or '\\x89HDF' was expected" in message(noise)


@pytest.mark.parametrize("kind", CLASSIC)
@pytest.mark.parametrize("others", [(), ("snow",), ("snow", "rain")])
@pytest.mark.parametrize("dtype", ["i1", "i2", "f4", "f8"])
def test_length_in_a_classic_header_is_the_length_of_a_whole_file(tmp_path, kind, others, dtype):
    path = write_records(tmp_path / "a.nc", kind, dtype=dtype, count=7, others=others)
    size = path.stat().st_size
    assert size - 3 <= netcdf3_length(path) <= size
    assert open_dataset(path).sizes["time"] == 7


@pytest.mark.parametrize("kind", CLASSIC)
@pytest.mark.parametrize("share", [0.04, 0.5, 0.99])
def test_half_finished_classic_download_names_both_lengths(tmp_path, kind, share):
    path = write_records(tmp_path / "a.nc", kind)
    whole = netcdf3_length(path)
    cut(path, int(share * whole))
    size = path.stat().st_size
    assert f"is shorter than its header says (expected {whole} bytes, have {size})" in message(path)


def test_float_file_cut_in_half_is_refused(tmp_path):
    path = tmp_path / "a.nc"
    with FILE_LOCK, netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_OFFSET") as file:
        file.createDimension("x", 720)
        file.createVariable("tcc", "f4", ("x",))[:] = 1
    size = path.stat().st_size
    assert f"expected {size} bytes, have {size // 2}" in message(cut(path, size // 2))


def test_cut_hdf5_names_both_lengths(tmp_path):
    path = write_records(tmp_path / "a.nc", "NETCDF4")
    size = path.stat().st_size
    assert hdf5_length(path) == size
    assert f"(expected {size} bytes, have {size - 100})" in message(cut(path, size - 100))


@pytest.mark.parametrize("kind", [*CLASSIC, "NETCDF4"])
def test_any_cut_in_the_header_is_refused_in_one_sentence(tmp_path, kind):
    path = write_records(tmp_path / "a.nc", kind, count=2)
    whole = path.read_bytes()
    for size in (9, 13, 40, 60, 100, 150):
        path.write_bytes(whole[:size])
        assert "\n" not in message(path)


@pytest.mark.filterwarnings("ignore::isocline_data.DataWarning")
def test_header_that_lies_never_escapes_as_another_error(tmp_path):
    path = write_records(tmp_path / "a.nc", "NETCDF3_CLASSIC")
    raw = bytearray(path.read_bytes())
    for at in range(4, 120, 4):
        damaged = raw.copy()
        damaged[at : at + 4] = b"\x7f\xff\xff\xff"
        path.write_bytes(damaged)
        with contextlib.suppress(DataError):
            open_dataset(path)


def test_damaged_hdf5_of_the_right_length_is_refused(tmp_path):
    path = write_records(tmp_path / "a.nc", "NETCDF4")
    raw = bytearray(path.read_bytes())
    raw[48:] = bytes(len(raw) - 48)
    path.write_bytes(raw)
    assert "cannot be opened" in message(path)
    assert "probably damaged" in message(path)


def test_hdf5_behind_a_user_block_is_found(tmp_path):
    path = write_records(tmp_path / "a.nc", "NETCDF4")
    path.write_bytes(bytes(512) + path.read_bytes())
    assert check_file(path) is FileKind.NETCDF


def test_file_without_read_permission_is_named(tmp_path, monkeypatch):
    path = tmp_path / "a.nc"
    path.write_bytes(b"CDF\x01")

    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    assert message(path) == f"{path} cannot be read: you have no permission to open it"


def test_pattern_without_files_and_empty_list_are_named(tmp_path):
    assert f"no file matches the pattern '{tmp_path}/*.nc'" in message(f"{tmp_path}/*.nc")
    assert message([]) == "the list of files is empty; give at least one"


def test_public_files_are_whole(public_data):
    for path in (public_data / "netcdf").iterdir():
        assert check_file(path) is FileKind.NETCDF
    for path in (public_data / "pinn").glob("*.dat"):
        assert check_file(path) in (FileKind.COMSOL, FileKind.TABLE)
