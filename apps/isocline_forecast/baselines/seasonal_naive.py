"""The last season repeats itself."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from isocline_forecast.contract import Model, Prediction, UnsuitableError
from isocline_forecast.history import History
from isocline_forecast.search import Search
from isocline_forecast.seasons import choose_season

_LONGEST = 1000  # steps of a season that are looked through for phases without a value


class SeasonalNaive(Model):
    """Every future value is the last one observed at the same phase of the season.

    Where that stamp is missing, the season before is asked, and so on; a phase that was never
    observed is interpolated from its neighbours and marked as uncertain.

    Args:
        season: "day", "week", "year", or a number of steps; chosen by the calendar when None.
    """

    name = "seasonal_naive"
    summary = "the last season repeats; the season by the calendar, or given"
    calibration = 0.75
    learns = False

    def __init__(self, season: str | float | None = None) -> None:
        super().__init__()
        self.season = season

    def fit(self, history: History, horizon: int, search: Search) -> None:
        """Choose the season if none was given.

        Raises:
            UnsuitableError: There is no season, or the history is shorter than one.
        """
        del horizon
        search.tick()
        if self.season is None:
            self.season = choose_season(history)
        if self.season is None:
            raise UnsuitableError(
                "no season was found in the calendar or in the data; give its length in steps, for "
                "example season=12"
            )
        period = history.axis.period(self.season)
        if period > history.axis.positions[-1] + 1:
            raise UnsuitableError(
                f"a season of {period:g} steps is longer than the data "
                f"({history.axis.span_label}); give a shorter season"
            )
        self.notes = [f"the season is {_words(self.season, period)}"]
        self._note_unseen(history, period)

    def _note_unseen(self, history: History, period: float) -> None:
        steps = np.arange(1.0, min(round(period), _LONGEST) + 1)
        widest = self.predict(history, np.array([len(history.values) - 1]), steps).widest
        if widest is not None:
            count = int(widest.any(axis=(0, 2)).sum())
            self.notes.append(
                f"{count} of the {steps.size} steps of the season were never observed: they are "
                "interpolated, with the widest interval"
            )

    def predict(
        self,
        history: History,
        origins: Int[np.ndarray, " origin"],
        ahead: Float[np.ndarray, " lead"],
    ) -> Prediction:
        """The value a whole number of seasons before, for each origin, lead and series."""
        assert self.season is not None
        period = history.axis.period(self.season)
        positions = history.axis.positions
        target = positions[origins][:, None] + ahead[None, :]
        mean = np.full((*target.shape, history.values.shape[1]), np.nan)
        first = np.ceil(ahead / period - 1e-9)
        for season in range(int(positions[-1] / period) + 2):
            source = self._source(history, target, first + season)
            row = np.clip(np.searchsorted(positions, source - 0.5), 0, positions.size - 1)
            near = (np.abs(positions[row] - source) <= 0.5 + 1e-6) & (row <= origins[:, None])
            found = np.where(near[..., None], history.values[row], np.nan)
            mean = np.where(np.isnan(mean), found, mean)
            if not np.isnan(mean).any():
                break
        never = np.isnan(mean)
        if never.any():
            self._interpolate(history, origins, target - first * period, mean)
        return Prediction(mean, widest=never if never.any() else None)

    def _source(
        self, history: History, target: Float[np.ndarray, "origin lead"], seasons: np.ndarray
    ) -> Float[np.ndarray, "origin lead"]:
        """Where the same phase lies some seasons before; a year before by date, others by time."""
        assert self.season is not None
        if self.season == "year" and not history.axis.months:
            years = np.broadcast_to(seasons, target.shape).astype(int)
            return history.axis.years_before(target, years)
        return np.asarray(target - seasons * history.axis.period(self.season))

    def _interpolate(
        self, history: History, origins: np.ndarray, source: np.ndarray, mean: np.ndarray
    ) -> None:
        """Fill what no season holds from the neighbours in time, never from after the origin."""
        positions = history.axis.positions
        for index, origin in enumerate(origins):
            for series in np.flatnonzero(np.isnan(mean[index]).any(axis=0)):
                seen = np.flatnonzero(history.observed[: origin + 1, series])
                if seen.size:
                    gaps = np.isnan(mean[index, :, series])
                    mean[index, gaps, series] = np.interp(
                        source[index, gaps], positions[seen], history.values[seen, series]
                    )

    def settings(self) -> dict[str, Any]:
        """The season."""
        return {"season": self.season}

    def restore(self, tensors: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> None:
        """Take up the season."""
        del tensors
        self.season = settings["season"]


def _words(season: str | float, period: float) -> str:
    return f"the {season} ({period:.4g} steps)" if isinstance(season, str) else f"{period:g} steps"
