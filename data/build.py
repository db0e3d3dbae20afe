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

from isocline_data import to_netcdf

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
    attributes = {
        "units": "ppm",
        "long_name": "mole fraction of carbon dioxide in air",
        "standard_name": "mole_fraction_of_carbon_dioxide_in_air",
        "cell_methods": "time: mean (interval: 1 week)",
    }
    return _series(
        weeks,
        {"co2": (frame["co2"].reindex(weeks).to_numpy(), attributes)},
        title="Weekly carbon dioxide at Mauna Loa, Hawaii",
        references="Keeling and Whorf (2004), Atmospheric CO2 concentrations derived from flask air "
        "samples at sites in the SIO network, Carbon Dioxide Information Analysis Center",
        license="public domain",
        comment="Weeks without a measurement are missing, as in the source.",
    )


def sunspots() -> xr.Dataset:
    """Monthly sunspot numbers, January 1749 to June 2009; the month without observations is missing."""
    import statsmodels.datasets.sunspots as source

    table = Path(source.__file__).parent / "src" / "sunspots_monthly.dat"
    rows = [line.split() for line in table.read_text().splitlines() if re.match(r"\d{4} ", line)]
    values = np.array([value for _, *months in rows for value in months], dtype=float)
    months = pd.date_range(f"{rows[0][0]}-01-01", periods=values.size, freq="MS")
    values[months == "1824-02-01"] = np.nan
    attributes = {
        "units": "1",
        "long_name": "mean sunspot number of the month",
        "cell_methods": "time: mean (interval: 1 month)",
    }
    return _series(
        months,
        {"sunspots": (values, attributes)},
        title="Monthly mean sunspot numbers",
        references="National Geophysical Data Center, monthly mean sunspot numbers, as packaged by "
        "statsmodels (sunspots_monthly.dat)",
        license="public domain",
        comment="Each month is stamped with its first day. Nothing was observed in February 1824; the "
        "source interpolates, here the value is missing. The values of 2009 are preliminary.",
    )


def lynx_hare() -> xr.Dataset:
    """The Hudson Bay Company's yearly pelts of snowshoe hare and Canada lynx."""
    years = pd.to_datetime([f"{year}-07-01" for year in range(1900, 1921)])
    values = {
        name: (np.array(text.split(), dtype=float), {"units": "1e3", "long_name": f"{name} pelts"})
        for name, text in (("hare", HARE), ("lynx", LYNX))
    }
    return _series(
        years,
        values,
        title="Hudson Bay Company pelts of hare and lynx, 1900-1920",
        references="Hewitt (1921), The Conservation of the Wild Life of Canada; as tabled by Howard "
        "(2009), Modeling Basics",
        license="public domain",
        comment="Thousands of pelts collected in each year, stamped in its middle.",
    )


def lorenz_noisy() -> xr.Dataset:
    """Lorenz's system at its classical constants with 1 % of each state's deviation as noise.

    dx/dt = sigma (y - x), dy/dt = x (rho - z) - y, dz/dt = x y - beta z (Lorenz 1963, equations 25-27).
    """
    sigma, rho, beta, seed = 10.0, 28.0, 8.0 / 3.0, 1963
    times = 0.01 * np.arange(2500)

    def lorenz(_: float, state: np.ndarray) -> list[float]:
        x, y, z = state
        return [sigma * (y - x), x * (rho - z) - y, x * y - beta * z]

    solved = solve_ivp(lorenz, (0, times[-1]), [-8, 7, 27], "DOP853", times, rtol=1e-12, atol=1e-12)
    noise = np.random.default_rng(seed).standard_normal(solved.y.shape)
    deviations = 0.01 * solved.y.std(axis=1)
    noisy = solved.y + deviations[:, None] * noise
    variables = {
        name: (
            "time",
            values,
            {"units": "1", "long_name": f"{name} of Lorenz's system", "noise_deviation": deviation},
        )
        for name, values, deviation in zip("xyz", noisy, deviations, strict=True)
    }
    coordinate = ("time", times, {"units": "1", "long_name": "time"})
    attributes = {
        "title": "Lorenz's system with 1 % noise",
        "references": "Lorenz (1963), Deterministic Nonperiodic Flow, Journal of the Atmospheric Sciences",
        "license": "Apache-2.0",
        "sigma": sigma,
        "rho": rho,
        "beta": beta,
        "seed": seed,
    }
    return xr.Dataset(variables, {"time": coordinate}, attributes)


def burgers() -> xr.Dataset:
    """Burgers' equation, nu = 0.01/pi, u(0, x) = -sin(pi x), by the Cole-Hopf transformation.

    With u = -2 nu d(log phi)/dx, phi solves the heat equation (Cole 1951, Hopf 1950):
    u(t, x) = -int sin(pi (x - s)) f(x - s) e^(-s^2 / 4 nu t) ds / int f(x - s) e^(-s^2 / 4 nu t) ds,
    f(y) = exp(-cos(pi y) / (2 pi nu)); Gauss-Hermite quadrature with 200 nodes in s = 2 sqrt(nu t) z
    (within 1e-10 of a dense trapezoidal rule). The grid is that of DeepXDE's example.
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
    attributes = {
        "title": "Burgers' equation u_t + u u_x = nu u_xx, u(0, x) = -sin(pi x), u(t, -1) = u(t, 1) = 0",
        "references": "Cole (1951), Hopf (1950); Basdevant et al. (1986), Computers and Fluids",
        "license": "Apache-2.0",
        "nu": nu,
    }
    variables = {"u": (("t", "x"), u, {"units": "1", "long_name": "velocity"})}
    return xr.Dataset(variables, coordinates, attributes)


def main() -> None:
    """Write the files, then their checksums into the catalogue."""
    catalogue = HERE / "catalog.yaml"
    text = catalogue.read_text(encoding="utf-8")
    for make in (co2, sunspots, lynx_hare, lorenz_noisy, burgers):
        name = make.__name__
        path = HERE / f"{name}.nc"
        dataset = make()
        to_netcdf(dataset.assign_attrs(source=f"data/build.py, {name}()"), path, overwrite=True)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        pattern = rf"(?m)^({name}:\n(?:  .*\n)*?  sha256: ).*$"
        text = re.sub(pattern, rf"\g<1>{digest}", text)
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB, sha256 {digest[:12]}…")
    catalogue.write_text(text, encoding="utf-8")


def _series(
    times: pd.DatetimeIndex, values: dict[str, tuple[np.ndarray, dict[str, str]]], **attributes: str
) -> xr.Dataset:
    variables = {name: ("time", *value) for name, value in values.items()}
    return xr.Dataset(variables, {"time": np.asarray(times, dtype="datetime64[ns]")}, attributes)


if __name__ == "__main__":
    main()
