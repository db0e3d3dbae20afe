"""Each step to come as a linear function of the steps before: ridge regression on windows.

One set of weights serves all series (pooled); the mean of the last points of the context is taken from
context and targets, so that the level does not matter.  Look-back, level and ridge are chosen on the last
part of the history, and the chosen candidates are then fitted again to all of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from isocline_forecast.closed_form.choose import choose
from isocline_forecast.closed_form.ridge import Candidate, fit_windows
from isocline_forecast.contract import Model, Prediction, UnsuitableError
from isocline_forecast.history import History
from isocline_forecast.search import Search
from isocline_forecast.seasons import calendar_seasons, to_grid

OBSERVED = 0.8  # the share of a window that must be observed for it to count in the fit
VALIDATION = 0.25
LONGEST = 1024
_WINDOWS = 10  # windows that a fit needs at least


class Linear(Model):
    """Ridge regression on windows, with look-back, level and ridge chosen on validation data.

    A gap inside a window is bridged by a straight line; windows with more than a fifth missing do not
    count in the fit.  Where the newest values are missing, the forecast starts from the last one.

    Args:
        lookback: Steps of context; chosen when None.
    """

    name = "linear"
    summary = "ridge regression on the last steps; look-back, level and ridge chosen on validation"

    def __init__(self, lookback: int | None = None) -> None:
        super().__init__()
        self.lookback = lookback
        self.picks: tuple[Candidate, ...] = ()

    def fit(self, history: History, horizon: int, search: Search) -> None:
        """Choose on the last quarter of the history, then fit to all of it.

        Raises:
            UnsuitableError: The history is irregular, or too short for its windows.
        """
        values, known = bridged(history, self.name)
        split = len(values) - max(int(VALIDATION * len(values)), horizon)
        lookbacks = self._lookbacks(history, horizon, split)
        windows = _Windows(known)
        choice = choose(values, split, horizon, lookbacks, search, valid=windows.valid)
        self.picks = tuple(
            fit_windows(
                values,
                horizon,
                pick.lookback,
                pick.average_last,
                pick.ridge,
                windows.valid(0, len(values), pick.lookback + horizon),
            )
            for pick in choice.picks
        )
        used = sorted({pick.lookback for pick in self.picks})
        kept = ", ".join(str(lookback) for lookback in used)
        self.notes = [f"{choice.tried} candidates were compared; look-backs kept: {kept} steps"]
        if not choice.complete:
            self.notes.append("the budget ended the choice of the look-back early")
            search.cut_short = True

    def _lookbacks(self, history: History, horizon: int, split: int) -> list[int]:
        """Look-backs that leave enough windows before the split, in the seasons of the calendar."""
        room = split - horizon - _WINDOWS
        if self.lookback is not None:
            wanted = [self.lookback]
        else:
            seasons = [round(history.axis.period(s)) for s in calendar_seasons(history.axis)]
            wanted = [horizon // 2, horizon, 2 * horizon, 8, 16, 32, 64]
            wanted += [m * season for season in seasons for m in (1, 2, 3)] + [336, 504, 720, 1008]
        fitting = sorted({w for w in wanted if 2 <= w <= min(room, LONGEST, split // 2)})
        if not fitting:
            raise UnsuitableError(
                f"the series has {len(history.values)} steps, too few for linear with a horizon of "
                f"{horizon}"
                + (f" and a look-back of {self.lookback}" if self.lookback else "")
                + "; give a shorter horizon, or use linear_sde"
            )
        return fitting if len(fitting) <= 8 else fitting[:: -(-len(fitting) // 8)]

    def predict(
        self,
        history: History,
        origins: Int[np.ndarray, " origin"],
        ahead: Float[np.ndarray, " lead"],
    ) -> Prediction:
        """One matrix product for all origins and series.

        Raises:
            UnsuitableError: A lead is not a whole number of steps.
        """
        steps = np.rint(ahead).astype(int)
        if np.abs(ahead - steps).max() > 0.25:
            raise UnsuitableError(
                f"{self.name} forecasts whole steps only; use linear_sde for other times"
            )
        values, _ = bridged(history, self.name)
        rows = history.axis.rows
        last = history.last_observed(origins)
        newest = rows[np.maximum(last, 0)]
        behind = rows[origins][:, None] - newest
        context = _contexts(values, newest, max(p.lookback for p in self.picks))
        path = self._path(context, int(steps.max() + behind.max()))
        lead = behind[:, None, :] + steps[None, :, None] - 1
        mean = np.take_along_axis(path.transpose(0, 2, 1), lead, axis=1)
        return Prediction(np.where((last >= 0)[:, None, :], mean, np.nan))

    def _path(
        self, context: Float[np.ndarray, "origin series lookback"], steps: int
    ) -> Float[np.ndarray, "origin series lead"]:
        """Forecasts so far ahead; beyond the fitted horizon the model goes on from its own forecast."""
        path = context
        while path.shape[-1] - context.shape[-1] < steps:
            parts = [pick(path[..., path.shape[-1] - pick.lookback :]) for pick in self.picks]
            path = np.concatenate([path, np.mean(parts, axis=0)], axis=-1)
        return path[..., context.shape[-1] :]

    def tensors(self) -> dict[str, np.ndarray]:
        """The weights of each candidate."""
        return {f"weights.{i}": pick.weights for i, pick in enumerate(self.picks)}

    def settings(self) -> dict[str, Any]:
        """What each candidate looks at."""
        return {
            "picks": [
                {"lookback": p.lookback, "average_last": p.average_last, "ridge": p.ridge}
                for p in self.picks
            ]
        }

    def restore(self, tensors: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> None:
        """Take up the candidates."""
        self.picks = tuple(
            Candidate(p["lookback"], p["average_last"], p["ridge"], tensors[f"weights.{i}"])
            for i, p in enumerate(settings["picks"])
        )


class PlainLinear(Linear):
    """Least squares on the last 336 steps (fewer where the history is short); nothing is chosen."""

    name = "linear_plain"
    summary = "least squares on the last 336 steps; nothing is chosen"

    def __init__(self, lookback: int = 336) -> None:
        super().__init__(lookback)

    def fit(self, history: History, horizon: int, search: Search) -> None:
        """Fit to all windows of the history.

        Raises:
            UnsuitableError: The history is irregular, or too short for its windows.
        """
        values, known = bridged(history, self.name)
        assert self.lookback is not None
        lookback = min(self.lookback, (len(values) - horizon) // 2)
        if lookback < 2 or len(values) - lookback - horizon < _WINDOWS:
            raise UnsuitableError(
                f"the series has {len(values)} steps, too few for linear_plain with a horizon of "
                f"{horizon}; give a shorter horizon, or use linear_sde"
            )
        valid = _Windows(known).valid(0, len(values), lookback + horizon)
        self.picks = (fit_windows(values, horizon, lookback, lookback, 0.0, valid),)
        self.notes = [f"the look-back is {lookback} steps"]
        search.tick()


class _Windows:
    """Which windows of a bridged series hold enough that was observed."""

    def __init__(self, known: Bool[np.ndarray, "step series"]) -> None:
        self.count = np.concatenate([[0.0], np.cumsum(known.mean(axis=1))])

    def valid(self, start: int, stop: int, width: int) -> Bool[np.ndarray, " window"]:
        """One flag for each window of `width` steps within [start, stop); all where too few pass."""
        share = (
            self.count[start + width : stop + 1] - self.count[start : stop - width + 1]
        ) / width
        enough = share >= OBSERVED
        return enough if enough.sum() >= _WINDOWS else np.ones_like(enough)


def bridged(
    history: History, name: str
) -> tuple[Float[np.ndarray, "step series"], Bool[np.ndarray, "step series"]]:
    """The values on every step with gaps bridged by straight lines, and where they were observed.

    Raises:
        UnsuitableError: The time axis is irregular.
    """
    if not history.axis.regular:
        raise UnsuitableError(
            f"the time axis is irregular ({history.axis.step_label}), and {name} needs a common step; "
            "use linear_sde, which takes times as they are"
        )
    grid = to_grid(history)
    known = ~np.isnan(grid)
    filled = grid.copy()
    steps = np.arange(len(grid))
    for series in range(grid.shape[1]):
        seen = known[:, series]
        if not seen.all() and seen.any():
            filled[:, series] = np.interp(steps, steps[seen], grid[seen, series])
    return filled, known


def _contexts(
    values: Float[np.ndarray, "step series"],
    newest: Int[np.ndarray, "origin series"],
    lookback: int,
) -> Float[np.ndarray, "origin series lookback"]:
    """The steps up to each origin's newest value; before the first one its value is repeated."""
    index = newest[:, :, None] + np.arange(1 - lookback, 1)
    series: Sequence[int] = range(values.shape[1])
    return values[np.maximum(index, 0), np.array(series)[None, :, None]]
