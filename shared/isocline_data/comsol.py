"""Text tables written by COMSOL ("% Model: …"), as labelled datasets.

A column "u (m/s) @ t=0.5, k=2" holds expression u in m/s at the parameters after the at sign; the
columns of one expression are stacked along the parameter that varies.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from isocline_data.errors import DataError

_COLUMN = re.compile(r"^(?P<name>.*?)\s*(?:\((?P<units>[^()]*)\))?\s*(?:@\s*(?P<at>.*))?$")


@dataclass(frozen=True)
class _Column:
    name: str
    units: str
    at: dict[str, float]


def read_comsol(path: Path) -> xr.Dataset:
    """Read a COMSOL table of values at nodes.

    Returns:
        Variables along ``point``, or along the parameter that varies (such as ``t``) and ``point``.
        The coordinates x, y, z of the nodes lie along ``point``; with one space dimension the nodes
        are ordered by it and ``x`` takes the place of ``point``.  Parameters that do not vary are
        scalar coordinates.

    Raises:
        DataError: The table has fewer rows than its header says, a row of another length, or a cell
            that is not a number.
    """
    header, names, rows = _split(path)
    dimension = int(header.get("Dimension", "0"))
    columns = [_parse(name) for name in names]
    values = _numbers(rows, names, path)
    expected = int(header.get("Nodes", len(values)))
    if len(values) != expected:
        raise DataError(
            f"{path} has {len(values)} rows but its header says {expected} nodes: the file was probably "
            "cut off; export or copy it again"
        )
    length = header.get("Length unit", "")
    units = {} if length in ("", "null") else {"units": length}
    coordinates = {
        columns[axis].name.lower(): ("point", values[:, axis], units) for axis in range(dimension)
    }
    dataset = xr.Dataset(
        _variables(columns[dimension:], values[:, dimension:], header, path), coordinates
    )
    dataset.attrs = {
        "source": f"{header.get('Version', 'COMSOL')}, model {header.get('Model', '')}"
    }
    if dimension == 1:
        axis = next(iter(coordinates))
        dataset = dataset.swap_dims(point=axis).sortby(axis)
    return dataset


def _split(path: Path) -> tuple[dict[str, str], list[str], list[list[str]]]:
    """The header's entries, the names of the columns, and the cells of each row."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not text in UTF-8; save it as UTF-8") from error
    comments = [line[1:].strip() for line in lines if line.startswith("%")]
    rows = [line.split() for line in lines if line.strip() and not line.startswith("%")]
    header = dict(re.split(r":\s*", line, maxsplit=1) for line in comments if _is_entry(line))
    named = [line for line in comments if not _is_entry(line)]
    if not named or not rows:
        raise DataError(f"{path} has no line of column names, or no rows, below its COMSOL header")
    return header, re.split(r"\s{2,}", named[-1]), rows


def _is_entry(line: str) -> bool:
    return re.match(r"^[A-Z][A-Za-z ]*:(\s|$)", line) is not None


def _parse(text: str) -> _Column:
    found = _COLUMN.match(text)
    assert found is not None  # every part of the pattern is optional
    at = {}
    for part in (found["at"] or "").split(","):
        if "=" in part:
            name, value = part.split("=", 1)
            number = re.match(r"\s*[-+0-9.eE]+", value)
            if number:
                at[name.split(":")[-1].strip()] = float(number[0])
    return _Column(found["name"].strip(), found["units"] or "", at)


def _numbers(rows: list[list[str]], names: list[str], path: Path) -> np.ndarray:
    for number, row in enumerate(rows):
        if len(row) != len(names):
            raise DataError(
                f"row {number + 1} of {path} has {len(row)} cells where {len(names)} columns are named: "
                "the file was probably cut off; export or copy it again"
            )
    try:
        return np.array(rows, dtype=float)
    except ValueError as error:
        raise DataError(f"{path} has a cell that is not a number ({error})") from error


def _variables(
    columns: list[_Column], values: np.ndarray, header: dict[str, str], path: Path
) -> dict[str, xr.DataArray]:
    names = list(dict.fromkeys(column.name for column in columns))
    described = [text.strip() for text in re.split(r",\s+", header.get("Description", ""))]
    variables = {}
    for position, name in enumerate(names):
        own = [index for index, column in enumerate(columns) if column.name == name]
        array = _stack([columns[index].at for index in own], values[:, own], name, path)
        units = columns[own[0]].units
        array.attrs = {"units": units} if units else {}
        if len(described) == len(names) and described[position]:
            array.attrs["long_name"] = described[position]
        variables[name] = array
    return variables


def _stack(at: list[dict[str, float]], values: np.ndarray, name: str, path: Path) -> xr.DataArray:
    """Columns ``(point, column)`` of one expression, stacked along the parameter that varies."""
    parameters = list(dict.fromkeys(key for where in at for key in where))
    levels = {key: [where.get(key, np.nan) for where in at] for key in parameters}
    varying = [key for key in parameters if len(set(levels[key])) > 1]
    fixed = {key: levels[key][0] for key in parameters if key not in varying}
    if len(at) == 1:
        return xr.DataArray(values[:, 0], dims="point", coords=fixed)
    if len(varying) == 1 and len(set(levels[varying[0]])) == len(at):
        (key,) = varying
        return xr.DataArray(values.T, dims=(key, "point"), coords={key: levels[key], **fixed})
    raise DataError(
        f"the {len(at)} columns of '{name}' in {path} differ in {', '.join(varying) or 'no parameter'}; "
        "one parameter with a value for each column was expected; export one table each"
    )
