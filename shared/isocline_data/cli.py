"""`isocline data`: list the catalogue, fetch its files, describe any file."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="data", help="Look at data files and at the catalogue.", no_args_is_help=True
)

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Folder searched first for files of the catalogue."),
]


@app.command()
def describe(
    source: Annotated[
        str, typer.Argument(help="File, pattern, URL, or name in the catalogue.", metavar="SOURCE")
    ],
    data_dir: DataDir = None,
    group: Annotated[str | None, typer.Option(help="Group of a NetCDF-4 file.")] = None,
    time: Annotated[
        str | None, typer.Option(help="Variable or column that holds the times.")
    ] = None,
) -> None:
    """Print units, shape, times, gaps and missing values of each variable."""
    from isocline_data import describe as measure
    from isocline_data import format_description, open_dataset

    dataset = open_dataset(source, data_dir=data_dir, group=group, time=time, on_duplicates="keep")
    typer.echo(format_description(measure(dataset)))
    for name, variable in dataset.variables.items():
        if "masked_on_reading" in variable.attrs:
            typer.echo(f"{name}: masked {variable.attrs['masked_on_reading']}")


@app.command("list")
def list_datasets(data_dir: DataDir = None) -> None:
    """Print the datasets of the catalogue, and which of them are on this machine."""
    from rich.console import Console
    from rich.table import Table

    from isocline_data.catalogue import load_catalogue
    from isocline_data.errors import DataError

    catalogue = load_catalogue()
    table = Table("name", "variables", "licence", "file")
    for name in catalogue.names():
        entry = catalogue.entry(name)
        try:
            where = str(catalogue.locate(name, data_dir=data_dir))
        except DataError:
            where = f"not here: isocline data fetch {name}" if entry.url else "not here"
        table.add_row(name, ", ".join(entry.variables), entry.licence, where)
    Console(highlight=False).print(table)


@app.command()
def fetch(
    name: Annotated[str, typer.Argument(help="Name in the catalogue.", metavar="NAME")],
) -> None:
    """Download a dataset of the catalogue, check its hash, and print where it lies."""
    from isocline_data.catalogue import load_catalogue

    typer.echo(str(load_catalogue().fetch(name)))
