"""ETT by the protocol that published tables use, for the closed-form models.

The first 12 months of 30 days are fitted to, the next 4 choose, the last 4 are scored; values are
standardised with the fitted part; every test window counts, at stride 1, the last one included.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from jaxtyping import Float

from isocline_data import open_dataset
from isocline_forecast.closed_form.choose import choose
from isocline_forecast.closed_form.ridge import Candidate, fit_windows
from isocline_forecast.search import Search
from isocline_run import Budget, UserError

HORIZONS = (96, 192, 336, 720)
LOOKBACKS = (336, 504, 720, 1008)  # hours
PLAIN_LOOKBACK = 336
_MONTH = 30 * 24  # hours


def ett_scores(
    source: str | Path | xr.Dataset = "etth1",
    *,
    chosen: bool = True,
    horizons: Sequence[int] = HORIZONS,
    lookback: int = PLAIN_LOOKBACK,
    budget: float | None = None,
    data_dir: str | Path | None = None,
) -> xr.Dataset:
    """Test scores of the closed-form linear model on an ETT file.

    Args:
        source: Path, catalogue name or dataset; hourly or 15-minute.
        chosen: Whether look-back, level and ridge are chosen on the validation part; else plain
            least squares on the last `lookback` steps.
        horizons: Leads to average over, one score each.
        lookback: Of the plain model, in steps.
        budget: Seconds; the choice stops when they are spent.
        data_dir: Folder searched first for files of the catalogue.

    Returns:
        `mse` and `mae` over the dimension `horizon`, and the attributes `wall_seconds`,
        `mean_mse`, `lookbacks` and `model`.

    Raises:
        DataError: The file cannot be read.
        UserError: It is shorter than the 20 months of the protocol.
    """
    dataset = open_dataset(source, data_dir=data_dir)
    started = time.perf_counter()
    values = np.stack(
        [np.asarray(dataset[v].values, dtype=float) for v in dataset.data_vars], axis=1
    )
    hour = _steps_in_hour(dataset)
    train, validation, test = (months * _MONTH * hour for months in (12, 16, 20))
    if len(values) < test:
        raise UserError(
            f"{source} has {len(values)} rows; the ETT protocol needs 20 months of 30 days, {test} rows"
        )
    mean, deviation = values[:train].mean(axis=0), values[:train].std(axis=0)
    scaled = (values[:test] - mean) / deviation
    longest = max(horizons)
    if chosen:
        lookbacks = [hour * hours for hours in LOOKBACKS]
        search = Search(Budget(budget))
        picks = choose(scaled, train, longest, lookbacks, search, end=validation).picks
    else:
        picks = (fit_windows(scaled[:train], longest, lookback, lookback, 0.0),)
    errors = window_errors(picks, scaled, validation, horizons)
    return xr.Dataset(
        {"mse": ("horizon", errors[0]), "mae": ("horizon", errors[1])},
        coords={"horizon": list(horizons)},
        attrs={
            "model": "linear" if chosen else "linear_plain",
            "mean_mse": float(errors[0].mean()),
            "lookbacks": sorted({pick.lookback for pick in picks}),
            "wall_seconds": time.perf_counter() - started,
        },
    )


def window_errors(
    picks: Sequence[Candidate],
    values: Float[np.ndarray, "step series"],
    first_target: int,
    horizons: Sequence[int],
) -> Float[np.ndarray, "2 horizon"]:
    """Mean squared and mean absolute error over all windows with targets from `first_target` on."""
    longest = max(pick.lookback for pick in picks)
    squared, absolute = np.zeros(len(horizons)), np.zeros(len(horizons))
    counts = np.zeros(len(horizons))
    for series in values.T:
        context = np.lib.stride_tricks.sliding_window_view(series, longest)
        for start in range(first_target, len(series), 512):
            origins = np.arange(start, min(start + 512, len(series)))
            past = context[origins - longest]
            mean = sum(pick(past[:, -pick.lookback :]) for pick in picks) / len(picks)
            for index, horizon in enumerate(horizons):
                whole = origins[origins + horizon <= len(series)]
                if not whole.size:
                    continue
                truth = np.lib.stride_tricks.sliding_window_view(series, horizon)[whole]
                error = truth - np.asarray(mean)[: whole.size, :horizon]
                squared[index] += np.sum(error**2)
                absolute[index] += np.sum(np.abs(error))
                counts[index] += error.size
    return np.stack([squared / counts, absolute / counts])


def _steps_in_hour(dataset: xr.Dataset) -> int:
    from isocline_forecast.time_axis import read_time_axis

    return max(round(3600 / read_time_axis(dataset).size), 1)
