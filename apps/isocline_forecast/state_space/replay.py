"""How well a fitted model would have forecast the past, at the horizon that matters.

The likelihood judges one step ahead.  Structures that are equal there can differ by a factor three years
ahead, so they are compared on forecasts replayed from origins in the later part of the history.
"""

import numpy as np
from jaxtyping import Float
from scipy import stats

from isocline_forecast.contract import Model
from isocline_forecast.history import History

ORIGINS = 60
LEADS = 30
FIRST = 0.4  # of the history, before the first origin
_ENOUGH = 30  # values, below which the past cannot be replayed


def replayed_crps(model: Model, history: History, horizon: int) -> float | None:
    """Mean CRPS of a model's normal forecasts from past origins.

    Args:
        model: Fitted; its predictions carry deviations.
        history: Of one series.
        horizon: Steps.

    Returns:
        In the units of the values; None where the axis is irregular or the history is too short.
    """
    count = len(history.values)
    if not history.axis.regular or count < _ENOUGH:
        return None
    rows = history.axis.rows
    reach = min(horizon, int(rows[-1] * (1 - FIRST) / 2))
    ahead = np.unique(np.linspace(1, max(reach, 1), LEADS).round())
    possible = np.flatnonzero((rows >= FIRST * rows[-1]) & (rows <= rows[-1] - reach))
    origins = np.unique(possible[np.linspace(0, possible.size - 1, ORIGINS).astype(int)])
    forecast = model.predict(history, origins, ahead)
    assert forecast.deviation is not None
    where = {int(row): index for index, row in enumerate(rows)}
    truth = np.full(forecast.mean.shape[:2], np.nan)
    for o, origin in enumerate(origins):
        for k, lead in enumerate(ahead):
            index = where.get(int(rows[origin] + lead))
            if index is not None:
                truth[o, k] = history.values[index, 0]
    scores = normal_crps(truth, forecast.mean[..., 0], forecast.deviation[..., 0])
    return float(np.nanmean(scores)) if np.isfinite(scores).any() else None


def normal_crps(
    observed: Float[np.ndarray, "*shape"],
    mean: Float[np.ndarray, "*shape"],
    deviation: Float[np.ndarray, "*shape"],
) -> Float[np.ndarray, "*shape"]:
    """CRPS of a normal forecast: σ (z (2Φ(z) − 1) + 2φ(z) − 1/√π) (Gneiting & Raftery, 2007)."""
    z = (observed - mean) / deviation
    inner = z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi)
    return np.asarray(deviation * inner)
