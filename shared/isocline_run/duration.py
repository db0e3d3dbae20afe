"""Durations as people write them: 90s, 2m, 1h30m."""

import math
import re

from isocline_run.errors import UserError

_SECONDS = {
    "ms": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "m": 60.0,
    "min": 60.0,
    "minute": 60.0,
    "minutes": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "hours": 3600.0,
    "d": 86400.0,
    "day": 86400.0,
    "days": 86400.0,
}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*([a-z]+)\s*")


def parse_duration(text: str | float) -> float:
    """The seconds that a duration stands for.

    Args:
        text: A number of seconds ("90", 90.0) or numbers with units, largest first or not
            ("90s", "2m", "1h30m", "1.5 h", "2 min 30 s"). Units are ms, s, m, h and d, and their
            English names.

    Returns:
        Seconds, finite and above zero.

    Raises:
        UserError: It is not a duration, or not a positive one.

    Example:
        >>> parse_duration("1h30m")
        5400.0
    """
    seconds = _seconds(text)
    if seconds is None:
        raise UserError(f"{text!r} is not a duration; write for example 90s, 2m or 1h30m")
    if not (math.isfinite(seconds) and seconds > 0):
        raise UserError(f"the duration {text!r} is not positive and finite; write for example 90s")
    return seconds


def format_duration(seconds: float) -> str:
    """A duration for a reader, to about two figures.

    Example:
        >>> format_duration(5400.0)
        '1 h 30 min'
    """
    if not math.isfinite(seconds):
        return "unlimited"
    if seconds < 9.95:
        return f"{max(seconds, 0.0):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(seconds / 60)
    if minutes < 1440:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    hours = round(seconds / 3600)
    return f"{hours // 24} d {hours % 24} h"


def _seconds(text: str | float) -> float | None:
    """The seconds, or None when the text is not a duration."""
    if isinstance(text, bool):
        return None
    if isinstance(text, int | float):
        return float(text)
    plain = text.strip().lower()
    try:
        return float(plain)
    except ValueError:
        pass
    position, total = 0, 0.0
    while position < len(plain):
        part = _PART.match(plain, position)
        if part is None or part.group(2) not in _SECONDS:
            return None
        total += float(part.group(1)) * _SECONDS[part.group(2)]
        position = part.end()
    return total if plain else None
