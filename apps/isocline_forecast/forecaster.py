"""`Forecaster`: fit to a dataset, predict, replay the past, save and load."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import xarray as xr

from isocline_forecast.backtest import backtest
from isocline_forecast.contract import Model
from isocline_forecast.fitted import Fitted, fit_model
from isocline_forecast.history import History, read_history
from isocline_forecast.models import AUTO, check_name
from isocline_forecast.saved import load_fitted, save_fitted
from isocline_forecast.search import Search
from isocline_forecast.select import Trial, choose_model
from isocline_run import Budget, UserError, parse_duration

QUANTILES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)


class Forecaster:
    """A forecast model for series in an xarray dataset, gaps and irregular times as they are.

    Args:
        model: "auto" (chosen on a validation part), "linear_sde", "linear", "linear_plain",
            "seasonal_naive", "naive", "drift" or "mean".
        season: "day", "week", "year" or a number of steps, where the calendar's is not the one.
        lookback: Steps of context of the linear models; chosen when None.
        quantiles: Levels of the predictive quantiles, between 0 and 1.
        budget: Seconds, or "90s": the search for parameters stops when they are spent.

    Attributes:
        trials: What `auto` tried.

    Example:
        >>> from isocline_data import open_dataset
        >>> forecaster = Forecaster(model="seasonal_naive").fit(open_dataset("co2"), target="co2")
        >>> forecaster.predict("1y")["co2"].dims
        ('quantile', 'time')
    """

    def __init__(
        self,
        model: str = AUTO,
        *,
        season: str | float | Sequence[str | float] | None = None,
        lookback: int | None = None,
        quantiles: Sequence[float] = QUANTILES,
        budget: str | float | None = None,
    ) -> None:
        check_name(model)
        self.requested = model
        self.options: dict[str, Any] = {"season": season, "lookback": lookback}
        self.levels = check_levels(quantiles)
        self.budget = None if budget is None else parse_duration(budget)
        self.trials: list[Trial] = []
        self._fitted: Fitted | None = None
        self._history: History | None = None

    def fit(
        self,
        data: xr.Dataset | xr.DataArray,
        target: str | Sequence[str] | None = None,
        *,
        horizon: int | str | None = None,
        dim: str | None = None,
        search: Search | None = None,
    ) -> Self:
        """Learn from a dataset.

        Args:
            data: With a time dimension.
            target: Variables to forecast; may be left out where there is one.
            horizon: Steps or duration that matter most; a tenth of the data when None.
            dim: The time dimension, where it is not found by itself.
            search: Clock and memory of the fit; a new one with this forecaster's budget when None.

        Raises:
            DataError: A variable is unknown or all missing, or the time axis is at fault.
            UserError: The horizon is longer than the data, or the model cannot be used on them.
        """
        return self.fit_history(read_history(data, target, dim), horizon=horizon, search=search)

    def fit_history(
        self, history: History, *, horizon: int | str | None = None, search: Search | None = None
    ) -> Self:
        """`fit` for a history that was read before."""
        steps = default_horizon(history) if horizon is None else check_horizon(history, horizon)
        search = search or Search(Budget(self.budget))
        name, self.trials = self.requested, []
        if name == AUTO:
            name, self.trials = choose_model(history, steps, self.options, self.levels, search)
        self._fitted = fit_model(name, self.options, history, steps, self.levels, search)
        self._history = history
        return self

    @property
    def fitted(self) -> Fitted:
        """The fitted model.

        Raises:
            UserError: There is none yet.
        """
        if self._fitted is None:
            raise UserError("the forecaster is not fitted; call fit(dataset, target=…) first")
        return self._fitted

    @property
    def history(self) -> History:
        """What it was fitted to."""
        if self._history is None:
            raise UserError("the forecaster is not fitted; call fit(dataset, target=…) first")
        return self._history

    @property
    def model(self) -> Model:
        """The model itself."""
        return self.fitted.model

    @property
    def notes(self) -> list[str]:
        """What the fit found worth saying."""
        return self.fitted.notes

    def predict(
        self,
        horizon: int | str | None = None,
        *,
        history: xr.Dataset | xr.DataArray | None = None,
        stamps: np.ndarray | None = None,
    ) -> xr.Dataset:
        """Forecast after the end of the history.

        Args:
            horizon: Steps or duration; that of the fit when None.
            history: New data of the same variables to forecast from; what it was fitted to when None.
            stamps: Times to forecast, after the last one; the next steps when None.

        Returns:
            Each target with the dimensions (quantile, time, …), and its point forecast as
            `NAME_mean`.

        Raises:
            DataError: The new data lack a variable, or their time axis is at fault.
            UserError: Not fitted yet, or the horizon is not one.
        """
        fitted, past = self.fitted, self.history
        if history is not None:
            past = read_history(history, [str(v) for v in past.template.data_vars], past.axis.name)
        axis = past.axis
        if stamps is None:
            steps = fitted.horizon if horizon is None else check_horizon(past, horizon)
            ahead = np.arange(1, steps + 1, dtype=float)
            stamps = axis.next_stamps(steps)
        else:
            ahead = positions_after(past, stamps)
        mean, quantiles = fitted.forecast(past, np.array([axis.stamps.size - 1]), ahead)
        coords = {axis.name: stamps, "quantile": fitted.levels}
        variables = past.label(quantiles[:, 0], ("quantile", axis.name))
        for name, array in past.label(mean[0], (axis.name,)).items():
            array.attrs = array.attrs | {"long_name": f"point forecast of {name}"}
            variables[f"{name}_mean"] = array
        result = xr.Dataset(variables).assign_coords(coords)
        result["quantile"].attrs = {"long_name": "quantile level", "units": "1"}
        result.attrs = {"model": fitted.model.name, "title": "forecast"}
        return result

    def backtest(
        self,
        data: xr.Dataset | xr.DataArray | None = None,
        *,
        horizon: int | str | None = None,
        start: float = 0.7,
        origins: int = 50,
        refit_every: int | None = None,
    ) -> xr.Dataset:
        """Replay the past: fit to the first part, forecast from origins in the rest.

        Args:
            data: What to replay; what it was fitted to when None.
            horizon: Steps or duration.
            start: The part of the history before the first origin.
            origins: How many, evenly spaced.
            refit_every: Origins after which the model is fitted again; only once when None.

        Returns:
            Each target (quantile, origin, lead, …), `NAME_mean` and `NAME_observed`, the valid times, and
            scores by lead: `mae`, `rmse`, `crps`, `coverage_90`.

        Raises:
            UserError: The history is too short for the horizon.
        """
        past = self.history if data is None else read_history(data)
        steps = default_horizon(past) if horizon is None else check_horizon(past, horizon)
        name = self.requested if self._fitted is None else self.model.name
        return backtest(
            name,
            self.options,
            past,
            steps,
            self.levels,
            start=start,
            origins=origins,
            refit_every=refit_every,
        )

    def save(self, path: str | Path) -> Path:
        """Write the fitted model and its history to one safetensors file with a JSON header.

        Args:
            path: Of the file; a folder receives `model.safetensors`.
        """
        return save_fitted(Path(path), self.fitted, self.history, self.trials)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save`, or a run, wrote.

        Raises:
            UserError: The file is missing or damaged, or was written by another version.
        """
        fitted, history, trials = load_fitted(Path(path))
        found = cls(fitted.model.name, quantiles=fitted.levels.tolist())
        found._fitted, found._history, found.trials = fitted, history, trials
        return found


