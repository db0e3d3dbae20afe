"""`auto`: the model that forecasts the last part of the history best, tried in time order."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from isocline_forecast.contract import UnsuitableError
from isocline_forecast.fitted import Fitted, fit_model, observed_ahead
from isocline_forecast.history import History
from isocline_forecast.models import BASELINES, CANDIDATES
from isocline_forecast.search import Search
from isocline_run import Budget

ORIGINS = 20
VALIDATION = 0.25
_SHORTEST = 16  # rows, below which no part can be set aside
_SHARE = (
    0.6  # of the budget, after which no other model is tried: the best is still to be fitted again
)
_TRIAL = 0.4  # of the time left that one trial may take; the last fit has more data, so needs more


@dataclass(frozen=True)
class Trial:
    """One model on the validation part.

    Attributes:
        model: Its name.
        crps: Mean over origins, leads and series, each series in its own standard deviations; NaN where
            the model was not tried.
        mae: The same for the point forecast.
        seconds: Fit and forecast.
        reason: Why it was not tried; empty where it was.
    """

    model: str
    crps: float
    mae: float
    seconds: float
    reason: str = ""

    @property
    def score(self) -> float:
        """What decides: the mean of both, so that neither the interval nor the middle may be poor."""
        return 0.5 * (self.crps + self.mae)


def choose_model(
    history: History,
    horizon: int,
    options: Mapping[str, Any],
    levels: Float[np.ndarray, " quantile"],
    search: Search,
    candidates: Sequence[str] = CANDIDATES,
) -> tuple[str, list[Trial]]:
    """Fit each candidate before the validation part and score it there.

    Baselines take milliseconds and are always tried; other models only while there is time.

    Returns:
        The best one's name, and all trials.

    Raises:
        UnsuitableError: No candidate can be used.
    """
    count = len(history.values)
    if count < _SHORTEST:
        reason = f"{count} stamps are too few to compare models"
        return "linear_sde", [Trial("linear_sde", np.nan, np.nan, 0.0, reason)]
    held = int(max(VALIDATION * count, min(1.5 * horizon, 0.4 * count)))
    split = count - held
    reach = int(min(horizon, history.axis.rows[-1] - history.axis.rows[split - 1]))
    trials: list[Trial] = []
    for name in candidates:
        if name not in BASELINES and search.budget.spent > _SHARE:
            search.cut_short = True
            trials.append(Trial(name, np.nan, np.nan, 0.0, "the budget was spent"))
            continue
        trials.append(_try(name, history, split, reach, options, levels, search))
    scored = [trial for trial in trials if np.isfinite(trial.crps)]
    if not scored:
        raise UnsuitableError(f"no model can be used: {trials[-1].reason}")
    return min(scored, key=lambda trial: trial.score).model, trials


def _try(
    name: str,
    history: History,
    split: int,
    reach: int,
    options: Mapping[str, Any],
    levels: np.ndarray,
    search: Search,
) -> Trial:
    started = time.perf_counter()
    stage, search.stage = search.stage, f"{search.stage}validation.{name}."
    whole, search.budget = search.budget, _for_a_trial(search.budget)
    try:
        fitted = fit_model(name, options, history.upto(split), reach, levels, search)
        crps, mae = validation_scores(fitted, history, split, reach)
    except UnsuitableError as unsuitable:
        return Trial(name, np.nan, np.nan, time.perf_counter() - started, str(unsuitable))
    finally:
        search.stage, search.budget = stage, whole
    return Trial(name, crps, mae, time.perf_counter() - started)


def _for_a_trial(budget: Budget) -> Budget:
    """The same clock, ending early: a model must not win by time that its last fit then lacks."""
    if budget.seconds is None:
        return budget
    return Budget(budget.elapsed + _TRIAL * budget.left, budget.started)


def validation_scores(
    fitted: Fitted, history: History, split: int, reach: int
) -> tuple[float, float]:
    """Mean CRPS and absolute error from origins at and after the split, in standard deviations."""
    rows = history.axis.rows
    possible = np.flatnonzero((np.arange(rows.size) >= split - 1) & (rows <= rows[-1] - reach))
    if not possible.size:
        possible = np.array([split - 1])
    origins = np.unique(possible[np.linspace(0, possible.size - 1, ORIGINS).astype(int)])
    ahead = np.arange(1, reach + 1, dtype=float)
    mean, quantiles = fitted.forecast(history, origins, ahead)
    truth = observed_ahead(history, origins, ahead)
    miss = (truth[None] - quantiles) / fitted.scale
    level = fitted.levels[:, None, None, None]
    loss = np.maximum(level * miss, (level - 1) * miss)
    return float(2 * np.nanmean(loss)), float(np.nanmean(np.abs(truth - mean) / fitted.scale))
