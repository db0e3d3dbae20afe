"""The mean of all that was seen."""

import numpy as np
from jaxtyping import Float, Int

from isocline_forecast.contract import Model, Prediction
from isocline_forecast.history import History
from isocline_forecast.search import Search


class Mean(Model):
    """Every future value is the mean of the observed ones up to the origin."""

    name = "mean"
    summary = "the mean of the history"
    calibration = 0.75
    learns = False

    def fit(self, history: History, horizon: int, search: Search) -> None:
        """Nothing is learnt: the mean is taken up to each origin."""
        del history, horizon
        search.tick()

    def predict(
        self,
        history: History,
        origins: Int[np.ndarray, " origin"],
        ahead: Float[np.ndarray, " lead"],
    ) -> Prediction:
        """The running mean of each series, at every lead."""
        total = np.cumsum(np.nan_to_num(history.values), axis=0)[origins]
        count = np.cumsum(history.observed, axis=0)[origins]
        mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        return Prediction(np.repeat(mean[:, None, :], ahead.size, axis=1))
