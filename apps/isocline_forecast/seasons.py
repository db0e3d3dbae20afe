"""Which seasons a series can have, by its calendar, and which of them it shows."""

import numpy as np
from jaxtyping import Float

from isocline_forecast.history import History
from isocline_forecast.time_axis import TimeAxis

_CLEARLY = 0.9
CALENDAR = ("day", "week", "year")


def calendar_seasons(axis: TimeAxis, *, cycles: float = 2.0) -> list[str]:
    """The seasons of the calendar that have at least two steps, and `cycles` periods in the data."""
    if not axis.dated:
        return []
    span = axis.positions[-1] + 1
    return [
        name
        for name in CALENDAR
        if axis.period(name) >= 2 - 1e-9 and span >= cycles * axis.period(name) * (1 - 1e-3)
    ]


def choose_season(history: History) -> str | float | None:
    """The season whose repetition misses the history least, one for all series.

    Seasons of the calendar are compared, shortest first; where the calendar has none, the highest
    peak of the autocorrelation is taken.
    """
    names = calendar_seasons(history.axis)
    if not names:
        return correlated_period(history) if history.axis.regular else None
    best, least = names[0], _repetition_error(history, history.axis.period(names[0]))
    for name in names[1:]:
        # A day repeats within a week too: the longer season must be clearly better.
        error = _repetition_error(history, history.axis.period(name))
        if error < _CLEARLY * least:
            best, least = name, error
    return best


def _repetition_error(history: History, period: float) -> float:
    """Mean absolute change over one period, on the rows nearest to it."""
    positions = history.axis.positions
    before = np.clip(np.searchsorted(positions, positions - period - 0.5), 0, positions.size - 1)
    fits = np.abs(positions - period - positions[before]) <= 0.5 + 1e-9
    change = np.abs(history.values - history.values[before])[fits]
    return float(np.nanmean(change)) if np.isfinite(change).any() else np.inf


def correlated_period(history: History) -> float | None:
    """The lag of the highest peak of the mean autocorrelation that is above 0.2; None if none is."""
    values = to_grid(history)
    n = len(values)
    if n < 12:
        return None
    filled = np.where(np.isnan(values), 0.0, values - np.nanmean(values, axis=0))
    steps = np.arange(n) - (n - 1) / 2
    filled = filled - steps[:, None] * (steps @ filled / (steps @ steps))
    spectrum = np.abs(np.fft.rfft(filled, 2 * n, axis=0)) ** 2
    correlation = np.fft.irfft(spectrum, axis=0)[: n // 2].sum(axis=1)
    if correlation[0] <= 0:
        return None
    correlation = correlation / correlation[0]
    inner = np.arange(2, correlation.size - 1)
    peak = (correlation[inner] > correlation[inner - 1]) & (
        correlation[inner] >= correlation[inner + 1]
    )
    lags = inner[peak]
    if lags.size == 0 or correlation[lags].max() < 0.2:
        return None
    return float(lags[correlation[lags].argmax()])


def to_grid(history: History) -> Float[np.ndarray, "step series"]:
    """The values on every step of a regular axis, NaN where a stamp is missing."""
    rows = history.axis.rows
    grid = np.full((int(rows[-1]) + 1, history.values.shape[1]), np.nan)
    grid[rows] = history.values
    return grid
