"""Putting variables on one scale, and back, with statistics that travel."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from isocline_data.errors import DataError
from isocline_data.lock import FILE_LOCK
from isocline_data.names import require_variables, unknown_name


@dataclass(frozen=True)
class Normalised:
    """A dataset of mean 0 and deviation 1, and what undoes it.

    Attributes:
        dataset: The scaled variables, without units.
        statistics: `mean` and `deviation` of each variable over the dimension `statistic`.
    """

    dataset: xr.Dataset
    statistics: xr.Dataset

    def restore(self, dataset: xr.Dataset | None = None) -> xr.Dataset:
        """Back in the units of the data: `dataset`, or the one that was normalised.

        Raises:
            DataError: It has a variable whose statistics are not known.
        """
        given = self.dataset if dataset is None else dataset
        # Not Dataset.map: it puts the old units back.
        restored = {name: self._restored(variable) for name, variable in given.data_vars.items()}
        return xr.Dataset(restored, given.coords, given.attrs)

    def _restored(self, variable: xr.DataArray) -> xr.DataArray:
        mean, deviation, units = _statistics(self.statistics, str(variable.name))
        restored = variable * deviation + mean
        restored.attrs = variable.attrs | ({"units": units} if units else {})
        return restored


def normalise(dataset: xr.Dataset, statistics: xr.Dataset | None = None) -> Normalised:
    """Subtract each variable's mean and divide by its deviation; missing values stay missing.

    Args:
        dataset: Numeric variables of any shape.
        statistics: Of the training part, as an earlier call returned them, so that validation and
            test are scaled by what training saw; computed from `dataset` when None.

    Raises:
        DataError: A variable never changes, has no values, infinite ones or ones that are not
            numbers; or `statistics` lacks it.

    Example:
        >>> scaled = normalise(xr.Dataset({"u": ("time", [1.0, 3.0])}))
        >>> scaled.dataset["u"].values.tolist(), scaled.restore()["u"].values.tolist()
        ([-1.0, 1.0], [1.0, 3.0])
    """
    found = _measure(dataset) if statistics is None else statistics

    def scaled(variable: xr.DataArray) -> xr.DataArray:
        mean, deviation, _ = _statistics(found, str(variable.name))
        result = (variable - mean) / deviation
        result.attrs = {k: v for k, v in variable.attrs.items() if k != "units"} | {"units": "1"}
        return result

    variables = {name: scaled(variable) for name, variable in dataset.data_vars.items()}
    return Normalised(xr.Dataset(variables, dataset.coords, dataset.attrs), found)


def _measure(dataset: xr.Dataset) -> xr.Dataset:
    """Mean and deviation of each variable over all of its values."""
    measured = {}
    for name in require_variables(dataset, map(str, dataset.data_vars)):
        with FILE_LOCK:  # numbers that were left in their file are read once, here
            values = dataset[name].variable.astype(np.float64).compute()
        low, high = float(values.min()), float(values.max())
        if not np.isfinite([low, high]).all():
            raise DataError(
                f"variable '{name}' holds infinite values, so it cannot be scaled; make them missing "
                f"with ds['{name}'].where(abs(ds['{name}']) < float('inf'))"
            )
        # The deviation of equal numbers can be a rounding error above 0.
        if low == high:
            raise DataError(
                f"variable '{name}' is {low:g} everywhere, so it cannot be scaled; leave it out"
            )
        measured[name] = xr.Variable(
            "statistic",
            [float(values.mean()), float(values.std())],
            {"units": str(dataset[name].attrs.get("units", ""))},
        )
    return xr.Dataset(measured, coords={"statistic": np.array(["mean", "deviation"])})


def _statistics(statistics: xr.Dataset, name: str) -> tuple[float, float, str]:
    if name not in statistics:
        raise unknown_name("variable", name, map(str, statistics.data_vars), "the statistics")
    values = statistics[name]
    return (
        float(values.sel(statistic="mean")),
        float(values.sel(statistic="deviation")),
        str(values.attrs.get("units", "")),
    )
