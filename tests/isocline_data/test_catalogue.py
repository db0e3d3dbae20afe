"""The catalogue finds the right file, and the shipped files hold what they should."""

import importlib.util
import shutil
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from isocline_data import DataError, open_dataset
from isocline_data.catalogue import load_catalogue, read_catalogue, search_folders

SHIPPED = ("co2", "sunspots", "lynx_hare", "lorenz_noisy", "burgers")


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_files_have_their_checksums_and_variables(name: str) -> None:
    catalogue = load_catalogue()
    catalogue.locate(name)
    dataset = open_dataset(name)
    assert set(catalogue.entry(name).variables) == set(dataset.data_vars)
    assert all("units" in dataset[variable].attrs for variable in dataset.data_vars)


def test_public_files_have_their_checksums(public_data: Path) -> None:
    catalogue = load_catalogue()
    for name in catalogue.names():
        assert catalogue.locate(name, data_dir=public_data).is_file()


def test_every_entry_says_its_licence_and_whom_to_cite() -> None:
    catalogue = load_catalogue()
    for name in catalogue.names():
        entry = catalogue.entry(name)
        assert len(entry.sha256) == 64
        assert entry.licence
        assert entry.citation


def test_the_named_folder_is_searched_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOCLINE_DATA", str(tmp_path / "environment"))
    assert search_folders(tmp_path)[:2] == [tmp_path, tmp_path / "environment"]
    copied = shutil.copy(load_catalogue().locate("co2"), tmp_path / "co2.nc")
    assert load_catalogue().locate("co2", data_dir=tmp_path) == Path(copied)


def test_another_file_under_the_right_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "co2.nc").write_bytes(b"CDF\x01 not the file")
    with pytest.raises(
        DataError, match=r"is not the file that the catalogue calls 'co2' \(sha256 "
    ):
        load_catalogue().locate("co2", data_dir=tmp_path)


def test_an_unknown_name_offers_near_ones() -> None:
    with pytest.raises(DataError, match="no dataset 'etth' in the catalogue; did you mean 'etth1'"):
        load_catalogue().entry("etth")


def test_a_file_that_is_nowhere_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOCLINE_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(
        DataError, match=r"the file of 'sst', .*is not in .*name that folder in ISOCLINE_DATA"
    ):
        load_catalogue().locate("sst")
    with pytest.raises(DataError, match="get it with 'isocline data fetch etth1'"):
        load_catalogue().locate("etth1")


def test_an_incomplete_entry_is_named(tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_text("a:\n  title: only a title\n")
    with pytest.raises(DataError, match=r"the entry 'a' of .* is not complete: .*sha256"):
        read_catalogue(path)


def _build() -> object:
    path = Path(__file__).parents[2] / "data" / "build.py"
    spec = importlib.util.spec_from_file_location("data_build", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["lynx_hare", "lorenz_noisy", "burgers"])
def test_the_build_script_makes_the_shipped_values(name: str) -> None:
    made: xr.Dataset = getattr(_build(), name)()
    shipped = open_dataset(name)
    for variable in made.data_vars:
        np.testing.assert_allclose(shipped[variable], made[variable], rtol=0, atol=1e-7)


def test_the_co2_record_keeps_its_gaps() -> None:
    co2 = open_dataset("co2")["co2"]
    assert co2.sizes["time"] == 2284
    assert int(co2.isnull().sum()) == 59
    assert float(co2[0]) == pytest.approx(316.1)


def test_the_burgers_reference_satisfies_its_equation() -> None:
    """Away from the shock, u_t + u u_x - nu u_xx by central differences is small."""
    u = open_dataset("burgers")["u"]
    t, x, values = u["t"].values, u["x"].values, u.values
    dt, dx = t[1] - t[0], x[1] - x[0]
    u_t = (values[2:, 1:-1] - values[:-2, 1:-1]) / (2 * dt)
    u_x = (values[1:-1, 2:] - values[1:-1, :-2]) / (2 * dx)
    u_xx = (values[1:-1, 2:] - 2 * values[1:-1, 1:-1] + values[1:-1, :-2]) / dx**2
    residual = u_t + values[1:-1, 1:-1] * u_x - 0.01 / np.pi * u_xx
    early, smooth = t[1:-1] < 0.25, np.abs(x[1:-1]) > 0.2
    assert np.abs(residual[early][:, smooth]).max() < 5e-3
    np.testing.assert_allclose(values[0], -np.sin(np.pi * x), atol=1e-12)
    np.testing.assert_allclose(values, -values[:, ::-1], atol=1e-10)
