"""Variables asked for by name."""

import difflib
from collections.abc import Iterable

import numpy as np
import xarray as xr

from isocline_data.errors import DataError


def unknown_name(kind: str, name: str, known: Iterable[str], where: str) -> DataError:
    """The error for a name that is not there; offers those spelt alike, and else lists some.

    Args:
        kind: What it names, such as "variable".
        name: The name given.
        known: The names there are.
        where: Where they are, such as "the dataset".
    """
    names = [str(other) for other in known]
    lowered = {other.lower(): other for other in names}
    near = difflib.get_close_matches(name.lower(), lowered, n=3, cutoff=0.55)
    if near:
        offers = " or ".join(f"'{lowered[other]}'" for other in near)
        return DataError(f"there is no {kind} '{name}' in {where}; did you mean {offers}?")
    if not names:
        return DataError(f"there is no {kind} '{name}' in {where}, which has none")
    shown = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
    return DataError(f"there is no {kind} '{name}' in {where}, which has {shown}")


def require_variables(
    dataset: xr.Dataset, names: str | Iterable[str], *, where: str = "the dataset"
) -> list[str]:
    """The names, if the dataset has each of them with at least one value.

    Args:
        dataset: Any dataset.
        names: One name or several.
        where: What the dataset is called in a message, such as its path.

    Raises:
        DataError: A name is unknown (names spelt alike are offered), is not a number, or all of
            its values are missing.
    """
    wanted = [names] if isinstance(names, str) else list(names)
    known = [str(name) for name in (*dataset.data_vars, *dataset.coords)]
    for name in wanted:
        if name not in known:
            raise unknown_name("variable", name, known, where)
        variable = dataset[name]
        if not np.issubdtype(variable.dtype, np.number) and variable.dtype != bool:
            raise DataError(
                f"variable '{name}' in {where} holds {variable.dtype} values, where numbers were "
                "expected; choose another variable"
            )
        if variable.size == 0:
            raise DataError(f"variable '{name}' in {where} is empty: its shape is {variable.shape}")
        if bool(variable.isnull().all()):
            raise DataError(
                f"variable '{name}' in {where} has no values: all {variable.size} are missing"
            )
    return wanted


def require_series(
    dataset: xr.Dataset, dim: str, names: str | Iterable[str] | None = None
) -> list[str]:
    """The names of numeric variables of shape (`dim`,): those asked for, or all there are.

    Raises:
        DataError: A name is unknown, has no values, or has other dimensions; or there is none.
    """
    if names is None:
        names = [
            str(name)
            for name, variable in dataset.data_vars.items()
            if variable.dims == (dim,) and np.issubdtype(variable.dtype, np.number)
        ]
        if not names:
            raise DataError(
                f"the dataset has no numeric variable of dimension ('{dim}',); select one place first"
            )
    chosen = require_variables(dataset, names)
    for name in chosen:
        if dataset[name].dims != (dim,):
            raise DataError(
                f"variable '{name}' has dimensions {dataset[name].dims}, where ('{dim}',) was "
                "expected; select one place first"
            )
    return chosen
