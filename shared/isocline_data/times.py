"""Time axes: find one, measure its step and gaps, and refuse one that is out of order."""

from dataclasses import dataclass

import cftime
import numpy as np
import xarray as xr

from isocline_data.errors import DataError

HOUR = 3600.0
NUMERIC_NAMES = ("time", "t")
"""Dimensions of these names are time even where their values are plain numbers."""
_SHOWN = 3


@dataclass(frozen=True)
class Step:
    """The spacing of a time axis.

    Attributes:
        positions: Where each stamp lies, in the unit of `size`: seconds, or whole months.
        size: The common spacing; None when there are fewer than two stamps.
        months: Whether positions count months instead of seconds.
        regular: Whether at least half of the intervals have the common spacing.
    """

    positions: np.ndarray
    size: float | None
    months: bool
    regular: bool

    @property
    def label(self) -> str:
        """The spacing in words: "1 hour", "3 months", "irregular (median 2 minutes)"."""
        if self.size is None:
            return ""
        if self.months:
            years, rest = divmod(int(self.size), 12)
            return _count(years, "year") if years and not rest else _count(int(self.size), "month")
        words = duration(self.size)
        return words if self.regular else f"irregular (median {words})"


def is_time(variable: xr.DataArray | xr.Variable) -> bool:
    """Whether a variable holds dates, of NumPy or of cftime."""
    if variable.dtype.kind == "M":
        return True
    if variable.dtype.kind != "O" or variable.size == 0:
        return False
    return isinstance(np.asarray(variable.values).flat[0], cftime.datetime)


def find_time(dataset: xr.Dataset | xr.DataArray, dim: str | None = None) -> str:
    """The name of the time dimension.

    Args:
        dataset: Its coordinates are searched for a dimension whose values are dates.
        dim: The name to use where there are several, or where time is a plain number.

    Raises:
        DataError: There is no time dimension, or more than one; or `dim` is not a dimension.
    """
    if dim is not None:
        if dim not in dataset.dims:
            dims = ", ".join(map(str, dataset.dims))
            raise DataError(f"there is no dimension '{dim}'; the dataset has {dims}")
        return dim
    dated = [str(d) for d in dataset.dims if d in dataset.coords and is_time(dataset[d])]
    if len(dated) == 1:
        return dated[0]
    for name in NUMERIC_NAMES:
        if name in (dated or dataset.dims):
            return name
    if dated:
        raise DataError(f"there are several time dimensions, {', '.join(dated)}; name one")
    dims = ", ".join(map(str, dataset.dims)) or "none"
    raise DataError(
        f"there is no time dimension (the dimensions are {dims}); name the variable that holds the "
        "times, for example time='date'"
    )


def check_time_axis(dataset: xr.Dataset | xr.DataArray, dim: str | None = None) -> str:
    """The name of the time dimension, if its stamps are whole, strictly increasing and not repeated.

    Nothing is sorted or dropped here: what to do is the caller's choice.

    Raises:
        DataError: Names the stamps that are missing, repeated or out of order.  Local times with a
            repeated hour (clocks put back) ask for the time zone.
    """
    name = find_time(dataset, dim)
    if name not in dataset.coords:
        return name
    stamps = np.asarray(dataset[name].values)
    missing = missing_stamps(stamps)
    if missing.any():
        rows = ", ".join(str(row) for row in np.flatnonzero(missing)[:_SHOWN])
        raise DataError(
            f"the time axis '{name}' has {_count(int(missing.sum()), 'missing stamp')} (NaT) of "
            f"{stamps.size}, first at row {rows}; fill or drop them, for example with "
            f"ds.isel({name}=ds['{name}'].notnull())"
        )
    repeated = repeated_stamps(stamps)
    if repeated.size:
        raise DataError(_repeated_sentence(name, stamps, repeated))
    backwards = np.flatnonzero(np.diff(seconds(stamps)) < 0)
    if backwards.size:
        row = int(backwards[0])
        raise DataError(
            f"the time axis '{name}' is not in order: {show(stamps[row])} is followed by "
            f"{show(stamps[row + 1])} (row {row + 1}; {_count(backwards.size, 'such place')}); sort it "
            f"with ds.sortby('{name}') if that is what you mean"
        )
    return name


def missing_stamps(stamps: np.ndarray) -> np.ndarray:
    """Where a stamp is NaT (or NaN), as booleans of the same shape."""
    return np.asarray(xr.Variable(("stamp",), stamps).isnull().values)


def repeated_stamps(stamps: np.ndarray) -> np.ndarray:
    """Each stamp that occurs more than once, once."""
    stamps = stamps[~missing_stamps(stamps)]
    values, counts = np.unique(stamps, return_counts=True)
    return values[counts > 1]


def seconds(stamps: np.ndarray) -> np.ndarray:
    """Seconds since the first stamp, float64; plain numbers are returned as they are.

    Raises:
        DataError: The stamps are neither dates nor numbers.
    """
    if stamps.size == 0:
        return np.zeros(0)
    if stamps.dtype.kind == "M":
        # In nanoseconds a difference of more than 292 years would wrap round.
        whole = stamps.astype("datetime64[s]")
        parts = (stamps - whole) / np.timedelta64(1, "s")
        return (whole - whole[0]) / np.timedelta64(1, "s") + (parts - parts[0])
    if stamps.dtype.kind == "O" and isinstance(stamps.flat[0], cftime.datetime):
        units = "seconds since 1970-01-01"
        numbers = cftime.date2num(stamps, units, stamps.flat[0].calendar)
        return np.asarray(numbers - numbers[0], dtype=float)
    if stamps.dtype.kind in "iuf":
        return stamps.astype(float)
    raise DataError(
        f"the time stamps are {stamps.dtype} values such as {stamps.flat[0]!r}; dates or numbers were "
        "expected"
    )


