"""Whether a run may go on with what an unfinished one left."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from isocline_run.errors import UserError
from isocline_run.folder import CONFIG
from isocline_run.json_file import plain, read_json
from isocline_run.settings import Settings

_MAY_DIFFER = {"budget"}


def recorded_run(unfinished: Path) -> dict[str, Any]:
    """What the unfinished run recorded in its `config.json`.

    Raises:
        UserError: It cannot be read.
    """
    path = unfinished / CONFIG
    try:
        recorded = read_json(path)
        return {name: recorded[name] for name in ("application", "settings", "provenance")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(
            f"{path} is not the record of a run ({error}); pass --force instead of --resume to start "
            "anew"
        ) from error


def require_same(
    out: Path, recorded: Mapping[str, Any], settings: Settings, made: Mapping[str, Any]
) -> dict[str, Any]:
    """Check that this run and the recorded one are the same; only the budget may differ.

    Args:
        out: The run's folder, for the sentence.
        recorded: From `recorded_run`.
        settings: Of this run.
        made: The provenance of this run.

    Returns:
        The provenance to go on with: of this run, but created when the first part was, and with the
        times of each resume.

    Raises:
        UserError: Application, a setting or a data file differs.
    """
    if recorded["application"] != made["application"]:
        raise UserError(
            f"{out} holds an unfinished run of {recorded['application']}, not of "
            f"{made['application']}; choose another --out"
        )
    before, now = recorded["settings"], plain(settings.model_dump(mode="json"))
    names = [*now, *(name for name in before if name not in now)]
    different = [
        f"{name} was {_shown(before, name)} and is now {_shown(now, name)}"
        for name in names
        if name not in _MAY_DIFFER and before.get(name) != now.get(name)
    ]
    if different:
        raise UserError(
            f"the unfinished run in {out} has other settings: {', '.join(different)}; pass the same "
            "ones to resume it, or --force to start anew"
        )
    _require_same_sources(out, recorded["provenance"], made)
    earlier = recorded["provenance"]
    return {
        **made,
        "created": earlier["created"],
        "resumed": [*earlier.get("resumed", []), made["created"]],
    }


def _require_same_sources(out: Path, before: Mapping[str, Any], made: Mapping[str, Any]) -> None:
    hashes = {source["path"]: source["sha256"] for source in before.get("sources", [])}
    for source in made["sources"]:
        if hashes.get(source["path"], source["sha256"]) != source["sha256"]:
            raise UserError(
                f"{source['path']} has changed since the unfinished run in {out} read it; pass "
                "--force to start anew"
            )


def _shown(settings: Mapping[str, Any], name: str) -> str:
    return repr(settings[name]) if name in settings else "not there"
