"""Text in NetCDF files: attributes that are not UTF-8, and arrays of single characters."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from isocline_data.errors import DataWarning

_REPLACED = "\N{REPLACEMENT CHARACTER}"


def read_attributes(owner: Any, where: str) -> dict[str, Any]:
    """The attributes of a file, group or variable, with a fallback for text that is not UTF-8.

    Args:
        owner: A netCDF4 (or h5netcdf legacy) dataset, group or variable.
        where: What it is called in a warning, such as "variable 'tas'".

    Warns:
        DataWarning: Names each attribute that had to be read as Latin-1.
    """
    attrs = {}
    for name in owner.ncattrs():
        value = owner.getncattr(name)
        if isinstance(value, str) and (_REPLACED in value or _has_surrogates(value)):
            value, repaired = _as_latin1(owner, name, value)
            if repaired:
                warnings.warn(
                    f"attribute '{name}' of {where} is not UTF-8; it was read as Latin-1: {value!r}",
                    DataWarning,
                    stacklevel=2,
                )
        attrs[name] = value
    return attrs


def _has_surrogates(value: str) -> bool:
    return any("\udc80" <= letter <= "\udcff" for letter in value)


def _as_latin1(owner: Any, name: str, value: str) -> tuple[str, bool]:
    if _has_surrogates(value):  # how h5py keeps bytes that are not UTF-8
        return value.encode("utf-8", "surrogateescape").decode("latin-1"), True
    try:
        again = owner.getncattr(name, encoding="latin-1")
    except TypeError:
        return value, False
    try:
        again.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return again, True
    return value, False  # the file does hold the replacement character


def join_characters(name: str, letters: np.ndarray, attrs: Mapping[str, Any]) -> np.ndarray:
    """Join the last axis of an array of bytes ``(…, length)`` to strings ``(…)``.

    The bytes are UTF-8 unless ``_Encoding`` says otherwise; trailing NULs are padding.

    Warns:
        DataWarning: Some bytes are no text in that encoding and were replaced.
    """
    encoding = str(attrs.get("_Encoding", "utf-8"))
    shape = letters.shape[:-1]
    rows = np.ascontiguousarray(letters).reshape(-1, letters.shape[-1])
    texts, bad = [], 0
    for row in rows:
        raw = row.tobytes().rstrip(b"\x00")
        try:
            texts.append(raw.decode(encoding))
        except UnicodeDecodeError:
            texts.append(raw.decode(encoding, errors="replace"))
            bad += 1
        except LookupError:
            texts.append(raw.decode("utf-8", errors="replace"))
            encoding = "utf-8"
    if bad:
        warnings.warn(
            f"variable '{name}' has {bad} of {len(rows)} strings that are not {encoding}; the bad "
            f"bytes were replaced by {_REPLACED}",
            DataWarning,
            stacklevel=2,
        )
    width = max([len(text) for text in texts], default=1) or 1
    return np.array(texts, dtype=f"U{width}").reshape(shape)


def string_dimensions(variables: Mapping[str, tuple[tuple[str, ...], np.dtype]]) -> set[str]:
    """The dimensions that only count characters.

    A dimension of single characters is the length of a string when it stands last and no variable
    of another type, nor a coordinate, uses it; ``cover(report, layer)`` with ``height(report,
    layer)`` beside it is an array of one-letter codes.

    Args:
        variables: Dimensions and type of each variable of the file.
    """
    last = {dims[-1] for dims, dtype in variables.values() if dtype.kind == "S" and dims}
    counted: set[str] = set()
    for name, (dims, dtype) in variables.items():
        of_text = dtype.kind == "S" and name not in dims
        counted.update(dims[:-1] if of_text else dims)
    return last - counted


def single_letters(letters: np.ndarray) -> np.ndarray:
    """One-byte cells as one-letter strings; a NUL is the empty string."""
    return np.char.decode(letters, "latin-1")
