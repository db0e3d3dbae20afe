"""The folder of a run: written apart, published by renames, resumed, never half replaced.

A run writes in `OUT/unfinished`. When it ends well its files are renamed into `OUT`; until then a
result that was there before stays as it is. A rename needs no disk space, and the list of renames is
written down first, so that a publication cut off by a power failure is completed at the next run.
"""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from isocline_run.errors import UserError
from isocline_run.json_file import read_json, write_json

try:
    import fcntl
except ImportError:  # not on Windows
    fcntl = None  # type: ignore[assignment]

UNFINISHED = "unfinished"
CONFIG = "config.json"
_PLAN = ".publication.json"
_REPLACED = ".replaced"
_LOCK = ".lock"

RUN_FILES = (
    CONFIG,
    "result.nc",
    "model.safetensors",
    "metrics.json",
    "log.jsonl",
    "figures",
    "report.html",
)
"""What a run writes; `--force` replaces these, and any file its last run listed, and nothing else."""


def prepare(out: Path, *, force: bool, resume: bool) -> Path:
    """The folder to write in, once it is clear that the user wants it so.

    Args:
        out: The run's folder.
        force: Start anew though `out` exists; its files are replaced when the new run ends well.
        resume: Go on with the unfinished run in `out`.

    Returns:
        `out/unfinished`, empty unless resumed.

    Raises:
        UserError: `out` is a file, exists without `force` or `resume`, has nothing to resume, or
            cannot be created.
    """
    unfinished = out / UNFINISHED
    if out.exists() and not out.is_dir():
        raise UserError(f"{out} is a file, not a folder; choose another --out")
    if (unfinished / _PLAN).exists():
        publish(out)
    if resume:
        _require_unfinished(out)
        return unfinished
    if out.exists() and not force:
        if (unfinished / CONFIG).exists():
            raise UserError(
                f"{out} holds an unfinished run; pass --resume to go on with it, or --force to start "
                "anew"
            )
        raise UserError(f"{out} exists; choose another --out, or pass --force to replace it")
    try:
        if unfinished.exists():
            with lock(unfinished, out):
                shutil.rmtree(unfinished)
        unfinished.mkdir(parents=True)
    except OSError as error:
        raise UserError(
            f"{out} cannot be written ({error.strerror}); choose another --out"
        ) from error
    return unfinished


def publish(out: Path) -> None:
    """Rename the files of `out/unfinished` into `out`, in place of those of the last run.

    Raises:
        OSError: A rename failed; everything is back where it was.
    """
    unfinished = out / UNFINISHED
    plan_file, replaced = unfinished / _PLAN, unfinished / _REPLACED
    if plan_file.exists():
        plan = read_json(plan_file)
    else:
        new = sorted(item.name for item in unfinished.iterdir() if not item.name.startswith("."))
        plan = {"old": [name for name in _files_of_last_run(out, new) if (out / name).exists()]}
        plan["new"] = new
        replaced.mkdir(exist_ok=True)
        write_json(plan_file, plan)
    moves = [(out / name, replaced / name) for name in plan["old"]]
    moves = [(here, there) for here, there in moves if not there.exists()]
    moves += [(unfinished / name, out / name) for name in plan["new"]]
    done: list[tuple[Path, Path]] = []
    try:
        for here, there in moves:
            if here.exists():
                here.rename(there)
                done.append((here, there))
    except BaseException:
        for here, there in reversed(done):
            there.rename(here)
        plan_file.unlink()
        raise
    plan_file.unlink()
    shutil.rmtree(unfinished)


def abandon(out: Path) -> None:
    """Drop the unfinished run, and `out` itself when nothing else is in it."""
    shutil.rmtree(out / UNFINISHED, ignore_errors=True)
    with contextlib.suppress(OSError):  # it holds something: leave it
        out.rmdir()


@contextlib.contextmanager
def lock(unfinished: Path, out: Path) -> Iterator[None]:
    """Hold the unfinished folder against a second process that writes to the same `--out`.

    Raises:
        UserError: Another process holds it.
    """
    if fcntl is None:
        yield
        return
    with (unfinished / _LOCK).open("w", encoding="utf-8") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UserError(
                f"another process is writing to {out}; wait for it, or choose another --out"
            ) from error
        except OSError:  # a file system without locks: go on without
            pass
        yield


def _require_unfinished(out: Path) -> None:
    if (out / UNFINISHED / CONFIG).exists():
        return
    if (out / CONFIG).exists():
        raise UserError(
            f"{out} holds a finished run and nothing to resume; leave --resume out and choose another "
            "--out, or pass --force to replace it"
        )
    raise UserError(f"{out} holds no unfinished run; leave --resume out to start one")


def _files_of_last_run(out: Path, new: list[str]) -> list[str]:
    """Names in `out` that the last run wrote, or that the new one is about to write."""
    names = {*RUN_FILES, *new}
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
        listed = read_json(out / CONFIG)["files"]
        names |= {name for name in listed if Path(name).name == name and name != UNFINISHED}
    return sorted(names)
