"""The catalogue finds the right file, says where it looked, and fetches what is missing."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from isocline_data import DataError, open_dataset
from isocline_data import catalogue as catalogue_module
from isocline_data.catalogue import (
    Catalogue,
    Entry,
    load_catalogue,
    read_catalogue,
    search_folders,
)


def test_public_files_have_their_checksums(public_data: Path) -> None:
    catalogue = load_catalogue()
    for name in catalogue.names():
        assert catalogue.locate(name, data_dir=public_data).is_file()


def test_every_entry_says_its_licence_and_whom_to_cite() -> None:
    catalogue = load_catalogue()
    for name in catalogue.names():
        entry = catalogue.entry(name)
        assert len(entry.sha256) == 64
        assert entry.licence
        assert entry.source
        assert entry.citation


def test_the_named_folder_is_searched_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOCLINE_DATA", str(tmp_path / "environment"))
    assert search_folders(tmp_path)[:2] == [tmp_path, tmp_path / "environment"]
    copied = shutil.copy(load_catalogue().locate("co2"), tmp_path / "co2.nc")
    assert load_catalogue().locate("co2", data_dir=tmp_path) == Path(copied)


def test_another_file_under_the_right_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "co2.nc").write_bytes(b"CDF\x01 not the file")
    with pytest.raises(
        DataError, match=r"is not the file that the catalogue calls 'co2' \(sha256 "
    ):
        load_catalogue().locate("co2", data_dir=tmp_path)


def test_an_unknown_name_offers_near_ones() -> None:
    with pytest.raises(DataError, match="no dataset 'etth' in the catalogue; did you mean 'etth1'"):
        load_catalogue().entry("etth")


def test_a_file_that_is_nowhere_says_where_it_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOCLINE_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(
        DataError,
        match=r"^the file of 'rmm1', netcdf/RMM1\.observed\.nc, is not in .*, .*; get it from "
        r"github\.com/pangeo-data/climpred-data, put it at that path below any folder, and name that "
        "folder in ISOCLINE_DATA or with --data-dir$",
    ):
        load_catalogue().locate("rmm1")
    with pytest.raises(DataError, match="get it with 'isocline data fetch etth1'"):
        load_catalogue().locate("etth1")


def test_an_incomplete_entry_is_named(tmp_path: Path) -> None:
    path = tmp_path / "catalog.yaml"
    path.write_text("a:\n  title: only a title\n")
    with pytest.raises(DataError, match=r"the entry 'a' of .* is not complete: .*sha256"):
        read_catalogue(path)


def test_the_file_that_is_found_is_hashed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(load_catalogue().locate("lynx_hare"), tmp_path / "lynx_hare.nc")
    load_catalogue().locate("lynx_hare", data_dir=tmp_path)
    monkeypatch.setattr(hashlib, "file_digest", None)
    load_catalogue().locate("lynx_hare", data_dir=tmp_path)


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Catalogue, Path]]:
    """A catalogue of one entry that only a server on this machine has, and an empty cache."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "a.csv").write_text("time,u\n2001-01-01,1\n2001-01-02,2\n")
    monkeypatch.delenv("ISOCLINE_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    handler = partial(QuietHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        entry = Entry(
            name="a",
            title="two days",
            file="tables/a.csv",
            sha256=hashlib.sha256((site / "a.csv").read_bytes()).hexdigest(),
            licence="public domain",
            source="this test",
            citation="nobody",
            url=f"http://127.0.0.1:{server.server_port}/a.csv",
        )
        yield Catalogue({"a": entry}), site
        server.shutdown()
        thread.join()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_a_fetched_file_is_found_from_then_on(served: tuple[Catalogue, Path]) -> None:
    catalogue, site = served
    with pytest.raises(DataError, match="get it with 'isocline data fetch a'"):
        catalogue.locate("a")
    path = catalogue.fetch("a")
    assert path.parent.name == "tables"
    (site / "a.csv").unlink()
    assert catalogue.fetch("a") == catalogue.locate("a") == path
    assert open_dataset(path).sizes["time"] == 2


def test_a_fetched_file_that_is_another_is_refused(served: tuple[Catalogue, Path]) -> None:
    catalogue, site = served
    (site / "a.csv").write_text("not the file")
    with pytest.raises(DataError, match=r"is not the file that was expected from http://.*sha256"):
        catalogue.fetch("a")
    with pytest.raises(DataError, match="get it with 'isocline data fetch a'"):
        catalogue.locate("a")


def test_a_file_that_cannot_be_fetched_says_what_to_do(served: tuple[Catalogue, Path]) -> None:
    catalogue, site = served
    (site / "a.csv").unlink()
    with pytest.raises(
        DataError,
        match=r"a\.csv could not be downloaded .*; check the address and the connection, or",
    ):
        catalogue.fetch("a")


def test_an_entry_without_an_address_cannot_be_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ISOCLINE_DATA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(
        DataError, match=r"get it from github\.com/sifanexisted/jaxpi2, put it at that"
    ):
        load_catalogue().fetch("pinn_kdv")
    assert load_catalogue().fetch("co2").name == "co2.nc"


def test_an_installed_package_finds_its_files_below_its_prefix(tmp_path: Path) -> None:
    """As a wheel lays them out; checked without the environment that runs this test."""
    package = tmp_path / "lib" / "python3" / "site-packages" / "isocline_data"
    shutil.copytree(Path(catalogue_module.__file__).parent, package)
    share = tmp_path / "share" / "isocline"
    share.mkdir(parents=True)
    for name in ("catalog.yaml", "co2.nc"):
        shutil.copy(load_catalogue().locate("co2").parent / name, share)
    script = (
        f"import sys; sys.path.insert(0, {str(package.parent)!r})\n"
        "from isocline_data.catalogue import load_catalogue\n"
        "print(load_catalogue().locate('co2'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(share / "co2.nc")
