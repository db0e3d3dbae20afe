"""The straight line through the first and the last value goes on."""

import numpy as np
from jaxtyping import Float, Int

from isocline_forecast.baselines.naive import last_values
from isocline_forecast.contract import Model, Prediction
from isocline_forecast.history import History
from isocline_forecast.search import Search


class Drift(Model):
    """ŷ(t + h) = y(t) + h (y(t) − y(0)) / t, with the first and last observed values and their times."""

    name = "drift"
    summary = "the line through the first and the last value goes on"
    calibration = 0.75
    learns = False

    def fit(self, history: History, horizon: int, search: Search) -> None:
        """Nothing is learnt: the line is drawn anew at each origin."""
        del history, horizon
        search.tick()

    def predict(
        self,
        history: History,
        origins: Int[np.ndarray, " origin"],
        ahead: Float[np.ndarray, " lead"],
    ) -> Prediction:
        """The line at every lead; flat where only one value was seen."""
        positions = history.axis.positions
        first = history.observed.argmax(axis=0)
        start = history.values[first, np.arange(first.size)]
        rows = history.last_observed(origins)
        last = last_values(history, origins)
        reached = positions[np.maximum(rows, 0)]
        run = reached - positions[first]
        slope = np.where(run > 0, (last - start) / np.where(run > 0, run, 1.0), 0.0)
        since = (positions[origins][:, None] - reached)[:, None, :] + ahead[None, :, None]
        return Prediction(last[:, None, :] + slope[:, None, :] * since)
