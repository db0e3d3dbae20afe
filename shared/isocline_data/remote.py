"""Files behind a URL, fetched once; their hash is kept and checked ever after."""

import hashlib
import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from isocline_data.errors import DataError
from isocline_data.lock import FILE_LOCK


def is_url(source: str) -> bool:
    """Whether a source is a web address rather than a path."""
    return re.match(r"^(https?|ftp|sftp|doi):", source) is not None


def cache_folder() -> Path:
    """Where fetched files are kept for this user."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("isocline")) / "data"


def fetch_url(url: str, *, folder: Path | None = None, known_hash: str | None = None) -> Path:
    """The local copy of what a URL holds, downloaded the first time.

    Beside the copy lies ``<name>.sha256.json`` with the URL and the hash of the first download; the
    copy is compared with it at each use.

    Args:
        url: An http, https, ftp, sftp or doi address of one file.
        folder: Where copies are kept; None for the user's cache.
        known_hash: The sha256 (hexadecimal) the file must have, if known.

    Raises:
        DataError: The download fails, or the file has another hash than the one known or kept.
    """
    import pooch

    folder = cache_folder() if folder is None else folder
    name = unquote(Path(urlsplit(url).path).name) or "data"
    # Two addresses may end in one name; a digest of the address tells them apart.
    path = folder / f"{hashlib.sha256(url.encode()).hexdigest()[:10]}-{name}"
    record = path.with_name(path.name + ".sha256.json")
    with FILE_LOCK:
        kept = json.loads(record.read_text())["sha256"] if record.exists() else None
        if path.exists() and kept:
            _compare(path, known_hash or kept, url)
            return path
        folder.mkdir(parents=True, exist_ok=True)
        try:
            pooch.get_logger().setLevel("WARNING")  # it tells of each download and each hash
            pooch.retrieve(url, known_hash=None, fname=path.name, path=folder)
        except Exception as error:
            raise DataError(
                f"{url} could not be downloaded ({error}); check the address and the connection, or "
                "download it by hand and give the path"
            ) from error
        if known_hash:
            _compare(path, known_hash, url)
        record.write_text(json.dumps({"url": url, "sha256": pooch.file_hash(str(path))}, indent=1))
    return path


def _compare(path: Path, known_hash: str, url: str) -> None:
    import pooch

    found = pooch.file_hash(str(path))
    if found != known_hash.removeprefix("sha256:"):
        raise DataError(
            f"{path} is not the file that was expected from {url} (sha256 {found[:12]}…, expected "
            f"{known_hash.removeprefix('sha256:')[:12]}…); delete it to fetch it again"
        )
