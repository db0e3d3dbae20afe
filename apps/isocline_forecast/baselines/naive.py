"""The last value stays."""

import numpy as np
from jaxtyping import Float, Int

from isocline_forecast.contract import Model, Prediction
from isocline_forecast.history import History
from isocline_forecast.search import Search


class Naive(Model):
    """Every future value is the last one observed: ŷ(t + h) = y(t)."""

    name = "naive"
    summary = "the last value stays"
    calibration = 0.75
    learns = False

    def fit(self, history: History, horizon: int, search: Search) -> None:
        """Nothing is learnt."""
        del history, horizon
        search.tick()

    def predict(
        self,
        history: History,
        origins: Int[np.ndarray, " origin"],
        ahead: Float[np.ndarray, " lead"],
    ) -> Prediction:
        """The last observed value of each series, at every lead."""
        last = last_values(history, origins)
        return Prediction(np.repeat(last[:, None, :], ahead.size, axis=1))


def last_values(history: History, origins: np.ndarray) -> Float[np.ndarray, "origin series"]:
    """The last value at or before each origin; NaN where there is none."""
    rows = history.last_observed(origins)
    values = np.take_along_axis(history.values, np.maximum(rows, 0), axis=0)
    return np.where(rows >= 0, values, np.nan)
