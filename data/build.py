"""Makes the NetCDF files of this folder, and their checksums in catalog.yaml: `python data/build.py`.

The sources: statsmodels' public-domain copies of the Mauna Loa CO2 and sunspot records, the Hudson Bay
record as published, and two references made by our own classical solvers.
"""

import hashlib
import re
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from scipy.integrate import solve_ivp

HERE = Path(__file__).parent

# Thousands of pelts, 1900-1920: Hewitt (1921), The Conservation of the Wild Life of Canada; the numbers
# as tabled by Howard (2009), Modeling basics.
HARE = "30 47.2 70.2 77.4 36.3 20.6 18.1 21.4 22 25.4 27.1 40.3 57 76.6 52.3 19.5 11.2 7.6 14.6 16.2 24.7"
LYNX = "4 6.1 9.8 35.2 59.4 41.7 19 13 8.3 9.1 7.4 8 12.3 19.5 45.7 51.1 29.7 15.8 9.7 10.1 8.6"


def co2() -> xr.Dataset:
    """Weekly CO2 at Mauna Loa, 1958-2001; weeks without a value stay missing."""
    from statsmodels.datasets import co2 as source

    frame = source.load_pandas().data
    weeks = pd.date_range(frame.index[0], frame.index[-1], freq="7D")
    values = frame["co2"].reindex(weeks).to_numpy()
    attributes = {"units": "ppm", "long_name": "mole fraction of carbon dioxide in air"}
    return _series(
        weeks, {"co2": (values, attributes)}, "Weekly carbon dioxide at Mauna Loa, Hawaii"
    )


def sunspots() -> xr.Dataset:
    """Yearly sunspot numbers, 1700-2008 (the record that statsmodels packages is yearly)."""
    from statsmodels.datasets import sunspots as source

    frame = source.load_pandas().data
    years = pd.to_datetime(frame["YEAR"].astype(int).astype(str) + "-07-01")
    attributes = {"units": "1", "long_name": "sunspot number"}
    return _series(
        years, {"sunspots": (frame["SUNACTIVITY"].to_numpy(), attributes)}, "Yearly sunspot numbers"
    )


def lynx_hare() -> xr.Dataset:
    """The Hudson Bay Company's yearly pelts of snowshoe hare and Canada lynx."""
    years = pd.to_datetime([f"{year}-07-01" for year in range(1900, 1921)])
    values = {
        name: (np.array(text.split(), dtype=float), {"units": "1e3", "long_name": f"{name} pelts"})
        for name, text in (("hare", HARE), ("lynx", LYNX))
    }
    return _series(years, values, "Hudson Bay Company pelts of hare and lynx, thousands")


def lorenz_noisy() -> xr.Dataset:
    """Lorenz's system at its classical constants with 1 % of each state's deviation as noise."""
    times = 0.01 * np.arange(2500)

    def lorenz(_: float, state: np.ndarray) -> list[float]:
        x, y, z = state
        return [10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z]

    solved = solve_ivp(lorenz, (0, times[-1]), [-8, 7, 27], "DOP853", times, rtol=1e-12, atol=1e-12)
    noise = np.random.default_rng(1963).standard_normal(solved.y.shape)
    noisy = solved.y + 0.01 * solved.y.std(axis=1, keepdims=True) * noise
    variables = {
        name: ("time", values, {"units": "1", "long_name": f"{name} of Lorenz's system"})
        for name, values in zip("xyz", noisy, strict=True)
    }
    coordinate = ("time", times, {"units": "1", "long_name": "time"})
    title = "Lorenz's system, sigma 10, rho 28, beta 8/3, with 1 % noise"
    return xr.Dataset(variables, {"time": coordinate}, {"title": title})


def burgers() -> xr.Dataset:
    """Burgers' equation, nu = 0.01/pi, u(0, x) = -sin(pi x), by the Cole-Hopf transformation.

    With u = -2 nu d(log phi)/dx, phi solves the heat equation (Cole 1951, Hopf 1950):
    u(t, x) = -int sin(pi (x - s)) f(x - s) e^(-s^2 / 4 nu t) ds / int f(x - s) e^(-s^2 / 4 nu t) ds,
    f(y) = exp(-cos(pi y) / (2 pi nu)); Gauss-Hermite quadrature with 200 nodes in s = 2 sqrt(nu t) z.
    """
    nu = 0.01 / np.pi
    t, x = np.linspace(0, 0.99, 100), np.linspace(-1, 1, 256)
    nodes, weights = np.polynomial.hermite.hermgauss(200)
    y = x[None, :, None] - 2 * np.sqrt(nu * t)[:, None, None] * nodes
    exponent = -np.cos(np.pi * y) / (2 * np.pi * nu)
    kernel = weights * np.exp(exponent - exponent.max(axis=-1, keepdims=True))
    u = -(np.sin(np.pi * y) * kernel).sum(axis=-1) / kernel.sum(axis=-1)
    coordinates = {
        "t": ("t", t, {"units": "1", "long_name": "time"}),
        "x": ("x", x, {"units": "1", "long_name": "position"}),
    }
    variables = {"u": (("t", "x"), u, {"units": "1", "long_name": "velocity"})}
    return xr.Dataset(
        variables, coordinates, {"title": "Burgers' equation, nu = 0.01/pi, Cole-Hopf"}
    )


def main() -> None:
    """Write the files, then their checksums into the catalogue."""
    catalogue = HERE / "catalog.yaml"
    text = catalogue.read_text(encoding="utf-8")
    for make in (co2, sunspots, lynx_hare, lorenz_noisy, burgers):
        name = make.__name__
        path = HERE / f"{name}.nc"
        dataset = make()
        dataset.attrs |= {"Conventions": "CF-1.11", "source": f"data/build.py, {name}()"}
        encoding = {v: {"_FillValue": None} for v in dataset.variables}
        encoding |= {v: {"zlib": True, "_FillValue": np.nan} for v in dataset.data_vars}
        dataset.to_netcdf(path, engine="netcdf4", encoding=encoding)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        pattern = rf"(?m)^({name}:\n(?:  .*\n)*?  sha256: ).*$"
        text = re.sub(pattern, rf"\g<1>{digest}", text)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB, sha256 {digest[:12]}…")
    catalogue.write_text(text, encoding="utf-8")


def _series(times: pd.DatetimeIndex | pd.Series, values: dict, title: str) -> xr.Dataset:
    variables = {name: ("time", *value) for name, value in values.items()}
    coordinate = ("time", np.asarray(times, dtype="datetime64[ns]"), {"standard_name": "time"})
    return xr.Dataset(variables, {"time": coordinate}, {"title": title})


if __name__ == "__main__":
    main()
