"""Scoring a forecast on the part of the data that the fit did not see."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from isocline_forecast import scores
from isocline_forecast.backtest import forecast_from, label_forecasts
from isocline_forecast.fitted import Fitted, fit_model
from isocline_forecast.forecaster import Forecaster
from isocline_forecast.history import History
from isocline_forecast.models import BASELINES
from isocline_forecast.search import Search
from isocline_forecast.seasons import to_grid
from isocline_run import UserError

_ORIGINS = 40
_REACH = 0.9


@dataclass(frozen=True)
class HeldOut:
    """A forecast beside what was observed, and beside the baselines.

    Attributes:
        observed: The held-out values.
        scores: Model → variable → score → value.
        by_lead: Model → forecasts from origins within the held-out part, with scores by lead.
    """

    observed: xr.Dataset
    scores: dict[str, dict[str, dict[str, float]]]
    by_lead: dict[str, xr.Dataset]


def hold_out(history: History, horizon: str | int) -> tuple[History, int]:
    """The history before the last `horizon`, and the steps from its end to the end of the data.

    Raises:
        UserError: Too little is left.
    """
    count = history.axis.held_out(horizon)
    kept = len(history.values) - count
    rows = history.axis.rows
    steps = int(rows[-1] - rows[max(kept - 1, 0)])
    if kept < 2 or not history.upto(kept).observed.any(axis=0).all():
        raise UserError(
            f"holding out the last {horizon} leaves {kept} of {len(history.values)} stamps "
            f"({history.axis.span_label}), too few to fit; give a shorter horizon"
        )
    return history.upto(kept), steps


def score_held_out(
    forecaster: Forecaster, history: History, kept: int, forecast: xr.Dataset, search: Search
) -> HeldOut:
    """Score the forecast and each baseline that the history allows.

    Args:
        forecaster: Fitted to the first `kept` rows.
        history: All of the data.
        kept: Rows that the fit saw.
        forecast: Of the rest, by the forecaster.
        search: Clock of the baselines' fits.
    """
    fitted = {forecaster.model.name: forecaster.fitted}
    past = history.upto(kept)
    for name in BASELINES:
        if name not in fitted:
            baseline = _fit(name, forecaster, past, search)
            if baseline is not None:
                fitted[name] = baseline
    axis = history.axis
    observed = xr.Dataset(history.label(history.values[kept:], (axis.name,)))
    observed = observed.assign_coords({axis.name: axis.stamps[kept:]})
    found = {}
    for name, one in fitted.items():
        made = forecast
        if one is not forecaster.fitted:
            other = Forecaster(name, quantiles=forecaster.levels.tolist())
            other._fitted, other._history = one, past
            made = other.predict(stamps=axis.stamps[kept:])
        found[name] = {str(v): _scores(made, observed, str(v), past) for v in observed}
    by_lead = {name: _by_lead(one, history, kept) for name, one in fitted.items()}
    return HeldOut(observed, found, by_lead)


def _fit(name: str, forecaster: Forecaster, past: History, search: Search) -> Fitted | None:
    horizon = forecaster.fitted.horizon
    search.stage = f"baseline.{name}."
    try:
        return fit_model(name, forecaster.options, past, horizon, forecaster.levels, search)
    except UserError:
        return None  # a baseline without its season is left out of the table


def _scores(
    forecast: xr.Dataset, observed: xr.Dataset, name: str, past: History
) -> dict[str, float]:
    point, truth, spread = forecast[f"{name}_mean"], observed[name], forecast[name]
    found = {
        "rmse": float(scores.rmse(point, truth)),
        "mae": float(scores.mae(point, truth)),
        "crps": float(scores.crps(spread, truth)),
    }
    levels = forecast["quantile"].values
    if np.isclose(levels, 0.05).any() and np.isclose(levels, 0.95).any():
        found["coverage_90"] = float(scores.coverage(spread, truth, 0.9))
        found["width_90"] = float(scores.interval_width(spread, 0.9))
    if past.axis.regular and truth.ndim == 1:
        series = past.names.index(name)
        scale = float(scores.mase_scale(to_grid(past)[:, [series]], 1)[0])
        if scale > 0:
            found["mase"] = float(scores.mase(point, truth, scale))
    return found


def _by_lead(fitted: Fitted, history: History, kept: int) -> xr.Dataset:
    """Forecasts from origins at and after the end of the fit; its parameters stay as they are."""
    rows = history.axis.rows
    # Leads that hardly any origin reaches would end the curve in noise.
    reach = max(int(_REACH * (rows[-1] - rows[kept - 1])), 1)
    possible = np.arange(kept - 1, len(rows) - 1)
    origins = np.unique(possible[np.linspace(0, possible.size - 1, _ORIGINS).astype(int)])
    ahead = np.arange(1, reach + 1, dtype=float)
    mean, quantiles = forecast_from(fitted, history, origins, ahead)
    return label_forecasts(history, origins, ahead, mean, quantiles, fitted.levels)
