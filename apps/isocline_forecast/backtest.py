"""Replaying the past: forecasts from many origins, each seeing only what came before it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from isocline_forecast import scores
from isocline_forecast.fitted import Fitted, fit_model, observed_ahead
from isocline_forecast.history import History
from isocline_forecast.models import AUTO
from isocline_forecast.search import Search
from isocline_forecast.select import choose_model
from isocline_run import UserError

_CHUNK = 64  # origins at a time


def backtest(
    name: str,
    options: Mapping[str, Any],
    history: History,
    horizon: int,
    levels: np.ndarray,
    *,
    start: float = 0.7,
    origins: int = 50,
    refit_every: int | None = None,
    search: Search | None = None,
) -> xr.Dataset:
    """Fit to the part before each block of origins and forecast from them.

    Args:
        name: Of the model; "auto" is chosen once, before the first origin.
        options: Of the model.
        history: All of it.
        horizon: Steps.
        levels: Quantile levels.
        start: The part of the history before the first origin.
        origins: How many at most, evenly spaced over the rest.
        refit_every: Origins after which the model is fitted again; None fits once.
        search: Clock of the fits.

    Raises:
        UserError: The history is too short.
    """
    search = search or Search()
    rows = history.axis.rows
    first = int(start * len(rows))
    possible = np.flatnonzero((np.arange(rows.size) >= first - 1) & (rows <= rows[-1] - horizon))
    if first < 2 or not possible.size:
        raise UserError(
            f"the history ({history.axis.span_label}) is too short to replay {horizon} steps from "
            f"{start:.0%} of it on; give a shorter horizon or an earlier start"
        )
    count = min(origins, possible.size)
    chosen = np.unique(possible[np.linspace(0, possible.size - 1, count).astype(int)])
    if name == AUTO:
        seen = history.upto(int(chosen[0]) + 1)
        name, _ = choose_model(seen, horizon, options, levels, search)
    blocks = np.array_split(chosen, -(-chosen.size // (refit_every or chosen.size)))
    means, quantiles = [], []
    ahead = np.arange(1, horizon + 1, dtype=float)
    for number, block in enumerate(blocks):
        search.stage = f"backtest{number}."
        seen = history.upto(int(block[0]) + 1)
        fitted = fit_model(name, options, seen, horizon, levels, search)
        mean, spread = forecast_from(fitted, history, block, ahead)
        means.append(mean)
        quantiles.append(spread)
    found = label_forecasts(
        history, chosen, ahead, np.concatenate(means), np.concatenate(quantiles, axis=1), levels
    )
    found.attrs = {"model": name, "title": "forecasts replayed"}
    return found


def forecast_from(
    fitted: Fitted, history: History, origins: np.ndarray, ahead: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """`Fitted.forecast` in chunks of origins, so that memory stays small."""
    parts = [
        fitted.forecast(history, origins[i : i + _CHUNK], ahead)
        for i in range(0, origins.size, _CHUNK)
    ]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts], axis=1)


def label_forecasts(
    history: History,
    origins: np.ndarray,
    ahead: np.ndarray,
    mean: np.ndarray,
    quantiles: np.ndarray,
    levels: np.ndarray,
) -> xr.Dataset:
    """Forecasts from many origins as a dataset, with what was observed and scores by lead."""
    axis = history.axis
    observed = history.label(observed_ahead(history, origins, ahead), ("origin", "lead"))
    spread = history.label(quantiles, ("quantile", "origin", "lead"))
    point = history.label(mean, ("origin", "lead"))
    variables: dict[str, Any] = {}
    for name in spread:
        variables |= {name: spread[name], f"{name}_mean": point[name]}
        variables[f"{name}_observed"] = observed[name]
    stamps = axis.stamps_at((axis.positions[origins][:, None] + ahead).ravel())
    result = xr.Dataset(variables).assign_coords(
        quantile=levels,
        lead=ahead,
        origin=axis.stamps[origins],
        valid_time=(("origin", "lead"), stamps.reshape(origins.size, ahead.size)),
    )
    result["lead"].attrs = {"long_name": "lead time", "units": "1"}
    for name in spread:
        label = name if len(spread) > 1 else ""
        _score_by_lead(result, name, f"{label}_" if label else "")
    return result


def _score_by_lead(result: xr.Dataset, name: str, prefix: str) -> None:
    keep = ("lead",)
    observed, point = result[f"{name}_observed"], result[f"{name}_mean"]
    result[f"{prefix}mae"] = scores.mae(point, observed, keep)
    result[f"{prefix}rmse"] = scores.rmse(point, observed, keep)
    result[f"{prefix}crps"] = scores.crps(result[name], observed, keep)
    levels = result["quantile"].values
    if np.isclose(levels, 0.05).any() and np.isclose(levels, 0.95).any():
        result[f"{prefix}coverage_90"] = scores.coverage(result[name], observed, 0.9, keep)
