"""Tables of text or Parquet, with a column of times, as labelled datasets."""

import csv
import gzip
import re
import warnings
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from isocline_data.check import FileKind
from isocline_data.errors import DataError
from isocline_data.names import unknown_name

if TYPE_CHECKING:
    import pandas as pd

TIME_NAMES = ("time", "date", "datetime", "timestamp", "date_time", "time_utc", "ds", "valid_time")
_CALENDAR_PARTS = ("year", "month", "day", "hour", "minute", "second")
_DATE = re.compile(r"\s*\d{4}[-/ ]\d{1,2}([-/ ]\d{1,2})?|\s*\d{1,2}[./]\d{1,2}[./]\d{4}")


def read_table(
    path: Path, kind: FileKind, *, time: str | None = None, time_zone: str | None = None
) -> xr.Dataset:
    """Read a table; each column becomes a variable.

    Args:
        path: A CSV, TSV or blank-separated text file (also packed: .gz, .bz2, .xz), or Parquet.
            Without a line of names the columns are called ``column_1``, ``column_2``, …
        kind: What `check_file` said of it.
        time: The column of times.  None: a column called time, date, datetime, timestamp or ds; or
            year with month, day, …; or the first column if it holds dates.
        time_zone: Zone of local times without offset, such as "Europe/Berlin".  Stamps with an
            offset need none.

    Returns:
        Variables along ``time``, in UTC if a zone or offset is known (attribute ``time_zone`` of
        the coordinate); or along ``row`` where no column of times is found.  Rows keep their order.

    Raises:
        DataError: The table cannot be read; it has no such column; a stamp is no date; a column of
            numbers holds a word.
    """
    frame = _read_parquet(path) if kind is FileKind.PARQUET else _read_text(path)
    if frame.empty:
        raise DataError(f"{path} has no rows: only the line of column names")
    frame.columns = [str(column).strip() for column in frame.columns]
    repeated = frame.columns[frame.columns.duplicated()]
    if len(repeated):
        raise DataError(f"{path} has more than one column '{repeated[0]}'; give each its own name")
    stamps, used, label = _time_column(frame, time, path)
    columns = {name: _column(name, frame[name], path) for name in frame.columns if name not in used}
    if stamps is None:
        return xr.Dataset({name: ("row", values) for name, values in columns.items()})
    values, zone = _to_utc(stamps, time_zone, label, path)
    attrs = {"long_name": label} | ({"time_zone": zone} if zone else {})
    if "time" in columns:
        raise DataError(f"{path} has a column 'time' besides the times in '{label}'; rename one")
    return xr.Dataset(
        {name: ("time", column) for name, column in columns.items()},
        {"time": ("time", values, attrs)},
    )


def _read_parquet(path: Path) -> "pd.DataFrame":
    import pandas as pd

    try:
        frame = pd.read_parquet(path, engine="pyarrow")
    except ImportError as error:
        raise DataError(
            f"{path} is a Parquet file, which needs pyarrow: run \"pip install 'isocline[parquet]'\""
        ) from error
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read as Parquet ({error}); fetch it again") from error
    return frame.reset_index() if frame.index.name else frame


def _read_text(path: Path) -> "pd.DataFrame":
    import pandas as pd

    first = _first_line(path)
    separator = _separator(first)
    cells = next(csv.reader(StringIO(first), delimiter=separator)) if separator else first.split()
    named = not all(_is_number(cell) for cell in cells)
    try:
        frame = pd.read_csv(
            path,
            sep=separator or r"\s+",
            header=0 if named else None,
            comment="#",
            encoding="utf-8-sig",
            skipinitialspace=True,
        )
    except (ValueError, OSError, EOFError) as error:
        reason = str(error).strip().splitlines()[-1]
        raise DataError(f"{path} cannot be read as a table: {reason}") from error
    if not named:
        frame.columns = pd.Index([f"column_{number + 1}" for number in range(frame.shape[1])])
    if list(frame.columns[:1]) == ["Unnamed: 0"]:  # an index written without a name
        frame = frame.rename(columns={"Unnamed: 0": "index"})
    return frame


def _first_line(path: Path) -> str:
    try:
        with _opened(path) as file:
            for line in file:
                if line.strip() and not line.startswith("#"):
                    return str(line).strip("\r\n")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path} is not text in UTF-8; save it as UTF-8, or check its kind"
        ) from error
    except (OSError, EOFError) as error:
        raise DataError(f"{path} cannot be unpacked ({error}); fetch it again") from error
    raise DataError(f"{path} has no lines with values")


def _opened(path: Path) -> Any:
    import bz2
    import lzma

    openers: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
    return openers.get(path.suffix.lower(), open)(path, "rt", encoding="utf-8-sig")


def _separator(line: str) -> str | None:
    """The commonest of tab, semicolon and comma in the first line; None for blanks."""
    counts = {mark: line.count(mark) for mark in "\t;,"}
    best = max(counts, key=lambda mark: counts[mark])
    return best if counts[best] else None


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell.strip() == ""
    return True


