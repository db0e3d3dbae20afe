"""Scores of forecasts, each with its definition.

All take labelled arrays, skip what was not observed, and average over every dimension but those kept.
"""

import numpy as np
import xarray as xr
from jaxtyping import Float

Dims = tuple[str, ...]


def _mean(values: xr.DataArray, keep: Dims) -> xr.DataArray:
    return values.mean([dim for dim in values.dims if dim not in keep], skipna=True)


def mse(forecast: xr.DataArray, observed: xr.DataArray, keep: Dims = ()) -> xr.DataArray:
    """Mean squared error, mean of (y − ŷ)²."""
    return _mean((observed - forecast) ** 2, keep)


def rmse(forecast: xr.DataArray, observed: xr.DataArray, keep: Dims = ()) -> xr.DataArray:
    """Root of the mean squared error."""
    return mse(forecast, observed, keep) ** 0.5


def mae(forecast: xr.DataArray, observed: xr.DataArray, keep: Dims = ()) -> xr.DataArray:
    """Mean absolute error, mean of |y − ŷ|."""
    return _mean(abs(observed - forecast), keep)


def mase(
    forecast: xr.DataArray, observed: xr.DataArray, scale: float | xr.DataArray, keep: Dims = ()
) -> xr.DataArray:
    """Mean absolute scaled error: `mae` over `scale`, see `mase_scale` (Hyndman & Koehler, 2006)."""
    return _mean(abs(observed - forecast) / scale, keep)


def mase_scale(
    values: Float[np.ndarray, "step series"], period: int
) -> Float[np.ndarray, " series"]:
    """The mean of |y(t) − y(t − period)| over a history on a regular grid, gaps skipped."""
    period = period if len(values) > period else 1
    return np.asarray(np.nanmean(np.abs(values[period:] - values[:-period]), axis=0))


def pinball(quantiles: xr.DataArray, observed: xr.DataArray, keep: Dims = ()) -> xr.DataArray:
    """Mean quantile loss: max(q (y − x), (q − 1)(y − x)) for the q-quantile x, mean over q too."""
    return _mean(_loss(quantiles, observed), keep)


def _loss(quantiles: xr.DataArray, observed: xr.DataArray) -> xr.DataArray:
    level = quantiles["quantile"]
    miss = observed - quantiles
    return xr.where(miss >= 0, level * miss, (level - 1) * miss)


def crps(quantiles: xr.DataArray, observed: xr.DataArray, keep: Dims = ()) -> xr.DataArray:
    """Continuous ranked probability score as 2 ∫ pinball dq, by the trapezoid rule over the levels.

    Outside the lowest and highest level the loss is taken as constant; in the units of the data.
    """
    level = quantiles["quantile"]
    loss = _loss(quantiles, observed)
    edges = np.concatenate([[0.0], (level.values[1:] + level.values[:-1]) / 2, [1.0]])
    weights = xr.DataArray(np.diff(edges), dims="quantile", coords={"quantile": level})
    return _mean(2 * (loss * weights).sum("quantile", skipna=False), keep)


def coverage(
    quantiles: xr.DataArray, observed: xr.DataArray, share: float = 0.9, keep: Dims = ()
) -> xr.DataArray:
    """The share of observed values inside the central interval of this probability."""
    low, high = interval(quantiles, share)
    inside = ((observed >= low) & (observed <= high)).where(observed.notnull() & low.notnull())
    return _mean(inside, keep)


def interval_width(quantiles: xr.DataArray, share: float = 0.9, keep: Dims = ()) -> xr.DataArray:
    """Mean width of the central interval."""
    low, high = interval(quantiles, share)
    return _mean(high - low, keep)


def interval_score(
    quantiles: xr.DataArray, observed: xr.DataArray, share: float = 0.9, keep: Dims = ()
) -> xr.DataArray:
    """Width plus 2/α times the distance of a value outside (Gneiting & Raftery, 2007), α = 1 − share."""
    low, high = interval(quantiles, share)
    outside = np.maximum(low - observed, 0) + np.maximum(observed - high, 0)
    return _mean(high - low + 2 / (1 - share) * outside, keep)


def interval(quantiles: xr.DataArray, share: float) -> tuple[xr.DataArray, xr.DataArray]:
    """The two quantiles that bound the central interval.

    Raises:
        ValueError: The forecast lacks them.
    """
    levels = quantiles["quantile"].values
    bounds = []
    for level in ((1 - share) / 2, (1 + share) / 2):
        index = int(np.abs(levels - level).argmin())
        if abs(levels[index] - level) > 1e-6:
            raise ValueError(
                f"a {share:.0%} interval needs the quantile {level:g}, and the forecast has "
                f"{', '.join(f'{x:g}' for x in levels)}"
            )
        bounds.append(quantiles.isel(quantile=index, drop=True))
    return bounds[0], bounds[1]
