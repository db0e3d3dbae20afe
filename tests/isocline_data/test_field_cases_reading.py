"""Inputs that went wrong elsewhere, and inputs of the same kind; the right values are known."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from isocline_data import DataError, DataWarning, describe, open_dataset, select_box
from isocline_data.lock import FILE_LOCK


def write(path, variables, *, kind="NETCDF4", attrs=None, dims=None):
    """A file with `variables`: name -> (dims, stored array, attributes, ``_FillValue`` or None)."""
    with FILE_LOCK, netCDF4.Dataset(path, "w", format=kind) as file:
        sizes = dict(dims or {})
        for axes, values, *_ in variables.values():
            sizes.update(zip(axes, np.shape(values), strict=True))
        for name, size in sizes.items():
            file.createDimension(name, size)
        for name, (axes, values, own, *fill) in variables.items():
            values = np.asarray(values)
            var = file.createVariable(
                name, values.dtype, axes, fill_value=fill[0] if fill else None
            )
            var.set_auto_maskandscale(False)
            var.set_auto_chartostring(False)
            var.setncatts(own)
            var[...] = values
        file.setncatts(attrs or {})
    return path


# Codes that mean missing.


def test_two_missing_codes_are_both_missing_and_named_in_one_warning(tmp_path):
    stored = np.array([5, -99, -999], "f4")
    path = write(
        tmp_path / "a.nc", {"z": (("x",), stored, {"missing_value": np.float32(-99)}, -999.0)}
    )
    with pytest.warns(DataWarning) as warned:
        z = open_dataset(path)["z"]
    np.testing.assert_array_equal(z, [5, np.nan, np.nan])
    (message,) = [str(w.message) for w in warned]
    assert message == (
        "variable 'z' has more than one missing code, _FillValue -999 and missing_value -99; "
        "all were read as missing"
    )
    assert z.attrs["masked_on_reading"] == "2 of 3 values: 1 _FillValue -999, 1 missing_value -99"


def test_vector_of_missing_codes_is_missing_as_a_whole(tmp_path):
    stored = np.array([5, -99, -999], "f4")
    codes = {"missing_value": np.array([-99, -999], "f4")}
    path = write(tmp_path / "a.nc", {"z": (("x",), stored, codes)})
    with pytest.warns(DataWarning, match="missing_value -99 and missing_value -999"):
        z = open_dataset(path)["z"]
    np.testing.assert_array_equal(z, [5, np.nan, np.nan])
    assert z.dtype == np.float32


def test_integers_become_floats_only_where_some_are_missing(tmp_path):
    path = write(
        tmp_path / "a.nc",
        {
            "whole": (("x",), np.array([1, 2, 3], "i4"), {}, -1),
            "holed": (("x",), np.array([1, -1, 3], "i4"), {}, -1),
        },
    )
    ds = open_dataset(path)
    assert ds["whole"].dtype == np.int32
    np.testing.assert_array_equal(ds["holed"], [1, np.nan, 3])


def test_missing_code_written_as_text_is_understood(tmp_path):
    path = write(
        tmp_path / "a.nc", {"z": (("x",), np.array([1, -9999], "f4"), {"missing_value": "-9999.0"})}
    )
    np.testing.assert_array_equal(open_dataset(path)["z"], [1, np.nan])


def test_missing_code_that_the_type_cannot_hold_is_ignored_with_a_warning(tmp_path):
    path = write(
        tmp_path / "a.nc", {"z": (("x",), np.array([1, 2], "i2"), {"missing_value": 1e20})}
    )
    with pytest.warns(DataWarning, match="which is no int16 number; it was ignored"):
        z = open_dataset(path)["z"]
    np.testing.assert_array_equal(z, [1, 2])


def test_nan_fill_beside_one_code_needs_no_warning(tmp_path):
    stored = np.array([1, np.nan, 1e20], "f4")
    path = write(
        tmp_path / "a.nc", {"z": (("x",), stored, {"missing_value": np.float32(1e20)}, np.nan)}
    )
    np.testing.assert_array_equal(open_dataset(path)["z"], [1, np.nan, np.nan])


@pytest.mark.parametrize(
    ("attrs", "expected"),
    [
        ({"valid_range": np.array([0, 10], "f4")}, [np.nan, 0, 10, np.nan]),
        ({"valid_min": np.float32(0)}, [np.nan, 0, 10, 11]),
        ({"valid_max": np.float32(10)}, [-1, 0, 10, np.nan]),
    ],
)
def test_values_outside_the_valid_range_are_missing_and_counted(tmp_path, attrs, expected):
    path = write(tmp_path / "a.nc", {"z": (("x",), np.array([-1, 0, 10, 11], "f4"), attrs)})
    z = open_dataset(path)["z"]
    np.testing.assert_array_equal(z, expected)
    assert z.attrs["masked_on_reading"].startswith(f"{np.isnan(expected).sum()} of 4 values: 1 ")


def test_valid_range_of_packed_data_is_in_stored_units_unless_its_type_says_otherwise(tmp_path):
    stored = np.array([-5, 0, 100, 120], "i2")
    packing = {"scale_factor": 0.1, "add_offset": 1.0}
    path = write(
        tmp_path / "a.nc",
        {
            "own": (("x",), stored, {**packing, "valid_range": np.array([0, 100], "i2")}),
            "physical": (("x",), stored, {**packing, "valid_range": np.array([1.0, 11.0])}),
        },
    )
    ds = open_dataset(path)
    for name in ("own", "physical"):
        np.testing.assert_allclose(ds[name], [np.nan, 1, 11, np.nan])


def test_unsigned_bytes_are_read_as_such_with_their_signed_fill(tmp_path):
    stored = np.array([0, 127, -128, -1], "i1")
    path = write(
        tmp_path / "a.nc",
        {"z": (("x",), stored, {"_Unsigned": "true"}, -1)},
        kind="NETCDF3_CLASSIC",
    )
    np.testing.assert_array_equal(open_dataset(path)["z"], [0, 127, 128, np.nan])


def test_valid_range_that_excludes_everything_is_taken_as_out_of_date(tmp_path):
    """Celsius limits left on data converted to kelvin."""
    attrs = {"valid_range": np.array([-90, 50], "f4"), "units": "K"}
    path = write(tmp_path / "a.nc", {"t": (("x",), np.array([280, np.nan, 290], "f4"), attrs)})
    with pytest.warns(
        DataWarning, match=r"'t' has valid_range \[-90.0, 50.0\], which excludes every value"
    ):
        t = open_dataset(path)["t"]
    np.testing.assert_array_equal(t, [280, np.nan, 290])


# Numbers packed as integers.


@pytest.mark.parametrize("kind", ["NETCDF4", "NETCDF3_CLASSIC"])
def test_integer_packing_attributes_do_not_truncate_floats(tmp_path, kind):
    stored = np.array([1.9980621, 0.7692180], "f4")
    packing = {"scale_factor": np.int32(1), "add_offset": np.int32(0)}
    z = open_dataset(write(tmp_path / "a.nc", {"z": (("x",), stored, packing)}, kind=kind))["z"]
    np.testing.assert_array_equal(z, stored)
    assert z.dtype == np.float32


def test_integer_packing_of_integers_scales_to_floats(tmp_path):
    packing = {"scale_factor": np.int32(2), "add_offset": np.int32(1)}
    z = open_dataset(write(tmp_path / "a.nc", {"z": (("x",), np.array([1, 2], "i2"), packing)}))[
        "z"
    ]
    np.testing.assert_array_equal(z, [3, 5])


def test_big_integers_keep_their_precision_when_packed(tmp_path):
    z = open_dataset(
        write(
            tmp_path / "a.nc",
            {"z": (("x",), np.array([16777217], "i4"), {"scale_factor": np.float32(1)})},
        )
    )["z"]
    assert int(z[0]) == 16777217


# Calendars, and the bounds of times.


def test_noleap_years_stay_on_the_first_of_january_for_850_years(tmp_path):
    times = 365.0 * np.arange(850)
    attrs = {"units": "days since 1850-01-01", "calendar": "noleap"}
    ds = open_dataset(write(tmp_path / "a.nc", {"time": (("time",), times, attrs)}))
    stamps = ds["time"].values
    assert [(s.year, s.month, s.day) for s in stamps] == [(1850 + k, 1, 1) for k in range(850)]
    assert (stamps[30] - stamps[0]).days == 30 * 365


@pytest.mark.parametrize(
    ("calendar", "day", "expected"),
    [("360_day", 59, (2000, 2, 30)), ("noleap", 59, (2000, 3, 1)), ("all_leap", 59, (2000, 2, 29))],
)
def test_other_calendars_keep_their_own_days(tmp_path, calendar, day, expected):
    attrs = {"units": "days since 2000-01-01", "calendar": calendar}
    ds = open_dataset(write(tmp_path / "a.nc", {"time": (("time",), np.array([0.0, day]), attrs)}))
    stamp = ds["time"].values[1]
    assert (stamp.year, stamp.month, stamp.day) == expected


def test_standard_dates_beyond_nanoseconds_do_not_wrap(tmp_path):
    attrs = {"units": "days since 0001-01-01", "calendar": "proleptic_gregorian"}
    ds = open_dataset(write(tmp_path / "a.nc", {"time": (("time",), np.array([0.0, 1e6]), attrs)}))
    assert [stamp.year for stamp in ds["time"].values] == [1, 2738]


def test_bounds_inherit_units_and_calendar_from_their_time(tmp_path):
    attrs = {"units": "days since 0850-01-01", "calendar": "noleap", "bounds": "time_bnds"}
    path = write(
        tmp_path / "a.nc",
        {
            "time": (("time",), np.array([273765.5]), attrs),
            "time_bnds": (("time", "nv"), np.array([[273750.0, 273781.0]]), {}),
            "tas": (("time",), np.array([1.0]), {}),
        },
    )
    ds = open_dataset(path)
    first, last = ds["time_bnds"].values[0]
    assert first.isoformat() == "1600-01-01T00:00:00"
    assert last.isoformat() == "1600-02-01T00:00:00"
    assert ds["time"].values[0].isoformat() == "1600-01-16T12:00:00"
    assert ds["time"].attrs["bounds"] == "time_bnds"
    assert "time_bnds" in ds.coords


def test_missing_times_become_nat(tmp_path):
    attrs = {"units": "days since 2000-01-01"}
    ds = open_dataset(
        write(tmp_path / "a.nc", {"time": (("time",), np.array([0, -1, 2], "i8"), attrs, -1)})
    )
    assert np.isnat(ds["time"].values).tolist() == [False, True, False]


def test_units_that_are_no_times_are_named(tmp_path):
    attrs = {"units": "days since the flood"}
    path = write(tmp_path / "a.nc", {"time": (("time",), np.array([0.0]), attrs)})
    with pytest.raises(DataError, match="variable 'time' has units 'days since the flood'"):
        open_dataset(path)


def test_units_of_duration_stay_numbers(tmp_path):
    path = write(
        tmp_path / "a.nc", {"lead": (("lead",), np.array([6.0, 12.0]), {"units": "hours"})}
    )
    np.testing.assert_array_equal(open_dataset(path)["lead"], [6.0, 12.0])


# Groups that share coordinates.


@pytest.fixture
def grouped(tmp_path):
    path = tmp_path / "groups.nc"
    with FILE_LOCK, netCDF4.Dataset(path, "w") as file:
        file.createDimension("x", 3)
        file.createDimension("y", 2)
        file.createVariable("x", "f8", ("x",))[:] = [1.1, 2.2, 3.3]
        file.createVariable("y", "f8", ("y",))[:] = [-0.9, -1.8]
        g = file.createGroup("g")
        g.createDimension("y", 3)
        g.createVariable("y", "f8", ("y",))[:] = [-0.9, -1.8, -2.7]
        g.createVariable("w", "f8", ("x", "y"))[:] = np.arange(9).reshape(3, 3)
        inner = g.createGroup("deep")
        inner.createVariable("v", "f8", ("x",))[:] = [7, 8, 9]
    return path


def test_group_sees_the_coordinates_of_the_root_and_its_own(grouped):
    ds = open_dataset(grouped, group="g")
    np.testing.assert_array_equal(ds["x"], [1.1, 2.2, 3.3])
    np.testing.assert_array_equal(ds["y"], [-0.9, -1.8, -2.7])
    assert float(ds["w"].sel(x=2.2, y=-2.7)) == 5


def test_group_in_a_group_sees_the_root(grouped):
    ds = open_dataset(grouped, group="/g/deep")
    assert float(ds["v"].sel(x=3.3)) == 9
    assert "y" not in ds


def test_file_with_data_in_groups_only_lists_them(grouped):
    with pytest.raises(
        DataError, match=r"keeps its data in groups: g \(y, w\), g/deep \(v\); name one"
    ):
        open_dataset(grouped)


def test_unknown_group_is_named_with_its_neighbours(grouped):
    with pytest.raises(DataError, match="has no group 'g/dep'; did you mean 'g/deep'"):
        open_dataset(grouped, group="g/dep")


def test_root_with_data_tells_of_its_groups(grouped):
    with FILE_LOCK, netCDF4.Dataset(grouped, "a") as file:
        file.createVariable("z", "f8", ("x",))[:] = 1
    with pytest.warns(DataWarning, match="also has the groups g, g/deep; only its root was read"):
        assert "z" in open_dataset(grouped)


# Text that is not plain.


@pytest.mark.parametrize("owner", ["file", "variable"])
def test_latin1_attribute_is_decoded_with_a_warning(tmp_path, owner):
    path = write(tmp_path / "a.nc", {"v": (("x",), np.array([1.0, 2, 3]), {})})
    with FILE_LOCK, netCDF4.Dataset(path, "a") as file:
        (file if owner == "file" else file["v"]).setncattr("place", b"m\xe9t\xe9o")
    with pytest.warns(
        DataWarning, match=r"attribute 'place' of .* is not UTF-8; it was read as Latin-1: 'météo"
    ):
        ds = open_dataset(path)
    attrs = ds.attrs if owner == "file" else ds["v"].attrs
    assert attrs["place"] == "météo"
    np.testing.assert_array_equal(ds["v"], [1, 2, 3])


def test_replacement_character_in_good_utf8_is_left_alone(tmp_path):
    path = write(
        tmp_path / "a.nc", {"v": (("x",), np.array([1.0]), {})}, attrs={"note": "odd \ufffd"}
    )
    assert open_dataset(path).attrs["note"] == "odd \ufffd"


def letters(words, width):
    rows = [np.frombuffer(word.ljust(width, b"\0"), "S1") for word in words]
    return np.array(rows)


@pytest.mark.parametrize("kind", ["NETCDF4", "NETCDF3_64BIT_OFFSET"])
def test_char_array_becomes_exactly_its_strings(tmp_path, kind):
    names = letters(["Münster".encode(), b"London", b"Amsterdam"], 10)
    ds = open_dataset(
        write(tmp_path / "a.nc", {"name": (("place", "length"), names, {})}, kind=kind)
    )
    assert ds["name"].values.tolist() == ["Münster", "London", "Amsterdam"]
    assert ds["name"].dims == ("place",)


def test_char_array_in_another_encoding_says_so(tmp_path):
    names = letters(["Münster".encode("latin-1")], 10)
    path = write(tmp_path / "a.nc", {"name": (("place", "length"), names, {})})
    with FILE_LOCK, netCDF4.Dataset(path, "a") as file:
        file["name"].setncattr("_Encoding", "latin-1")
    assert open_dataset(path)["name"].values.tolist() == ["Münster"]


def test_bad_bytes_in_text_are_replaced_with_a_warning(tmp_path):
    names = letters([b"M\xfcnster", b"London"], 10)
    path = write(tmp_path / "a.nc", {"name": (("place", "length"), names, {})})
    with pytest.warns(DataWarning, match="'name' has 1 of 2 strings that are not utf-8"):
        ds = open_dataset(path)
    assert ds["name"].values.tolist() == ["M\ufffdnster", "London"]


def test_one_letter_codes_on_a_real_dimension_stay_letters(tmp_path):
    path = write(
        tmp_path / "a.nc",
        {
            "cover": (("report", "layer"), np.array([[b"B", b"O"], [b"C", b"\0"]], "S1"), {}),
            "height": (("report", "layer"), np.ones((2, 2)), {}),
        },
    )
    assert open_dataset(path)["cover"].values.tolist() == [["B", "O"], ["C", ""]]


def test_strings_of_any_length_are_text(tmp_path):
    with FILE_LOCK, netCDF4.Dataset(tmp_path / "a.nc", "w") as file:
        file.createDimension("x", 2)
        file.createVariable("s", str, ("x",))[:] = np.array(["å", "bb"], object)
    assert open_dataset(tmp_path / "a.nc")["s"].values.tolist() == ["å", "bb"]


# A coordinate named like its dimension.


def test_coordinate_named_like_its_dimension_gets_another_name(tmp_path):
    siglay = np.linspace(0, -1, 24).reshape(4, 6)
    temp = np.arange(48.0).reshape(2, 4, 6)
    path = write(
        tmp_path / "a.nc",
        {
            "siglay": (("siglay", "node"), siglay, {"formula_terms": "sigma: siglay eta: zeta"}),
            "temp": (("time", "siglay", "node"), temp, {}),
        },
    )
    with pytest.warns(
        DataWarning, match=r"'siglay' of dimensions \(siglay, node\) .* read as 'siglay_values'"
    ):
        ds = open_dataset(path)
    np.testing.assert_array_equal(ds["temp"], temp)
    np.testing.assert_array_equal(ds["siglay_values"], siglay)
    assert "siglay_values" in ds["temp"].coords
    assert float(ds["temp"].isel(siglay=3, time=1, node=5)) == 47


# Cells never written.


@pytest.mark.parametrize("dtype", ["i2", "i4", "i8", "f4", "f8", "u2", "u4", "u8"])
def test_cells_never_written_are_missing(tmp_path, dtype):
    fill = netCDF4.default_fillvals[dtype]
    stored = np.array([1, fill, 3], dtype)
    ds = open_dataset(write(tmp_path / "a.nc", {"z": (("x",), stored, {})}))
    np.testing.assert_array_equal(ds["z"], [1, np.nan, 3])
    assert "1 never written" in ds["z"].attrs["masked_on_reading"]


def test_default_fill_is_missing_beside_another_missing_value(tmp_path):
    stored = np.array([1, 9.96921e36, 1e38, 3], "f4")
    stored[1] = netCDF4.default_fillvals["f4"]
    path = write(tmp_path / "a.nc", {"z": (("x",), stored, {"missing_value": np.float32(1e38)})})
    assert float(open_dataset(path)["z"].mean()) == 2


@pytest.mark.parametrize("dtype", ["i1", "u1"])
def test_every_byte_may_be_data(tmp_path, dtype):
    stored = np.array([1, netCDF4.default_fillvals[dtype], 3], dtype)
    np.testing.assert_array_equal(
        open_dataset(write(tmp_path / "a.nc", {"z": (("x",), stored, {})}))["z"], stored
    )


# Boxes across a seam.


@pytest.fixture
def globe():
    lon, lat = np.arange(0, 360, 2.5), np.arange(90, -91, -2.5)
    field = lon[None, :] + 1000 * lat[:, None]
    return xr.Dataset(
        {"z": (("lat", "lon"), field)},
        {
            "lat": ("lat", lat, {"units": "degrees_north"}),
            "lon": ("lon", lon, {"units": "degrees_east"}),
        },
    )


@pytest.mark.parametrize("box", [(-60, 60), (300, 60), (300, 420)])
def test_box_across_greenwich_has_all_its_columns_in_order(globe, box):
    part = select_box(globe, longitude=box)
    assert part.sizes["lon"] == 49
    np.testing.assert_allclose(np.diff(part["lon"]), 2.5)
    assert float(part["lon"][0]) == box[0]
    columns = part["z"].sel(lat=0).values
    np.testing.assert_allclose(columns, [*np.arange(300, 360, 2.5), *np.arange(0, 61, 2.5)])


def test_box_across_the_date_line_of_centred_longitudes(globe):
    centred = open_dataset(globe, longitudes="-180..180")
    assert float(centred["lon"].min()) == -180
    assert float(centred["lon"].max()) == 177.5
    part = select_box(centred, longitude=(170, -170))
    np.testing.assert_allclose(
        part["z"].sel(lat=0), [170, 172.5, 175, 177.5, 180, 182.5, 185, 187.5, 190]
    )
    np.testing.assert_allclose(part["lon"], np.arange(170, 191, 2.5))


@pytest.mark.parametrize("bounds", [(-30, 30), (30, -30)])
@pytest.mark.parametrize("descending", [True, False])
def test_latitude_bounds_may_come_in_either_order(globe, bounds, descending):
    part = select_box(globe if descending else globe.sortby("lat"), latitude=bounds)
    assert part.sizes["lat"] == 25
    assert (float(part["lat"][0]) == 30) is descending


def test_whole_turn_keeps_every_column_once(globe):
    assert select_box(globe, longitude=(0, 360)).sizes["lon"] == 144
    assert select_box(globe, longitude=(-180, 180)).sizes["lon"] == 144
    seam = xr.concat([globe, globe.isel(lon=[0]).assign_coords(lon=[360.0])], "lon")
    assert select_box(seam, longitude=(-60, 60)).sizes["lon"] == 49


def test_box_in_float32_longitudes_keeps_its_edges(globe):
    fine = xr.Dataset({"z": ("lon", np.arange(3600))}, {"lon": np.arange(0, 360, 0.1, dtype="f4")})
    part = select_box(fine, longitude=(-0.3, 0.3))
    assert part.sizes["lon"] == 7
    np.testing.assert_allclose(part["lon"], np.arange(-3, 4) / 10, atol=1e-4)


def test_counting_longitudes_there_and_back_changes_nothing(globe):
    centred = open_dataset(globe, longitudes="-180..180")
    xr.testing.assert_allclose(open_dataset(centred, longitudes="0..360"), globe)


def test_empty_box_says_what_there_is(globe):
    with pytest.raises(
        DataError, match="no 'lat' lies between 91 and 95: the dataset covers -90 to 90"
    ):
        select_box(globe, latitude=(91, 95))


def test_box_of_a_curvilinear_grid_is_refused(globe):
    tripolar = xr.Dataset({"lon": (("y", "x"), np.zeros((2, 2)))})
    with pytest.raises(DataError, match=r"the longitude 'lon' has the dimensions \(y, x\)"):
        select_box(tripolar, longitude=(0, 1))
    with pytest.raises(DataError, match="there is no latitude among the coordinates"):
        select_box(tripolar, latitude=(0, 1))


# A file read lazily.


def test_lazy_and_eager_reading_agree(tmp_path):
    rng = np.random.default_rng(0)
    stored = rng.integers(-1000, 1000, (300, 40, 50), dtype="i2")
    stored[0, 0, :10] = -999
    attrs = {"scale_factor": 0.01, "add_offset": 273.15, "valid_range": np.array([-900, 900], "i2")}
    path = write(tmp_path / "a.nc", {"t": (("time", "y", "x"), stored, attrs, -999)})
    from isocline_data.netcdf import read_netcdf

    eager, lazy = read_netcdf(path, lazy=False), read_netcdf(path, lazy=True)
    assert not lazy["t"].variable._in_memory
    np.testing.assert_array_equal(lazy["t"][10:12, :, [3, 1]], eager["t"][10:12, :, [3, 1]])
    np.testing.assert_array_equal(lazy["t"], eager["t"])


def test_only_large_files_are_left_on_disk(tmp_path, monkeypatch):
    path = write(tmp_path / "a.nc", {"t": (("time", "x"), np.ones((400, 400)), {})})
    assert open_dataset(path)["t"].variable._in_memory
    monkeypatch.setattr("isocline_data.netcdf.SMALL_FILE", 1000)
    lazy = open_dataset(path)
    assert not lazy["t"].variable._in_memory
    assert float(describe(lazy)["mean"][0]) == 1


def test_lists_of_numbers_in_a_cell_are_kept(tmp_path):
    with FILE_LOCK, netCDF4.Dataset(tmp_path / "a.nc", "w") as file:
        file.createDimension("x", 2)
        var = file.createVariable("v", file.createVLType("f8", "list"), ("x",))
        var[0], var[1] = np.array([1.0]), np.array([2.0, 3.0])
    assert [cell.tolist() for cell in open_dataset(tmp_path / "a.nc")["v"].values] == [[1], [2, 3]]


def test_chunks_give_dask_arrays_with_the_same_numbers(tmp_path):
    pytest.importorskip("dask.array")
    stored = np.arange(600_000, dtype="f8").reshape(600, 1000)
    path = write(tmp_path / "a.nc", {"t": (("time", "x"), stored, {})})
    ds = open_dataset(path, chunks={"time": 100})
    assert ds["t"].chunks == ((100,) * 6, (1000,))
    assert float(ds["t"].sum()) == stored.sum()