def _time_column(
    frame: "pd.DataFrame", time: str | None, path: Path
) -> tuple["pd.Series | None", list[str], str]:
    """The column of times, the columns it is made of, and its name."""
    import pandas as pd

    if time is not None:
        if time not in frame.columns:
            raise unknown_name("column", time, frame.columns, str(path))
        return frame[time], [time], time
    lowered = {name.lower(): name for name in frame.columns}
    for name in TIME_NAMES:
        if name in lowered:
            return frame[lowered[name]], [lowered[name]], lowered[name]
    parts = [part for part in _CALENDAR_PARTS if part in lowered]
    if parts and parts == list(_CALENDAR_PARTS[: len(parts)]):
        used = [lowered[part] for part in parts]
        pieces = pd.DataFrame({part: frame[lowered[part]] for part in parts})
        for part in _CALENDAR_PARTS[len(parts) : 3]:
            pieces[part] = 1
        try:
            return pd.to_datetime(pieces), used, " ".join(used)
        except ValueError as error:
            raise DataError(
                f"the columns {', '.join(used)} of {path} do not make dates ({error})"
            ) from error
    first = frame[frame.columns[0]]
    if _holds_dates(first):
        return first, [frame.columns[0]], frame.columns[0]
    return None, [], ""


def _holds_dates(column: "pd.Series") -> bool:
    if column.dtype.kind == "M" or "datetime64" in str(column.dtype):
        return True
    texts = column.dropna()
    is_text = column.dtype == object or str(column.dtype).startswith("str")
    return bool(is_text and len(texts) and _DATE.match(str(texts.iloc[0])))


def _to_utc(
    column: "pd.Series", zone: str | None, label: str, path: Path
) -> tuple[np.ndarray, str]:
    """Stamps without zone, in UTC if their zone is known; and the zone they came in."""
    import pandas as pd

    if column.dtype.kind in "iuf" and "datetime64" not in str(column.dtype):
        return np.asarray(column.values), ""
    stamps = column if "datetime64" in str(column.dtype) else parse_stamps(column, label, str(path))
    index = pd.DatetimeIndex(stamps)
    known = str(index.tz) if index.tz is not None else ""
    if index.tz is None and zone is not None:
        known = zone
        try:
            index = index.tz_localize(zone, ambiguous="infer")
        except (KeyError, ValueError) as error:
            raise DataError(
                f"the times in '{label}' of {path} cannot be local times of '{zone}': {error}"
            ) from error
    if index.tz is not None:
        index = index.tz_convert("UTC").tz_localize(None)
    return np.asarray(index.values.astype("datetime64[ns]")), known


def parse_stamps(column: "pd.Series", label: str, where: str) -> "pd.Series":
    """Text as dates; in UTC where any of it has an offset.

    Args:
        column: Text such as "2024-01-31T12:00" or "1995 03 17 23:45 UTC".
        label: The column's name, for messages.
        where: The file's name, for messages.

    Raises:
        DataError: Names the first text that is no date, and its row.
    """
    import pandas as pd

    texts = column.astype("string")
    offsets = texts.str.contains(r"(?:Z|UTC|[+-]\d\d:?\d\d)\s*$", regex=True, na=False)
    with warnings.catch_warnings():
        # pandas tells that it falls back to parsing each stamp alone; the result is checked below.
        warnings.filterwarnings("ignore", "Could not infer format", UserWarning)
        stamps = pd.to_datetime(texts, errors="coerce", utc=bool(offsets.any()))
        if (stamps.isna() & texts.notna()).any():
            stamps = pd.to_datetime(texts, errors="coerce", utc=bool(offsets.any()), format="mixed")
    bad = (stamps.isna() & texts.notna()).to_numpy()
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise DataError(
            f"'{texts.iloc[row]}' in column '{label}' of {where} (row {row + 1}, one of {int(bad.sum())}) "
            "is not a date; write dates as 2024-01-31 or 2024-01-31T12:00"
        )
    return stamps


def _column(name: str, column: "pd.Series", path: Path) -> np.ndarray:
    """The values of a column: numbers as numbers, the rest as text."""
    import pandas as pd

    if "datetime64" in str(column.dtype):
        return _to_utc(column, None, name, path)[0]
    if column.dtype.kind in "iufb" and isinstance(column.dtype, np.dtype):
        return np.asarray(column.values)
    numbers = pd.to_numeric(column, errors="coerce")
    if not isinstance(numbers.dtype, np.dtype):  # nullable types of Parquet
        numbers = pd.Series(numbers.to_numpy(dtype=float, na_value=np.nan))
    bad = (numbers.isna().to_numpy()) & (column.notna().to_numpy())
    if not bad.any():
        return np.asarray(numbers.values, dtype=float)
    if bad.mean() < 0.5:
        row = int(np.flatnonzero(bad)[0])
        raise DataError(
            f"column '{name}' of {path} holds numbers but '{column.iloc[row]}' in row {row + 1} (one of "
            f"{int(bad.sum())}) is not one; leave missing cells empty or write NaN"
        )
    return column.fillna("").astype(str).to_numpy(dtype=str)
