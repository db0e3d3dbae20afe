"""What a dataset holds, measured: `describe` counts, `format_description` prints."""

import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import StringIO

import numpy as np
import xarray as xr

from isocline_data.times import (
    NUMERIC_NAMES,
    Step,
    duration,
    is_time,
    measure_step,
    missing_stamps,
    repeated_stamps,
    seconds,
    show,
)

_ATTRS: Mapping[str, dict[str, str]] = {
    "missing": {"long_name": "fraction of values that are missing", "units": "1"},
    "time_step": {"long_name": "common spacing of the time axis"},
    "gaps": {"long_name": "number of intervals between values longer than the time step"},
    "longest_gap": {"long_name": "length of the longest such interval"},
    "missing_stamps": {"long_name": "time stamps that are missing (NaT)"},
    "duplicates": {"long_name": "time stamps that occur more than once"},
    "unsorted": {"long_name": "time stamps earlier than the one before"},
    "minimum": {"long_name": "smallest value, in the variable's units"},
    "mean": {"long_name": "mean of the values, in the variable's units"},
    "maximum": {"long_name": "largest value, in the variable's units"},
}
_AXIS_COLUMNS = {
    "time": "axis",
    "time_start": "from",
    "time_end": "to",
    "time_step": "step",
    "calendar": "calendar",
    "gaps": "gaps",
    "longest_gap": "longest",
}
_CALENDARS = {"proleptic_gregorian": "standard", "gregorian": "standard"}


@dataclass(frozen=True)
class _Axis:
    """A time axis, measured once for all variables on it."""

    time: str = ""
    time_start: str = ""
    time_end: str = ""
    time_step: str = ""
    calendar: str = ""
    missing_stamps: int = 0
    duplicates: int = 0
    unsorted: int = 0


@dataclass(frozen=True)
class _Gaps:
    gaps: int = 0
    longest_gap: str = ""


def describe(dataset: xr.Dataset | xr.DataArray) -> xr.Dataset:
    """Measure each variable and its time axis; nothing is dropped, sorted or filled.

    Returns:
        A dataset along ``variable`` with

        - ``units``, ``dims``, ``shape``, ``dtype``, ``long_name`` (text);
        - ``missing`` (fraction), ``minimum``, ``mean``, ``maximum`` (NaN for text and dates);
        - ``time`` (the name of its time dimension), ``time_start``, ``time_end``, ``time_step``,
          ``calendar`` (text, empty without a time dimension);
        - ``gaps`` (a gap is an interval between values longer than the time step, whether the
          stamps between are absent or their values missing) and ``longest_gap`` (text);
        - ``missing_stamps``, ``duplicates``, ``unsorted`` (counts of time stamps).

    Example:
        >>> import xarray as xr
        >>> ds = xr.Dataset({"x": ("time", [1.0, float("nan"), 3.0])}, {"time": [0, 1, 2]})
        >>> float(describe(ds)["missing"].sel(variable="x"))
        0.3333333333333333
    """
    if isinstance(dataset, xr.DataArray):
        dataset = dataset.to_dataset(name=dataset.name or "values")
    axes: dict[str, tuple[_Axis, Step | None]] = {}
    rows = []
    for name, variable in dataset.data_vars.items():
        if variable.chunks is None:
            variable = variable.compute()  # read a variable left in its file once, not at each step
        row: dict[str, object] = _static(variable)
        row |= _statistics(variable)
        time = _time_of(variable)
        if time and time not in axes:
            axes[time] = _measure_axis(time, dataset[time])
        axis, step = axes[time] if time else (_Axis(), None)
        gaps = _measure_gaps(variable, time, step) if time and step else _Gaps()
        rows.append({"variable": str(name), **row, **asdict(axis), **asdict(gaps)})
    return _table(rows, dict(dataset.sizes))


def format_description(description: xr.Dataset, *, width: int | None = None) -> str:
    """The result of `describe` as tables in plain text.

    Args:
        description: What `describe` returned.
        width: Columns to fill; None for those of the terminal, or 100 where there is none.
    """
    from rich import box
    from rich.table import Table

    first = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("variable", "units", "dimensions", "type"):
        first.add_column(heading, overflow="fold")
    for heading in ("missing", "min", "mean", "max"):
        first.add_column(heading, justify="right", no_wrap=True)
    axes: dict[tuple[str, ...], list[str]] = {}
    for name in map(str, description["variable"].values):
        row = description.sel(variable=name)
        text = {key: str(row[key].values) or "–" for key in description.data_vars}
        first.add_row(
            name,
            text["units"],
            f"{text['dims']} ({text['shape']})",
            text["dtype"],
            _share(float(row["missing"])),
            *(_number(float(row[key])) for key in ("minimum", "mean", "maximum")),
        )
        if str(row["time"].values):
            axis = (*(text[key] for key in _AXIS_COLUMNS), _stamps(row))
            axes.setdefault(axis, []).append(name)
    if not first.row_count:
        return "The dataset has no variables."
    second = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in (*_AXIS_COLUMNS.values(), "stamps"):
        second.add_column(heading, no_wrap=heading not in ("axis", "step", "stamps"))
    second.add_column("of", overflow="fold")
    for axis, names in axes.items():
        shown = [_CALENDARS.get(cell, cell) for cell in axis]
        more = f" and {len(names) - 4} more" if len(names) > 5 else ""
        second.add_row(*shown, ", ".join(names[:4] if more else names) + more)
    return _print(first, second if axes else "No variable has a time axis.", width=width)


