"""The data of an identification: checked trajectories of states and controls as plain arrays."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr
from jaxtyping import Float

from isocline_data import check_time_axis, require_variables
from isocline_sysid.errors import IdentificationError

MINIMUM_SAMPLES = 15
_SECONDS = {"D": 86_400.0, "Y": 365.2425 * 86_400.0, "h": 3600.0, "s": 1.0}


@dataclass(frozen=True)
class Trajectory:
    """One experiment: samples in time order, rows with a missing value left out.

    Attributes:
        times: (n,), in `time_unit` since the first sample of the record.
        states: (n, d).
        controls: (n, c); c may be 0.
        time_unit: "1" for numeric times without units, else "year", "day", "h" or "s".
        dropped: Rows that were left out since a value was missing.
    """

    times: Float[np.ndarray, " time"]
    states: Float[np.ndarray, "time state"]
    controls: Float[np.ndarray, "time control"]
    time_unit: str
    dropped: int


def trajectories(
    datasets: xr.Dataset | Sequence[xr.Dataset],
    states: Sequence[str],
    controls: Sequence[str] = (),
) -> list[Trajectory]:
    """Check the data and take out what is asked for.

    Args:
        datasets: One trajectory, or several of any length; variables of shape (time,).
        states: Names of the state variables.
        controls: Names of known inputs.

    Raises:
        IdentificationError: There is nothing to learn from: too few samples, no variation.
        isocline_data.DataError: A name is unknown, all values are missing, or times are out of order.
    """
    for text in (states, controls):
        if isinstance(text, str):
            raise IdentificationError(
                f"the names are the text '{text}', where a list was expected, such as ['{text}']"
            )
    given = [datasets] if isinstance(datasets, xr.Dataset) else list(datasets)
    if not states:
        raise IdentificationError(
            "no states were named; name at least one, for example states=['x']"
        )
    if not given:
        raise IdentificationError("no trajectories were given; give a dataset, or a list of them")
    names = [*states, *controls]
    for name in names:
        if names.count(name) > 1:
            raise IdentificationError(
                f"'{name}' is named more than once among states and controls; name each once"
            )
    found = [_trajectory(ds, i, len(given), states, controls) for i, ds in enumerate(given)]
    for index, trajectory in enumerate(found):
        if trajectory.time_unit != found[0].time_unit:
            raise IdentificationError(
                f"times of trajectory {index + 1} count in '{trajectory.time_unit}', those of trajectory "
                f"1 in '{found[0].time_unit}'; give all trajectories one unit of time"
            )
    stacked = np.concatenate([t.states for t in found])
    for name, values in zip(states, stacked.T, strict=True):
        if np.ptp(values) <= 1e-14 * max(np.abs(values).max(), 1e-300):
            raise IdentificationError(
                f"state '{name}' never changes (it is {values[0]:g} throughout): no variation in the "
                f"data, so d{name}/dt = 0 is all they say; give a record in which it moves"
            )
    return found


def _trajectory(
    dataset: xr.Dataset, index: int, count: int, states: Sequence[str], controls: Sequence[str]
) -> Trajectory:
    where = "the dataset" if count == 1 else f"trajectory {index + 1}"
    dim = check_time_axis(dataset)
    names = [*states, *controls]
    require_variables(dataset, names, where=where)
    columns = []
    for name in names:
        if dataset[name].dims != (dim,):
            raise IdentificationError(
                f"variable '{name}' of {where} has dimensions {_sized(dataset[name])}, where "
                f"({dim}: {dataset.sizes[dim]}) was expected; give it one value a time: select one "
                "place or run, or bring it to the times of the states"
            )
        columns.append(np.asarray(dataset[name].values, dtype=float))
    values = np.stack(columns, axis=1)
    times, unit = _times(dataset[dim])
    kept = np.isfinite(values).all(axis=1)
    if kept.sum() < MINIMUM_SAMPLES:
        raise IdentificationError(
            f"{where} has {int(kept.sum())} complete samples, where at least {MINIMUM_SAMPLES} are "
            "needed: a test window must hold more than 2 of them; give a longer or denser record"
        )
    d = len(states)
    return Trajectory(times[kept], values[kept, :d], values[kept, d:], unit, int((~kept).sum()))


def _sized(variable: xr.DataArray) -> str:
    return "(" + ", ".join(f"{name}: {size}" for name, size in variable.sizes.items()) + ")"


def _times(axis: xr.DataArray) -> tuple[np.ndarray, str]:
    """Times as numbers: years for yearly stamps, days, hours or seconds for others."""
    if np.issubdtype(axis.dtype, np.number):
        return np.asarray(axis.values, dtype=float), str(axis.attrs.get("units", "1"))
    from isocline_data.times import seconds

    since = np.asarray(seconds(np.asarray(axis.values)), dtype=float)
    step = float(np.median(np.diff(since)))
    for unit, name, least in (
        ("Y", "year", 300 * 86_400),
        ("D", "day", 86_400),
        ("h", "h", 3600),
        ("s", "s", 0),
    ):
        if step >= 0.9 * least:
            times = since / _SECONDS[unit]
            # Calendar years differ by a day; a yearly record means equal steps.
            return (np.round(times) if unit == "Y" and _yearly(times) else times), name
    return since, "s"


def _yearly(years: np.ndarray) -> bool:
    return bool(np.abs(years - np.round(years)).max() < 0.01)
