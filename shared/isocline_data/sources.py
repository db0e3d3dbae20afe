"""From what a user names to files on this machine."""

import difflib
import glob
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from isocline_data.check import missing_file
from isocline_data.errors import DataError
from isocline_data.remote import fetch_url, is_url

Source: TypeAlias = str | Path | Sequence[str | Path]


def find_files(source: Source, data_dir: str | Path | None = None) -> list[Path]:
    """The local files that a source stands for.

    Args:
        source: A path, a pattern such as "runs/*.nc" (files in the order of their names), a URL, a
            name in the catalogue, or several of these.
        data_dir: Folder searched first for files of the catalogue.

    Raises:
        DataError: Nothing is there under that name; near names are offered.
    """
    if isinstance(source, str | Path):
        return _find(source, data_dir)
    files = [file for part in source for file in _find(part, data_dir)]
    if not files:
        raise DataError("the list of files is empty; give at least one")
    return files


def _find(source: str | Path, data_dir: str | Path | None) -> list[Path]:
    text = str(source)
    if is_url(text):
        return [fetch_url(text)]
    path = Path(text.removeprefix("file://")).expanduser()
    if path.exists():
        return [path]
    if glob.has_magic(text):
        found = sorted(Path(match) for match in glob.glob(str(path), recursive=True))  # noqa: PTH207  absolute patterns too
        files = [match for match in found if match.is_file()]
        if not files:
            raise DataError(
                f"no file matches the pattern '{text}'; check the folder and the pattern"
            )
        return files
    if isinstance(source, Path) or path.parent != Path() or path.suffix:
        raise missing_file(path)
    return [_from_catalogue(text, data_dir)]


def _from_catalogue(name: str, data_dir: str | Path | None) -> Path:
    from isocline_data.catalogue import load_catalogue

    catalogue = load_catalogue()
    names = list(catalogue.names())
    if name not in names:
        near = difflib.get_close_matches(name, names)
        hint = (
            f"did you mean {' or '.join(near)}?"
            if near
            else f"the catalogue has {', '.join(names)}"
        )
        raise DataError(f"'{name}' is neither a file here nor a name in the catalogue; {hint}")
    return Path(catalogue.locate(name, data_dir=None if data_dir is None else Path(data_dir)))