def check_levels(quantiles: Sequence[float]) -> np.ndarray:
    """Quantile levels, sorted.

    Raises:
        UserError: One is not between 0 and 1, or there are none.
    """
    levels = np.unique(np.asarray(quantiles, dtype=float))
    if levels.size == 0 or not ((levels > 0) & (levels < 1)).all():
        raise UserError(
            f"the quantiles are {', '.join(f'{x:g}' for x in levels) or 'none'}; expected levels between "
            "0 and 1, such as 0.05, 0.5, 0.95"
        )
    return levels


def default_horizon(history: History) -> int:
    """A tenth of the data, at least one step."""
    return max(int(history.axis.rows[-1] + 1) // 10, 1)


def check_horizon(history: History, horizon: int | str) -> int:
    """The horizon in steps.

    Raises:
        UserError: It is longer than the data, or not a horizon.
    """
    steps = history.axis.count_steps(horizon)
    if steps > history.axis.rows[-1] + 1:
        raise UserError(
            f"the horizon {horizon!r} ({steps} steps) is longer than the data "
            f"({history.axis.span_label}); give a shorter one"
        )
    return steps


def positions_after(history: History, stamps: np.ndarray) -> np.ndarray:
    """Steps from the last stamp of the history to each of some later stamps.

    Raises:
        UserError: A stamp is not after the end of the history.
    """
    from isocline_data.times import seconds, show

    axis = history.axis
    if axis.months:
        joined = xr.DataArray(np.concatenate([axis.stamps[-1:], stamps]), dims="stamp").dt
        months = 12 * joined.year.values + joined.month.values
        ahead = (months[1:] - months[0]) / axis.size
    else:
        ahead = seconds(np.concatenate([axis.stamps[-1:], stamps]))
        ahead = (ahead[1:] - ahead[0]) / axis.size
    if not (ahead > 0).all():
        raise UserError(
            f"{show(stamps[0])} is not after the last stamp of the history, {show(axis.stamps[-1])}; "
            "forecast later times"
        )
    return np.asarray(ahead, dtype=float)
