"""The catalogue: names of datasets, where their files are, and whether they are the right ones."""

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from isocline_data.errors import DataError
from isocline_data.names import unknown_name
from isocline_data.remote import cache_folder, fetch_url

CATALOGUE_FILE = "catalog.yaml"
ENVIRONMENT_VARIABLE = "ISOCLINE_DATA"


@dataclass(frozen=True)
class Entry:
    """One dataset of the catalogue.

    Attributes:
        name: What one calls it.
        title: What it is, in one line.
        file: Its path below a data folder.
        sha256: Of the file, hexadecimal.
        licence: Under which it may be used.
        source: Where it is from: a repository, a site, or what made it.
        citation: Whom to cite.
        variables: What it holds.
        benchmark: The suite that uses it, if one does.
        url: Where it can be fetched, if anywhere.
    """

    name: str
    title: str
    file: str
    sha256: str
    licence: str
    source: str
    citation: str
    variables: tuple[str, ...] = ()
    benchmark: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Catalogue:
    """Entries by name."""

    entries: Mapping[str, Entry]

    def names(self) -> list[str]:
        """The names, in the catalogue's order."""
        return list(self.entries)

    def entry(self, name: str) -> Entry:
        """One entry.

        Raises:
            DataError: There is none of that name; near names are offered.
        """
        if name not in self.entries:
            raise unknown_name("dataset", name, self.entries, "the catalogue")
        return self.entries[name]

    def locate(self, name: str, data_dir: str | Path | None = None) -> Path:
        """Where an entry's file lies: `data_dir`, `ISOCLINE_DATA`, `data/`, the installed files, the cache.

        Raises:
            DataError: It is in none of them (all are named), or it is another file than it should be.
        """
        entry = self.entry(name)
        folders = search_folders(data_dir)
        for folder in folders:
            path = folder / entry.file
            if path.is_file():
                _verify(path, entry)
                return path
        how = (
            f"get it with 'isocline data fetch {name}'"
            if entry.url
            else f"get it from {entry.source}, put it at that path below any folder, and name that "
            f"folder in {ENVIRONMENT_VARIABLE} or with --data-dir"
        )
        looked = ", ".join(str(folder) for folder in folders)
        raise DataError(f"the file of '{name}', {entry.file}, is not in {looked}; {how}")

    def fetch(self, name: str) -> Path:
        """The entry's file: the one that is here, or else a copy downloaded into the cache.

        Raises:
            DataError: It is not here and has no address, or the download fails.
        """
        entry = self.entry(name)
        if entry.url is None:
            return self.locate(name)
        for folder in search_folders():
            if (folder / entry.file).is_file():
                return self.locate(name)
        fetched = fetch_url(entry.url, known_hash=entry.sha256)
        kept = cache_folder() / entry.file
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            fetched.replace(kept)
        except OSError as error:
            raise DataError(
                f"{kept} cannot be written ({error.strerror}); check the folder, or put {entry.file} "
                f"into another and name that one in {ENVIRONMENT_VARIABLE}"
            ) from error
        return kept


def search_folders(data_dir: str | Path | None = None) -> list[Path]:
    """The folders in which the catalogue's files are looked for, first to last."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    folders = [Path(folder).expanduser() for folder in (data_dir, named) if folder]
    return [*folders, *_shipped_folders(), cache_folder()]


@lru_cache(maxsize=1)
def load_catalogue() -> Catalogue:
    """The catalogue that is shipped with the package.

    Raises:
        DataError: It is not where it was installed.
    """
    for folder in _shipped_folders():
        path = folder / CATALOGUE_FILE
        if path.is_file():
            return read_catalogue(path)
    raise DataError(
        f"{CATALOGUE_FILE} is neither in the data/ of a checkout nor in share/isocline below "
        f"{sys.prefix}; install isocline again"
    )


def read_catalogue(path: Path) -> Catalogue:
    """A catalogue from its YAML file.

    Raises:
        DataError: An entry lacks a field or has one that is not known.
    """
    entries = {}
    for name, fields in yaml.safe_load(path.read_text(encoding="utf-8")).items():
        try:
            entries[name] = Entry(
                name=name, **(fields | {"variables": tuple(fields.get("variables", ()))})
            )
        except TypeError as error:
            raise DataError(f"the entry '{name}' of {path} is not complete: {error}") from error
    return Catalogue(entries)


def _shipped_folders() -> list[Path]:
    """`data/` of a checkout, and where an installed wheel puts the same files.

    A wheel's data files go below the prefix, which contains the package: in an environment, in the
    user's own folder, and with ``pip install --target``.
    """
    here = Path(__file__).resolve()
    above = [folder / "share" / "isocline" for folder in here.parents]
    prefixes = [Path(prefix) / "share" / "isocline" for prefix in (sys.prefix, sys.base_prefix)]
    installed = [folder for folder in dict.fromkeys([*above, *prefixes]) if folder.is_dir()]
    checkout = here.parents[2] / "data"
    return [*([checkout] if (checkout / CATALOGUE_FILE).is_file() else []), *installed]


@lru_cache(maxsize=256)
def _sha256(path: Path, size: int, modified: int) -> str:
    """The hash of a file; its size and time stand for its content in the cache's key."""
    del size, modified
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _verify(path: Path, entry: Entry) -> None:
    status = path.stat()
    found = _sha256(path, status.st_size, status.st_mtime_ns)
    if found != entry.sha256:
        raise DataError(
            f"{path} is not the file that the catalogue calls '{entry.name}' (sha256 {found[:12]}…, "
            f"expected {entry.sha256[:12]}…); move it away, or open it by its path"
        )
