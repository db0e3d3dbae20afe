"""The time axis of a series: where each stamp lies in steps, and which stamps come next.

Models see time in steps; people see dates of some calendar.  This module is the only place that
knows both.  A monthly axis is counted in months, so that every month is one step.
"""

from dataclasses import dataclass
from typing import Any

import cftime
import numpy as np
import xarray as xr
from jaxtyping import Float

from isocline_data.times import check_time_axis, find_time, is_time, measure_step, seconds, show
from isocline_forecast.dates import (
    DAY,
    MONTHS,
    SECONDS,
    parse_amount,
    shift_months,
    shift_seconds,
    whole_steps,
)
from isocline_run import UserError

_YEAR_DAYS = {"noleap": 365.0, "365_day": 365.0, "all_leap": 366.0, "366_day": 366.0}
_YEAR_DAYS |= {"360_day": 360.0, "julian": 365.25}
_OFF_GRID = 0.1  # of a step


@dataclass(frozen=True)
class TimeAxis:
    """Stamps and where they lie.

    Attributes:
        name: The dimension.
        stamps: ``datetime64``, cftime objects or numbers, strictly increasing.
        positions: Steps since the first stamp, one for each stamp.
        size: Length of a step: seconds, months, or the unit of plain numbers.
        months: Whether a step is counted in months.
        regular: Whether the stamps lie on a grid of steps, some perhaps missing.
    """

    name: str
    stamps: np.ndarray
    positions: Float[np.ndarray, " time"]
    size: float
    months: bool
    regular: bool

    @property
    def dated(self) -> bool:
        """Whether stamps are dates."""
        return is_time(xr.Variable(self.name, self.stamps))

    @property
    def calendar(self) -> str:
        """The calendar's name; "" where stamps are plain numbers."""
        if self.stamps.dtype.kind == "M":
            return "proleptic_gregorian"
        first = self.stamps.flat[0]
        return str(first.calendar) if isinstance(first, cftime.datetime) else ""

    @property
    def rows(self) -> np.ndarray:
        """The grid index of each stamp."""
        return np.rint(self.positions).astype(np.int64)

    def upto(self, count: int) -> "TimeAxis":
        """The first `count` stamps."""
        return self.part(slice(0, count))

    def part(self, rows: slice) -> "TimeAxis":
        """Some of the stamps; positions count from the first of them."""
        positions = self.positions[rows]
        shifted = positions - positions[0] if positions.size else positions
        return TimeAxis(self.name, self.stamps[rows], shifted, self.size, self.months, self.regular)

    def stamps_at(self, positions: Float[np.ndarray, " count"]) -> np.ndarray:
        """The stamps at positions in steps since the first stamp."""
        positions = np.asarray(positions, dtype=float)
        if not self.dated:
            return self.stamps[0] + positions * self.size
        if self.months:
            return self._month_stamps(np.rint(positions * self.size).astype(int))
        return shift_seconds(self.stamps[0], positions * self.size, self.stamps.dtype)

    def next_stamps(self, count: int) -> np.ndarray:
        """The `count` stamps after the last one."""
        return self.stamps_at(self.positions[-1] + 1.0 + np.arange(count))

    def years_before(
        self, positions: Float[np.ndarray, "*shape"], years: np.ndarray
    ) -> Float[np.ndarray, "*shape"]:
        """The positions of the same dates some years before; 29 February becomes the 28th."""
        pairs = np.stack([positions.ravel(), years.ravel()], axis=1)
        unique, inverse = np.unique(pairs, axis=0, return_inverse=True)
        stamps = self.stamps_at(unique[:, 0])
        months = (-12 * unique[:, 1]).astype(int).tolist()
        moved = shift_months(stamps, months, month_end=False)
        elapsed = seconds(np.concatenate([self.stamps[:1], moved]))
        return np.asarray((elapsed[1:] - elapsed[0]) / self.size)[inverse].reshape(positions.shape)

    def missing_stamps(self) -> np.ndarray:
        """The stamps of the grid that the axis lacks; none where it is irregular."""
        if not self.regular:
            return self.stamps[:0]
        rows = self.rows
        absent = np.setdiff1d(np.arange(rows[-1] + 1), rows)
        return self.stamps_at(absent.astype(float)) if absent.size else self.stamps[:0]

    def period(self, season: str | float) -> float:
        """Steps in a season: "day", "week", "year", or a number of steps as it is.

        Raises:
            UserError: The season is unknown, or the axis has no dates.
        """
        if isinstance(season, int | float):
            return float(season)
        lengths = {
            "day": DAY,
            "week": 7 * DAY,
            "year": _YEAR_DAYS.get(self.calendar, 365.2425) * DAY,
        }
        if season not in lengths:
            raise UserError(
                f"season is {season!r}; expected day, week, year, or a number of steps such as 24"
            )
        if not self.dated:
            raise UserError(
                f"the season {season!r} needs dates, and the time axis '{self.name}' holds plain "
                "numbers; give the season as a number of steps"
            )
        return (
            12 / self.size if self.months and season == "year" else lengths[season] / self._seconds
        )

    @property
    def _seconds(self) -> float:
        return self.size * 365.2425 * DAY / 12 if self.months else self.size

    def phase(self, season: str | float, stamps: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """How far each stamp is through a season, from 0 to 1.

        The phase of the year goes by month and day, so that 1 June has one phase in every year of
        every calendar; other seasons go by elapsed time.
        """
        if season == "year" and self.dated:
            return year_phase(stamps)
        return (np.asarray(positions, dtype=float) / self.period(season)) % 1.0

    def count_steps(self, horizon: str | float) -> int:
        """A horizon as a number of steps after the last stamp.

        Args:
            horizon: A number of steps, or a duration in the data's calendar: "3y", "30D", "48h".

        Raises:
            UserError: It is neither, is not positive, or is shorter than a step.
        """
        steps = whole_steps(horizon)
        if steps is not None:
            if steps < 1:
                raise UserError(
                    f"the horizon {horizon!r} is not in the future; give at least 1 step"
                )
            return steps
        end = self.shifted(self.stamps[-1], str(horizon))
        guess = 64
        while (count := int((self.next_stamps(guess) <= end).sum())) == guess:
            guess *= 4
        if count == 0:
            raise UserError(
                f"the horizon {horizon!r} is shorter than one step of the time axis "
                f"({self.step_label}); give a longer one"
            )
        return count

    def held_out(self, horizon: str | float) -> int:
        """How many stamps at the end lie within a horizon of the last one.

        Raises:
            UserError: As for `count_steps`, or the horizon covers all stamps.
        """
        steps = whole_steps(horizon)
        if steps is not None:
            self.count_steps(steps)
            after = self.positions > self.positions[-1] - steps + 1e-6
        else:
            after = self.stamps > self.shifted(self.stamps[-1], str(horizon), back=True)
        if after.all():
            raise UserError(
                f"the horizon {horizon!r} is longer than the data ({self.span_label}); give a "
                "shorter one"
            )
        return int(after.sum())

    def shifted(self, stamp: Any, text: str, *, back: bool = False) -> Any:
        """A stamp moved by a duration, in its calendar.

        Raises:
            UserError: The text is not a duration, or the axis has no dates.
        """
        amount, unit = parse_amount(text)
        sign = -1 if back else 1
        if not self.dated:
            raise UserError(
                f"the horizon {text!r} is a duration, and the time axis '{self.name}' holds plain "
                "numbers; give the horizon as a number of steps"
            )
        if unit in MONTHS:
            months = round(amount * MONTHS[unit])
            return shift_months(np.array([stamp]), [sign * months], month_end=False)[0]
        seconds = np.array([sign * amount * SECONDS[unit]])
        return shift_seconds(stamp, seconds, self.stamps.dtype)[0]

    @property
    def step_label(self) -> str:
        """The step in words."""
        return measure_step(self.stamps).label or "one stamp"

    @property
    def span_label(self) -> str:
        """Count, first and last stamp in words."""
        first, last = show(self.stamps[0]), show(self.stamps[-1])
        return f"{self.stamps.size} stamps from {first} to {last}"

    def _month_stamps(self, months: np.ndarray) -> np.ndarray:
        axis = xr.DataArray(self.stamps, dims="stamp").dt
        month_end = bool((axis.day == axis.days_in_month).all()) and int(axis.day.max()) > 28
        first = np.repeat(self.stamps[:1], months.size)
        return shift_months(first, months.tolist(), month_end=month_end)


def read_time_axis(data: xr.Dataset | xr.DataArray, dim: str | None = None) -> TimeAxis:
    """The time axis of a dataset.

    Raises:
        DataError: There is none, or its stamps are missing, repeated or out of order.
        UserError: It has fewer than two stamps.
    """
    name = check_time_axis(data, find_time(data, dim))
    stamps = np.asarray(data[name].values)
    if stamps.size < 2:
        raise UserError(
            f"the time axis '{name}' has {stamps.size} stamps; a forecast needs at least two"
        )
    step = measure_step(stamps)
    size = float(step.size or 1.0)
    if step.months:
        # Every interval is a whole number of months: their common divisor is the step.
        size = float(np.gcd.reduce(np.diff(step.positions).astype(int)))
    positions = (step.positions - step.positions[0]) / size
    off = np.abs(positions - np.rint(positions))
    on_grid = bool(off.max() < _OFF_GRID) and np.unique(np.rint(positions)).size == stamps.size
    return TimeAxis(name, stamps, positions, size, step.months, step.regular and on_grid)


def year_phase(stamps: np.ndarray) -> Float[np.ndarray, " time"]:
    """The part of the year gone by, month by month: 0 on 1 January, 5/12 on 1 June."""
    axis = xr.DataArray(stamps, dims="stamp").dt
    clock = (axis.hour.values + axis.minute.values / 60 + axis.second.values / 3600) / 24
    month = (axis.day.values - 1 + clock) / axis.days_in_month.values
    return np.asarray((axis.month.values - 1 + month) / 12, dtype=float)
