"""The shipped files hold what they should, and `data/build.py` makes them."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from isocline_data import check_time_axis, open_dataset
from isocline_data.catalogue import load_catalogue

SHIPPED = ("co2", "sunspots", "lynx_hare", "lorenz_noisy", "burgers")


@pytest.fixture(scope="module")
def build() -> ModuleType:
    path = Path(__file__).parents[2] / "data" / "build.py"
    spec = importlib.util.spec_from_file_location("data_build", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", SHIPPED)
def test_each_file_is_small_labelled_and_the_one_of_the_catalogue(name: str) -> None:
    path = load_catalogue().locate(name)
    assert path.stat().st_size < 400_000
    dataset = open_dataset(name)
    entry = load_catalogue().entry(name)
    assert set(entry.variables) == set(dataset.data_vars)
    assert dataset.attrs["license"] == entry.licence
    assert {"title", "references", "source"} <= set(dataset.attrs)
    assert all("units" in dataset[variable].attrs for variable in dataset.data_vars)
    check_time_axis(dataset)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_build_script_makes_the_shipped_values(name: str, build: ModuleType) -> None:
    if name in ("co2", "sunspots"):
        pytest.importorskip("statsmodels")
    made: xr.Dataset = getattr(build, name)()
    shipped = open_dataset(name)
    if name == "lorenz_noisy":
        # Chaos makes another processor's rounding grow e-fold in each unit of time.
        made, shipped = made.isel(time=slice(1000)), shipped.isel(time=slice(1000))
    assert dict(made.sizes) == dict(shipped.sizes)
    for variable in made.variables:
        if made[variable].dtype.kind == "M":
            np.testing.assert_array_equal(shipped[variable], made[variable])
        else:
            np.testing.assert_allclose(shipped[variable], made[variable], rtol=0, atol=1e-7)


def test_the_co2_record_keeps_its_gaps() -> None:
    co2 = open_dataset("co2")["co2"]
    assert co2.sizes["time"] == 2284
    assert int(co2.isnull().sum()) == 59
    assert float(co2[0]) == pytest.approx(316.1)
    assert float(co2[-1]) == pytest.approx(371.5)
    assert set(np.diff(co2["time"].values)) == {np.timedelta64(7, "D")}


def test_sunspots_are_monthly_and_the_unobserved_month_is_missing() -> None:
    sunspots = open_dataset("sunspots")["sunspots"]
    months = pd.date_range("1749-01-01", "2009-06-01", freq="MS")
    np.testing.assert_array_equal(sunspots["time"].values, months.values.astype("datetime64[ns]"))
    assert sunspots["time"][sunspots.isnull()].values == np.datetime64("1824-02-01")
    assert float(sunspots.sel(time="1957-10-01")) == 253.8  # the largest month of the largest cycle
    assert float(sunspots.max()) == 253.8


def test_lynx_and_hare_are_as_published() -> None:
    data = open_dataset("lynx_hare")
    assert data["time"].dt.year.values.tolist() == list(range(1900, 1921))
    assert data["hare"].values[[0, 3, 13, 20]].tolist() == [30, 77.4, 76.6, 24.7]
    assert data["lynx"].values[[0, 4, 15, 20]].tolist() == [4, 59.4, 51.1, 8.6]
    assert float(data["hare"].sum()) == pytest.approx(715.7)
    assert float(data["lynx"].sum()) == pytest.approx(423.5)


def test_the_noise_on_lorenz_is_one_per_cent() -> None:
    """Fourth differences of samples this close leave little but noise."""
    data = open_dataset("lorenz_noisy")
    for name in "xyz":
        values = data[name].values
        fourth = np.diff(values, 4) / np.sqrt(70)  # noise of deviation 1 gives 1
        quiet = np.median(np.abs(fourth)) / 0.6745
        assert quiet == pytest.approx(0.01 * values.std(), rel=0.1)
        assert data[name].attrs["noise_deviation"] == pytest.approx(0.01 * values.std(), rel=1e-3)


def test_the_burgers_reference_satisfies_its_equation() -> None:
    """Away from the shock, u_t + u u_x - nu u_xx by central differences is small."""
    u = open_dataset("burgers")["u"]
    t, x, values = u["t"].values, u["x"].values, u.values
    assert values.shape == (100, 256)
    dt, dx = t[1] - t[0], x[1] - x[0]
    u_t = (values[2:, 1:-1] - values[:-2, 1:-1]) / (2 * dt)
    u_x = (values[1:-1, 2:] - values[1:-1, :-2]) / (2 * dx)
    u_xx = (values[1:-1, 2:] - 2 * values[1:-1, 1:-1] + values[1:-1, :-2]) / dx**2
    residual = u_t + values[1:-1, 1:-1] * u_x - 0.01 / np.pi * u_xx
    early, smooth = t[1:-1] < 0.25, np.abs(x[1:-1]) > 0.2
    assert np.abs(residual[early][:, smooth]).max() < 5e-3
    np.testing.assert_allclose(values[0], -np.sin(np.pi * x), atol=1e-12)
    np.testing.assert_allclose(values, -values[:, ::-1], atol=1e-10)
    np.testing.assert_allclose(values[:, [0, -1]], 0, atol=1e-12)


def test_the_burgers_reference_agrees_with_a_dense_trapezoidal_rule() -> None:
    u = open_dataset("burgers")["u"]
    nu, x = 0.01 / np.pi, u["x"].values
    for t in (0.1, 0.5, 0.99):
        s = np.linspace(-14, 14, 20_001) * np.sqrt(2 * nu * t)
        y = x[:, None] - s
        exponent = -np.cos(np.pi * y) / (2 * np.pi * nu) - s**2 / (4 * nu * t)
        kernel = np.exp(exponent - exponent.max(axis=1, keepdims=True))
        exact = -(np.sin(np.pi * y) * kernel).sum(axis=1) / kernel.sum(axis=1)
        np.testing.assert_allclose(u.sel(t=t, method="nearest"), exact, atol=1e-9)


def test_the_burgers_reference_is_that_of_deepxde(public_data: Path) -> None:
    theirs = np.load(public_data / "pinn" / "Burgers.npz")
    np.testing.assert_allclose(open_dataset("burgers")["u"].values.T, theirs["usol"], atol=1e-9)
