"""Numbers as a reader wants them."""

import math
from collections.abc import Mapping
from typing import Any

_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def format_value(value: Any) -> str:
    """Any setting, metric or cell as text; real numbers to four significant figures.

    Example:
        >>> format_value(0.00035)
        '3.5 × 10⁻⁴'
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {format_value(item)}" for name, item in value.items()) or "–"
    if isinstance(value, list | tuple):
        return ", ".join(format_value(item) for item in value) or "–"
    if hasattr(value, "tolist") and not isinstance(value, float):
        return format_value(value.tolist())
    if isinstance(value, float):
        return _format_real(value)
    return str(value)


def _format_real(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    if size != 0 and (size < 1e-3 or size >= 1e6):
        mantissa, _, exponent = f"{value:.3e}".partition("e")
        digits = mantissa.rstrip("0").rstrip(".")
        text = f"{digits} × 10{str(int(exponent)).translate(_SUPERSCRIPT)}"
    elif size >= 1e4:
        text = f"{value:.0f}"
    else:
        text = f"{value:.4g}"
    return text.replace("-", "−") if text.startswith("-") else text