def measure_step(stamps: np.ndarray) -> Step:
    """The common spacing of a time axis, in calendar months where the axis runs by months.

    Args:
        stamps: One-dimensional, without missing stamps, increasing.
    """
    apart = seconds(stamps)
    if stamps.size < 2:
        return Step(apart, None, False, True)
    gaps = np.diff(apart)
    if (months := _months(stamps)) is not None:
        apart, gaps = months, np.diff(months)
    size, share = _most_common(gaps)
    if share < 0.5:
        size = float(np.median(gaps))
    return Step(apart, size, months is not None, share >= 0.5)


def duration(length: float) -> str:
    """A length of time (s) in its largest whole unit: 3600 → "1 hour"."""
    for unit, size in (
        ("week", 7 * 24 * HOUR),
        ("day", 24 * HOUR),
        ("hour", HOUR),
        ("minute", 60.0),
    ):
        count = length / size
        whole = abs(count - round(count)) < 1e-6 * max(1.0, count)
        if count >= 1 - 1e-9 and whole and not (unit == "week" and round(count) != 1):
            return _count(round(count), unit)
    if length >= HOUR:
        unit, size = ("day", 24 * HOUR) if length >= 24 * HOUR else ("hour", HOUR)
        return f"{length / size:.4g} {unit}s"
    return f"{length:.6g} second{'' if length == 1 else 's'}"


def show(stamp: object) -> str:
    """A stamp as short text: 2010-02-01T12:00, or the number it is."""
    if isinstance(stamp, np.datetime64):
        text = str(stamp.astype("datetime64[us]"))
    elif isinstance(stamp, cftime.datetime):
        text = stamp.isoformat()
    else:
        return f"{stamp:g}" if isinstance(stamp, float | np.floating) else str(stamp)
    text = text.split(".")[0] if text.endswith(".000000") else text
    if text.endswith("T00:00:00"):
        return text[:-9]
    return text[:-3] if text.endswith(":00") and text.count(":") == 2 else text


def _months(stamps: np.ndarray) -> np.ndarray | None:
    """Whole months at each stamp when all stamps fall on one day of the month; else None."""
    axis = xr.DataArray(stamps, dims="stamp")
    if not is_time(axis):
        return None
    day, month, year = (getattr(axis.dt, part).values for part in ("day", "month", "year"))
    clock = axis.dt.hour.values * HOUR + axis.dt.minute.values * 60 + axis.dt.second.values
    shortest = float(np.diff(seconds(stamps)).min())
    last = axis.dt.days_in_month.values
    one_day = (day == day[0]).all() or (day == last).all()
    if one_day and (clock == clock[0]).all() and shortest >= 28 * 24 * HOUR:
        return np.asarray(12 * year + month, dtype=float)
    return None


def _most_common(gaps: np.ndarray) -> tuple[float, float]:
    """The commonest interval and the share of intervals within a millionth of it."""
    unit = float(np.median(gaps)) or 1.0
    values, counts = np.unique(np.round(gaps / unit, 6), return_counts=True)
    near = float(values[counts.argmax()]) * unit
    # Positions far from the first stamp carry fewer digits of an interval.
    rounding = 8 * np.finfo(float).eps * float(np.abs(gaps).sum())
    tolerance = 2e-6 * max(abs(near), abs(unit)) + rounding
    size = float(np.median(gaps[np.abs(gaps - near) <= tolerance]))
    short = float(f"{size:.9g}")
    size = short if abs(short - size) <= rounding else size
    return size, float(np.mean(np.abs(gaps - size) <= tolerance))


def _repeated_sentence(name: str, stamps: np.ndarray, repeated: np.ndarray) -> str:
    shown = ", ".join(show(stamp) for stamp in repeated[:_SHOWN])
    more = f" and {repeated.size - _SHOWN} more" if repeated.size > _SHOWN else ""
    if clocks_put_back(stamps):
        return (
            f"the time axis '{name}' repeats an hour ({shown}{more}), as local times do when clocks "
            "are put back; give the zone, for example time_zone='Europe/Berlin'"
        )
    verb = "stamp occurs" if repeated.size == 1 else "stamps occur"
    return (
        f"{repeated.size} {verb} more than once on the time axis '{name}' ({shown}{more}); select one "
        "series, aggregate them, or keep one with on_duplicates='last'"
    )


def clocks_put_back(stamps: np.ndarray) -> bool:
    """Whether the only irregularity is an hour that occurs twice, at most once in half a year."""
    if stamps.dtype.kind != "M" or stamps.size < 3:
        return False
    apart = np.diff(seconds(stamps))
    back = apart <= 0
    if not back.any() or back.all():
        return False
    step = _most_common(apart[~back])[0]
    if step > HOUR or not np.allclose(apart[back], step - HOUR):
        return False
    changes = seconds(stamps)[1:][back]
    return bool(changes.size == 1 or np.diff(changes).min() > 180 * 24 * HOUR)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
