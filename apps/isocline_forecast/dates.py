"""Horizons as people write them, and stamps moved by seconds or months in any calendar."""

import re
from datetime import timedelta
from typing import Any

import cftime
import numpy as np

from isocline_run import UserError

DAY = 86400.0
SECONDS = {"w": 7 * DAY, "d": DAY, "h": 3600.0, "min": 60.0, "s": 1.0}
MONTHS = {"y": 12, "q": 3, "m": 1}
_WORDS = {
    "years": "y", "year": "y", "a": "y", "quarters": "q", "quarter": "q", "months": "m",
    "month": "m", "mo": "m", "weeks": "w", "week": "w", "days": "d", "day": "d", "hours": "h",
    "hour": "h", "minutes": "min", "minute": "min", "t": "min", "seconds": "s", "second": "s",
}  # fmt: skip


def whole_steps(horizon: str | float) -> int | None:
    """The steps, if the horizon is a whole number."""
    if isinstance(horizon, str):
        return int(horizon) if re.fullmatch(r"\s*[-+]?\d+\s*", horizon) else None
    if isinstance(horizon, float) and not float(horizon).is_integer():
        raise UserError(f"the horizon {horizon!r} is not a whole number of steps")
    return int(horizon)


def parse_amount(text: str) -> tuple[float, str]:
    """The number and the unit of a duration; units are keys of `MONTHS` and `SECONDS`.

    Raises:
        UserError: The text is no duration, or its unit could be minutes as well as months.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", text)
    unit = "" if found is None else found[2].lower()
    unit = _WORDS.get(unit, unit)
    if found is None or unit not in (MONTHS | SECONDS):
        raise UserError(
            f"the horizon {text!r} is neither a number of steps nor a duration; write for example "
            "48, 30D, 12h, 6 months or 3y"
        )
    if found[2] == "m":
        raise UserError(
            f"the horizon {text!r} could be months or minutes; write {found[1]}M or {found[1]}min"
        )
    if float(found[1]) <= 0:
        raise UserError(f"the horizon {text!r} is not in the future; give a longer one")
    return float(found[1]), unit


def shift_seconds(start: Any, seconds: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """A stamp moved by each of some numbers of seconds, as stamps of the given type."""
    micro = np.rint(seconds * 1e6).astype(np.int64)
    if isinstance(start, cftime.datetime):
        return np.array([start + timedelta(microseconds=int(m)) for m in micro], dtype=object)
    return np.asarray(start + micro.astype("timedelta64[us]")).astype(dtype)


def shift_months(stamps: np.ndarray, months: list[int], *, month_end: bool) -> np.ndarray:
    """Each stamp moved by whole months; a day the month lacks becomes its last."""
    if isinstance(stamps[0], cftime.datetime):
        moved = [_cftime_month(s, m, month_end) for s, m in zip(stamps, months, strict=True)]
        return np.array(moved, dtype=object)
    start = stamps.astype("datetime64[M]")
    target = start + np.asarray(months, dtype="timedelta64[M]")
    into = stamps - start.astype(stamps.dtype)
    day, clock = into // np.timedelta64(1, "D"), into % np.timedelta64(1, "D")
    first = target.astype("datetime64[D]")
    last = ((target + 1).astype("datetime64[D]") - first) // np.timedelta64(1, "D") - 1
    day = last if month_end else np.minimum(day, last)
    return np.asarray((first + day.astype("timedelta64[D]")).astype(stamps.dtype) + clock)


def _cftime_month(stamp: cftime.datetime, months: int, month_end: bool) -> cftime.datetime:
    years, month = divmod(stamp.year * 12 + stamp.month - 1 + months, 12)
    first = stamp.replace(year=years, month=month + 1, day=1)
    last = first.daysinmonth
    return first.replace(day=last if month_end else min(stamp.day, last))
