"""Opening what a run reads, with the files it came from, so that their hashes are recorded."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import xarray as xr

Source: TypeAlias = "str | Path | list[str | Path] | xr.Dataset"


@dataclass(frozen=True)
class OpenedSource:
    """A dataset and where it came from.

    Attributes:
        dataset: Checked and CF-decoded.
        files: The local files it was read from, for `open_run(sources=…)`; none for a dataset that
            was handed over in memory.
    """

    dataset: "xr.Dataset"
    files: tuple[Path, ...]


def open_source(
    source: Source, *, data_dir: str | Path | None = None, **options: Any
) -> OpenedSource:
    """Open a path, pattern, URL, catalogue name or dataset, and tell which files were read.

    Args:
        source: As for `isocline_data.open_dataset`.
        data_dir: Folder searched first for files of the catalogue.
        options: More arguments of `isocline_data.open_dataset`.

    Raises:
        DataError: It cannot be read.
    """
    import xarray as xr

    from isocline_data import open_dataset
    from isocline_data.sources import find_files

    dataset = open_dataset(source, data_dir=data_dir, **options)
    if isinstance(source, xr.Dataset):
        return OpenedSource(dataset, ())
    return OpenedSource(dataset, tuple(find_files(source, data_dir)))
