"""Putting variables on one scale, and back, with statistics that travel."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from isocline_data.errors import DataError
from isocline_data.names import unknown_name


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
        return given.map(self._restored, keep_attrs=True)

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
        DataError: A variable never changes (its deviation is 0), or `statistics` lacks it.
    """
    found = _measure(dataset) if statistics is None else statistics

    def scaled(variable: xr.DataArray) -> xr.DataArray:
        mean, deviation, _ = _statistics(found, str(variable.name))
        result = (variable - mean) / deviation
        result.attrs = {k: v for k, v in variable.attrs.items() if k != "units"} | {"units": "1"}
        return result

    return Normalised(dataset.map(scaled), found)


def _measure(dataset: xr.Dataset) -> xr.Dataset:
    """Mean and deviation of each variable over all of its values."""
    measured = {}
    for name, variable in dataset.data_vars.items():
        mean, deviation = float(variable.mean()), float(variable.std())
        if not deviation > 0:
            raise DataError(
                f"variable '{name}' has deviation {deviation:g}, so it cannot be scaled; leave it out"
            )
        measured[name] = xr.Variable(
            "statistic", [mean, deviation], {"units": variable.attrs.get("units", "")}
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
