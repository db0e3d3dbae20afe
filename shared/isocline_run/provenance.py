"""What made a result: versions, commit, settings, seed, command line, data."""

import hashlib
import importlib.metadata
import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from isocline_run.errors import UserError
from isocline_run.json_file import plain

_PACKAGES = ("isocline", "torch", "numpy", "scipy", "xarray", "netCDF4", "deepxde", "torchdiffeq")


def provenance(
    application: str, settings: Mapping[str, Any], sources: Iterable[str | Path] = ()
) -> dict[str, Any]:
    """What made a result, in JSON's types.

    Args:
        application: The application's name.
        settings: Its settings, by name.
        sources: Files it reads; their hashes are recorded.

    Returns:
        `application`, `created` (UTC, ISO 8601), `command`, `seed`, `config_hash`, `git_commit`
        (None outside a checkout), `versions`, `python`, `platform`, `sources`.

    Raises:
        UserError: A source is not there.
    """
    return {
        "application": application,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command_line(),
        "seed": settings.get("seed"),
        "config_hash": config_hash(application, settings),
        "git_commit": git_commit(),
        "versions": versions(),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "sources": [fingerprint(Path(source)) for source in sources],
    }


def config_hash(application: str, settings: Mapping[str, Any]) -> str:
    """The sha256 of the settings, the same whatever their order."""
    record = {"application": application, "settings": plain(settings)}
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def fingerprint(path: Path) -> dict[str, Any]:
    """A file's path, size in bytes and sha256.

    Raises:
        UserError: It cannot be read.
    """
    try:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        size = path.stat().st_size
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}); check the path") from error
    return {"path": str(path.resolve()), "bytes": size, "sha256": digest}


def versions() -> dict[str, str]:
    """Versions of the packages a result depends on, of those that are installed."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def git_commit() -> str | None:
    """The commit of the checkout this package runs from, with "+changes" if files differ from it."""
    root = Path(__file__).resolve().parents[2]
    if not (root / ".git").exists():
        return None
    commit = _git(root, "rev-parse", "HEAD")
    if not commit:
        return None
    return commit + ("+changes" if _git(root, "status", "--porcelain", "-uno") else "")


def command_line() -> str:
    """The command as one could type it again."""
    program = Path(sys.argv[0]) if sys.argv and sys.argv[0] else Path("python")
    if program.name == "__main__.py":
        return shlex.join(["python", "-m", program.parent.name, *sys.argv[1:]])
    return shlex.join([program.name, *sys.argv[1:]])


def _git(root: Path, *arguments: str) -> str | None:
    # A git hook that starts us sets GIT_DIR and the like; they would point git elsewhere.
    environment = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments],
            capture_output=True,
            check=False,
            text=True,
            timeout=10,
            env=environment,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
