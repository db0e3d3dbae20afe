"""Groups in a NetCDF-4 file, and what a group sees of those around it.

CF 1.11 section 2.7: a variable's dimension, and the coordinate variable of that dimension, are
looked for in its own group, then in each group outwards to the root.
"""

import difflib
from pathlib import Path
from typing import Any

from isocline_data.errors import DataError


def variables_in_scope(file: Any, group: str | None, path: Path) -> dict[str, tuple[str, Any]]:
    """The variables of a group with the coordinates that it uses from the groups around it.

    Args:
        file: An open file.
        group: Name of the group such as "ocean/surface"; None or "/" for the root.
        path: Where the file lies, for messages.

    Returns:
        For each variable's name its full path in the file, and its library handle.

    Raises:
        DataError: There is no such group; or the root is asked for and all data lies in groups.
    """
    chain = _chain(file, group, path)
    here = chain[-1][1]
    if len(chain) == 1 and not _holds_data(here) and (listing := _listing(file)):
        raise DataError(
            f"{path} keeps its data in groups: {listing}; name one, for example "
            f"group='{listing.split(' ')[0]}'"
        )
    found = {name: (_join(chain[-1][0], name), var) for name, var in here.variables.items()}
    wanted = {name for _, var in found.values() for name in _names_used(var)}
    hidden = set(here.dimensions)  # a dimension defined anew hides the outer one's coordinate
    for where, owner in reversed(chain[:-1]):
        for name, var in owner.variables.items():
            if name in wanted and name not in found and not hidden & set(var.dimensions):
                found[name] = (_join(where, name), var)
        hidden |= set(owner.dimensions)
    return found


def list_groups(file: Any) -> dict[str, list[str]]:
    """The path of each group that has variables, and their names; the root is ""."""
    found = {}
    for where, group in _walk(file, ""):
        if group.variables:
            found[where] = list(group.variables)
    return found


def _walk(group: Any, where: str) -> list[tuple[str, Any]]:
    found = [(where, group)]
    for name, inner in group.groups.items():
        found += _walk(inner, _join(where, name))
    return found


def _join(where: str, name: str) -> str:
    return f"{where}/{name}" if where else name


def _chain(file: Any, group: str | None, path: Path) -> list[tuple[str, Any]]:
    """The groups from the root to the one asked for, each with its path."""
    chain = [("", file)]
    for part in (group or "").strip("/").split("/"):
        if not part:
            continue
        where, owner = chain[-1]
        if part not in owner.groups:
            names = [name for name, _ in _walk(file, "") if name]
            near = difflib.get_close_matches(str(group), names)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            has = f"it has {', '.join(names)}" if names else "it has no groups"
            raise DataError(f"{path} has no group '{group}'{hint or ': ' + has}")
        chain.append((_join(where, part), owner.groups[part]))
    return chain


def _holds_data(group: Any) -> bool:
    return any(name not in group.dimensions for name in group.variables)


def _listing(file: Any) -> str:
    groups = {where: names for where, names in list_groups(file).items() if where}
    return ", ".join(f"{where} ({', '.join(names)})" for where, names in groups.items())


def _names_used(variable: Any) -> set[str]:
    names = set(variable.dimensions)
    for attribute in (
        "coordinates",
        "bounds",
        "climatology",
        "grid_mapping",
        "ancillary_variables",
    ):
        if attribute in variable.ncattrs():
            names |= set(str(variable.getncattr(attribute)).replace(":", " ").split())
    return {name.rsplit("/", 1)[-1] for name in names}
