"""CF metadata put to use: times, bounds, coordinates that would clash."""

import warnings
from collections.abc import Mapping

import xarray as xr

from isocline_data.errors import DataError, DataWarning

_POINTS_TO = ("coordinates", "bounds", "climatology", "formula_terms", "ancillary_variables")


def rename_clashing_coordinates(variables: Mapping[str, xr.Variable]) -> dict[str, xr.Variable]:
    """Give another name to each variable of several dimensions that is named like one of them.

    Ocean models write ``siglay(siglay, node)``; in xarray the name of a dimension is kept for its
    one-dimensional index (pydata/xarray#2233).

    Warns:
        DataWarning: Says which name became which.
    """
    renamed = {}
    for name, variable in variables.items():
        if variable.ndim > 1 and name in variable.dims:
            new = f"{name}_values"
            while new in variables:
                new += "_"
            renamed[name] = new
            warnings.warn(
                f"variable '{name}' of dimensions ({', '.join(map(str, variable.dims))}) is named "
                f"like its dimension; it was read as '{new}'",
                DataWarning,
                stacklevel=3,
            )
    if not renamed:
        return dict(variables)
    found = {}
    for name, variable in variables.items():
        for attribute in _POINTS_TO:
            if isinstance(variable.attrs.get(attribute), str):
                words = variable.attrs[attribute].split(" ")
                variable.attrs[attribute] = " ".join(renamed.get(word, word) for word in words)
        found[renamed.get(name, name)] = variable
    coordinates = list(renamed.values())
    for variable in found.values():  # so that they become coordinates, as their writer meant
        if coordinates and variable.ndim > 1 and "coordinates" not in variable.attrs:
            near = [c for c in coordinates if set(found[c].dims) <= set(variable.dims)]
            if near and variable is not found[near[0]]:
                variable.attrs["coordinates"] = " ".join(near)
    return found


def decode_times(dataset: xr.Dataset) -> xr.Dataset:
    """Times to dates and durations.

    Numbers with units "… since …" become ``datetime64[ns]``, or `cftime` objects where the calendar
    is not the common one or dates leave the years 1678–2262.  Bounds without units take those
    of their coordinate first (CF 1.11 section 7.1).  Units alone, such as "days", stay numbers: a
    lead time or a period is not to become nanoseconds by accident.

    Raises:
        DataError: Names the variable whose units cannot be read as times.
    """
    dataset = _bounds_inherit(dataset)
    coder = xr.coders.CFDatetimeCoder(time_unit="ns")
    with warnings.catch_warnings():
        # Dates outside 1678–2262 stay cftime objects, as the docstring says.
        warnings.filterwarnings("ignore", "Unable to decode time axis", xr.SerializationWarning)
        try:
            decoded = xr.decode_cf(
                dataset,
                concat_characters=False,
                mask_and_scale=False,
                decode_times=coder,
                decode_coords=False,
                decode_timedelta=False,
            )
            for variable in decoded.variables.values():
                if variable.dtype.kind in "MO":  # decoding waits until the values are asked for
                    variable.load()
            return decoded
        except (ValueError, OverflowError) as error:
            raise DataError(_time_sentence(dataset, coder, error)) from error


def _time_sentence(dataset: xr.Dataset, coder: xr.coders.CFDatetimeCoder, error: Exception) -> str:
    for name, variable in dataset.variables.items():
        if "since" not in str(variable.attrs.get("units", "")):
            continue
        try:
            xr.decode_cf(
                dataset[[name]].drop_vars(set(dataset.coords) - {name}), decode_times=coder
            )
        except (ValueError, OverflowError):
            units, calendar = variable.attrs["units"], variable.attrs.get("calendar", "standard")
            return (
                f"variable '{name}' has units '{units}' (calendar '{calendar}'), which cannot be read "
                "as times; write units such as 'days since 2000-01-01'"
            )
    return f"the times cannot be read: {error}"


def _bounds_inherit(dataset: xr.Dataset) -> xr.Dataset:
    dataset = dataset.copy()
    for variable in list(dataset.variables.values()):
        bounds = variable.attrs.get("bounds", variable.attrs.get("climatology"))
        if bounds in dataset.variables:
            for attribute in ("units", "calendar"):
                if attribute in variable.attrs:
                    dataset[bounds].attrs.setdefault(attribute, variable.attrs[attribute])
    return dataset


def link_coordinates(dataset: xr.Dataset) -> xr.Dataset:
    """Make coordinates of what ``coordinates``, ``bounds`` and ``climatology`` point to.

    ``bounds`` keeps its place in the attributes; ``coordinates`` is used up, since xarray writes
    it anew.
    """
    named: set[str] = set()
    for variable in dataset.variables.values():
        for attribute in ("coordinates", "bounds", "climatology"):
            text = variable.attrs.get(attribute)
            if isinstance(text, str):
                named |= set(text.split())
        variable.attrs.pop("coordinates", None)
    dataset.attrs.pop("coordinates", None)
    return dataset.set_coords([name for name in dataset.variables if name in named])