def _print(*parts: object, width: int | None) -> str:
    from rich.console import Console

    if width is None and not sys.stdout.isatty():
        width = 100
    written = StringIO()
    console = Console(file=written, width=width, highlight=False, color_system=None)
    for part in parts:
        console.print(part)
    lines = [line.rstrip() for line in written.getvalue().splitlines()]
    return "\n".join(line for line in lines if line)


def _static(variable: xr.DataArray) -> dict[str, object]:
    return {
        "units": str(variable.attrs.get("units", "")),
        "long_name": str(variable.attrs.get("long_name", variable.attrs.get("standard_name", ""))),
        "dims": ", ".join(map(str, variable.dims)),
        "shape": " × ".join(map(str, variable.shape)) or "scalar",
        "dtype": "text"
        if variable.dtype.kind in "UO" and not is_time(variable)
        else str(variable.dtype),
    }


def _statistics(variable: xr.DataArray) -> dict[str, object]:
    numeric = variable.dtype.kind in "iufb"
    missing = float(variable.isnull().mean()) if variable.size else float("nan")
    if not numeric or not variable.size or missing == 1:
        return {"missing": missing, "minimum": np.nan, "mean": np.nan, "maximum": np.nan}
    values = variable.astype(float)
    return {
        "missing": missing,
        "minimum": float(values.min()),
        "mean": float(values.mean()),
        "maximum": float(values.max()),
    }


def _time_of(variable: xr.DataArray) -> str:
    for dim in variable.dims:
        if dim in variable.coords and (is_time(variable[dim]) or dim in NUMERIC_NAMES):
            return str(dim)
    return ""


def _measure_axis(name: str, axis: xr.DataArray) -> tuple[_Axis, Step | None]:
    stamps = np.asarray(axis.values)
    whole = stamps[~missing_stamps(stamps)]
    if not whole.size or (whole.dtype.kind not in "Miuf" and not is_time(axis)):
        return _Axis(name, missing_stamps=stamps.size - whole.size), None
    ordered = np.unique(whole)  # sorts a copy: order and repeats are reported, not mixed in
    step = measure_step(ordered)
    calendar = str(axis.dt.calendar) if is_time(axis) else ""
    label = step.label
    if not calendar and step.size is not None:
        label = f"{step.size:g} {axis.attrs.get('units', '')}".strip()
    measured = _Axis(
        time=name,
        time_start=show(ordered[0]),
        time_end=show(ordered[-1]),
        time_step=label,
        calendar=calendar,
        missing_stamps=stamps.size - whole.size,
        duplicates=repeated_stamps(whole).size,
        unsorted=int((np.diff(seconds(whole)) < 0).sum()),
    )
    return measured, step


def _measure_gaps(variable: xr.DataArray, time: str, step: Step) -> _Gaps:
    """Intervals between stamps with a value, where they exceed the step of the axis."""
    others = [dim for dim in variable.dims if dim != time]
    present = np.asarray(variable.notnull().any(others).values)
    stamps = np.asarray(variable[time].values)
    kept = np.unique(stamps[present & ~missing_stamps(stamps)])
    if kept.size < 2 or step.size is None or not step.regular:
        return _Gaps()
    every = np.unique(stamps[~missing_stamps(stamps)])
    positions = step.positions[np.searchsorted(every, kept)]
    intervals = np.diff(positions)
    long = intervals > 1.5 * step.size
    if not long.any():
        return _Gaps()
    longest = float(intervals.max())
    if step.months:
        return _Gaps(int(long.sum()), f"{longest:g} months")
    dated = is_time(variable[time])
    return _Gaps(int(long.sum()), duration(longest) if dated else f"{longest:g}")


def _table(rows: list[dict[str, object]], sizes: dict[object, int]) -> xr.Dataset:
    names = np.array([row["variable"] for row in rows], dtype=str)
    keys = [key for key in rows[0] if key != "variable"] if rows else []
    columns = {}
    for key in keys:
        values = [row[key] for row in rows]
        array = np.array(values, dtype=str) if isinstance(values[0], str) else np.array(values)
        columns[key] = ("variable", array, _ATTRS.get(key, {}))
    table = xr.Dataset(columns, {"variable": names})
    table.attrs["sizes"] = ", ".join(f"{dim}: {size}" for dim, size in sizes.items())
    return table


def _number(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.5g}"


def _share(fraction: float) -> str:
    return "–" if np.isnan(fraction) else f"{fraction:.2%}"


def _stamps(row: xr.Dataset) -> str:
    counts = {
        "missing": int(row["missing_stamps"]),
        "repeated": int(row["duplicates"]),
        "out of order": int(row["unsorted"]),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count) or "in order"
