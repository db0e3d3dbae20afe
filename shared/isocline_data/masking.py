"""From stored numbers to physical ones: missing codes, valid ranges, packing.

Follows CF 1.11 sections 2.5.1 and 8.1 and the NUG's rules for ``valid_range``.  What is masked is
counted with its reason, so that nothing goes missing in silence.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from isocline_data.errors import DataWarning

# What netCDF-C leaves in cells that were never written (netcdf.h, NC_FILL_*).  Single bytes have
# no fill by convention: every byte may be data.
UNWRITTEN = {
    "i2": -32767,
    "u2": 65535,
    "i4": -2147483647,
    "u4": 4294967295,
    "i8": -9223372036854775806,
    "u8": 18446744073709551614,
    "f4": 9.969209968386869e36,
    "f8": 9.969209968386869e36,
}
CONSUMED = (
    "_FillValue",
    "missing_value",
    "valid_range",
    "valid_min",
    "valid_max",
    "scale_factor",
    "add_offset",
    "_Unsigned",
)


@dataclass(frozen=True)
class Decoding:
    """How the stored numbers of one variable become physical ones.

    Attributes:
        codes: Reason and stored value of each code that means missing.
        valid: Smallest and largest valid stored value; None where open.
        scale, offset: ``physical = stored * scale + offset``.
        view: The type in which the stored bits are read (``_Unsigned``).
        dtype: The type of the result when something is masked or scaled.
    """

    codes: tuple[tuple[str, Any], ...]
    valid: tuple[float | None, float | None]
    scale: float
    offset: float
    view: np.dtype
    dtype: np.dtype

    @property
    def is_packed(self) -> bool:
        """Whether scaling changes any number."""
        return self.scale != 1 or self.offset != 0

    def apply(self, stored: np.ndarray) -> tuple[np.ndarray, dict[str, int]]:
        """Decode an array (any shape), or one slice of it.

        Returns:
            The physical values with NaN where masked, in `dtype` unless an integer array needed
            neither mask nor scale; and how many values each reason masked.
        """
        stored = np.asarray(stored)
        if stored.dtype != self.view:
            stored = stored.astype(stored.dtype.newbyteorder("=")).view(self.view)
        mask = np.zeros(stored.shape, dtype=bool)
        counts: dict[str, int] = {}
        for reason, found in self._reasons(stored):
            new = found & ~mask
            if new.any():
                counts[reason] = int(new.sum())
                mask |= new
        if not counts and not self.is_packed and self.view.kind in "iu":
            return stored, counts
        values = stored.astype(self.dtype)
        if self.is_packed:
            values = values * self.dtype.type(self.scale) + self.dtype.type(self.offset)
        values[mask] = np.nan
        return values, counts

    def _reasons(self, stored: np.ndarray) -> list[tuple[str, np.ndarray]]:
        found = [(f"{name} {code:g}", stored == code) for name, code in self.codes]
        low, high = self.valid
        # NaN compares False on both sides: it is missing already, not out of range.
        if low is not None:
            found.append((f"below the valid minimum {low:g}", stored < low))
        if high is not None:
            found.append((f"above the valid maximum {high:g}", stored > high))
        return found


def read_decoding(name: str, dtype: np.dtype, attrs: dict[str, Any]) -> Decoding:
    """The decoding that a variable's attributes ask for.

    Args:
        name: The variable's name, for warnings.
        dtype: The stored type, of kind i, u or f.
        attrs: The attributes; those of `CONSUMED` are used.

    Warns:
        DataWarning: The attributes name more than one code for missing, or one that is not a
            number.
    """
    view = _stored_type(dtype, attrs)
    codes = _missing_codes(name, view, attrs)
    scale = _number(name, "scale_factor", attrs, 1.0)
    offset = _number(name, "add_offset", attrs, 0.0)
    valid = _valid_range(name, view, attrs, scale, offset)
    return Decoding(codes, valid, scale, offset, view, _physical_type(view, attrs))


def masked_sentence(counts: dict[str, int], size: int) -> str:
    """What the attribute ``masked_on_reading`` says, such as "3 of 10 values: 3 _FillValue -99"."""
    reasons = ", ".join(f"{count} {reason}" for reason, count in counts.items())
    return f"{sum(counts.values())} of {size} values: {reasons}"


def _stored_type(dtype: np.dtype, attrs: dict[str, Any]) -> np.dtype:
    native = dtype.newbyteorder("=")
    unsigned = str(attrs.get("_Unsigned", "")).lower()
    if unsigned == "true" and native.kind == "i":
        return np.dtype(f"u{native.itemsize}")
    if unsigned == "false" and native.kind == "u":
        return np.dtype(f"i{native.itemsize}")
    return native


def _missing_codes(name: str, view: np.dtype, attrs: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
    codes: list[tuple[str, Any]] = []
    for attribute in ("_FillValue", "missing_value"):
        for value in np.atleast_1d(np.asarray(attrs.get(attribute, []))).ravel():
            code = _as_stored(value, view)
            if code is None:
                warnings.warn(
                    f"variable '{name}' has {attribute} {value!r}, which is no {view} number; "
                    "it was ignored",
                    DataWarning,
                    stacklevel=2,
                )
            elif not np.isnan(code) and code not in [known for _, known in codes]:
                codes.append((attribute, code))
    if len(codes) > 1:
        listed = " and ".join(f"{attribute} {code:g}" for attribute, code in codes)
        warnings.warn(
            f"variable '{name}' has more than one missing code, {listed}; all were read as missing",
            DataWarning,
            stacklevel=2,
        )
    unwritten = UNWRITTEN.get(f"{view.kind}{view.itemsize}")
    if "_FillValue" not in attrs and unwritten is not None:
        codes.append(("never written", view.type(unwritten)))
    return tuple(codes)


def _as_stored(value: Any, view: np.dtype) -> Any:
    """`value` (a number, or text that spells one) as `view` stores it; None when it cannot."""
    try:
        number = float(value) if isinstance(value, str | bytes) else value
        if view.kind == "f":
            with np.errstate(over="ignore"):
                code = view.type(number)
            return None if np.isinf(code) and not np.isinf(float(number)) else code
        if np.isnan(number):
            return None
        number = int(number)
    except (TypeError, ValueError, OverflowError):
        return None
    limits = np.iinfo(view)
    if number < 0 and view.kind == "u" and number >= -(limits.max + 1) // 2:
        number += limits.max + 1  # a signed code of data flagged _Unsigned
    return view.type(number) if limits.min <= number <= limits.max else None


def _number(name: str, attribute: str, attrs: dict[str, Any], default: float) -> float:
    value = attrs.get(attribute, default)
    try:
        return float(np.asarray(value).ravel()[0])
    except (ValueError, IndexError):
        warnings.warn(
            f"variable '{name}' has {attribute} {value!r}, which is not a number; it was ignored",
            DataWarning,
            stacklevel=3,
        )
        return default


def _valid_range(
    name: str, view: np.dtype, attrs: dict[str, Any], scale: float, offset: float
) -> tuple[float | None, float | None]:
    limits: list[Any] = [attrs.get("valid_min"), attrs.get("valid_max")]
    both = np.atleast_1d(np.asarray(attrs.get("valid_range", [])))
    if both.size == 2:
        limits = [both[0], both[1]]
    found: list[float | None] = [None, None]
    for side, limit in enumerate(limits):
        if limit is None:
            continue
        value = np.asarray(limit).ravel()[0]
        # A range written in a wider type than the packed data is in physical units (NUG,
        # "valid_range"); one in the data's own type is in stored units.
        physical = (
            (scale != 1 or offset != 0)
            and view.kind in "iu"
            and np.asarray(value).dtype.kind == "f"
        )
        if physical:
            found[side] = (float(value) - offset) / scale
        else:
            code = _as_stored(value, view)
            found[side] = None if code is None else float(code)
    low, high = found
    if low is not None and high is not None and low > high:
        if scale < 0:
            return high, low
        warnings.warn(
            f"variable '{name}' has a valid range from {low:g} to {high:g}, which holds nothing; "
            "it was ignored",
            DataWarning,
            stacklevel=3,
        )
        return None, None
    return low, high


def _physical_type(view: np.dtype, attrs: dict[str, Any]) -> np.dtype:
    """float32 where it holds every stored value and the packing was written in single precision."""
    packing = [np.asarray(attrs[a]).dtype for a in ("scale_factor", "add_offset") if a in attrs]
    wide = any(dtype == np.float64 for dtype in packing)
    if view.kind == "f":
        return np.dtype("f8") if view.itemsize == 8 or (wide and _packs(attrs)) else np.dtype("f4")
    return np.dtype("f4") if view.itemsize <= 2 and packing and not wide else np.dtype("f8")


def _packs(attrs: dict[str, Any]) -> bool:
    scale, offset = attrs.get("scale_factor", 1), attrs.get("add_offset", 0)
    return bool(np.any(np.asarray(scale) != 1) or np.any(np.asarray(offset) != 0))
