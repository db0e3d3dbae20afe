"""Choosing look-back, level and ridge on validation windows that follow the ones fitted to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from isocline_forecast.closed_form.gram import window_gram
from isocline_forecast.closed_form.ridge import Candidate, WindowRegression
from isocline_forecast.search import Search

RIDGES = np.array([0.0, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0])
GROUPS = 30  # of leads, each of which picks its candidate: 24 steps of 720

Valid = Callable[[int, int, int], np.ndarray | None]


@dataclass(frozen=True)
class Choice:
    """What was chosen.

    Attributes:
        picks: The distinct candidates that were best for some group of leads; the forecast is their
            mean, which did better than any of them alone (own measurements on ETTh1).
        validation: Mean squared validation error of the best candidate at each lead.
        tried: How many candidates there were.
        complete: Whether all were tried before the budget ended.
    """

    picks: tuple[Candidate, ...]
    validation: Float[np.ndarray, " horizon"]
    tried: int
    complete: bool


def choose(
    values: Float[np.ndarray, "step series"],
    split: int,
    horizon: int,
    lookbacks: Sequence[int],
    search: Search,
    *,
    end: int | None = None,
    valid: Callable[[int, int, int], np.ndarray] | None = None,
) -> Choice:
    """Fit each candidate before `split` and keep those with the least error after it.

    Args:
        values: Without NaN.
        split: First validation target; fitting sees no step from here on.
        horizon: Leads.
        lookbacks: To be tried; each with several levels and ridges.
        search: Its budget ends the choice early, with at least one look-back tried.
        end: Steps used; all when None.
        valid: (start, stop, width) → which windows of that stretch count; all when None.
    """
    end = len(values) if end is None else end
    scored: list[tuple[np.ndarray, WindowRegression, float]] = []
    complete = True
    for lookback in lookbacks:
        if scored and search.budget.exhausted:
            complete = False
            break
        width = lookback + horizon
        fitted = window_gram(values[:split], width, _mask(valid, 0, split, width))
        start = max(split - lookback, 0)
        mask = _mask(valid, start, end, width)
        held = window_gram(values[start:end], width, mask)
        count = (end - start - width + 1 if mask is None else int(mask.sum())) * values.shape[1]
        for average_last in levels(lookback):
            regression = WindowRegression(fitted, lookback, average_last)
            errors = regression.squared_errors(held, RIDGES) / max(count, 1)
            scored += [
                (error, regression, float(r)) for error, r in zip(errors, RIDGES, strict=True)
            ]
            search.tick(float(errors.mean(axis=1).min()))
    return _pick(scored, horizon, complete)


def levels(lookback: int) -> list[int]:
    """How many of the last points make the level: the last, a quarter, the whole window."""
    return sorted({1, max(lookback // 4, 1), lookback})


def _mask(
    valid: Callable[[int, int, int], np.ndarray] | None, start: int, stop: int, width: int
) -> np.ndarray | None:
    return None if valid is None else valid(start, stop, width)


def _pick(
    scored: list[tuple[np.ndarray, WindowRegression, float]], horizon: int, complete: bool
) -> Choice:
    errors = np.array([error for error, _, _ in scored])
    chosen: dict[int, None] = {}
    best = np.empty(horizon)
    for group in np.array_split(np.arange(horizon), min(GROUPS, horizon)):
        index = int(errors[:, group].mean(axis=1).argmin())
        chosen[index] = None
        best[group] = errors[index, group]
    picks = tuple(scored[i][1].candidate(scored[i][2]) for i in chosen)
    return Choice(picks, best, len(scored), complete)
