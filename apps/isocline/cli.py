"""The `isocline` command: every application under one name."""

from pathlib import Path
from typing import Annotated

import typer

import isocline_bench.cli
import isocline_data.cli
import isocline_forecast.cli
import isocline_pinn.cli
import isocline_sysid.cli

app = typer.Typer(
    name="isocline",
    help="Solve PDEs, forecast time series and identify dynamical systems, from NetCDF to NetCDF.",
    no_args_is_help=True,
)
app.add_typer(isocline_pinn.cli.app, name="pinn")
app.add_typer(isocline_forecast.cli.app, name="forecast")
app.add_typer(isocline_sysid.cli.app, name="sysid")
app.add_typer(isocline_data.cli.app, name="data")
app.add_typer(isocline_bench.cli.app, name="bench")


def _print_version(wanted: bool) -> None:
    if wanted:
        from isocline import __version__

        typer.echo(f"isocline {__version__}")
        raise typer.Exit


@app.callback()
def isocline(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version and exit.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Solve PDEs, forecast time series and identify dynamical systems, from NetCDF to NetCDF."""


@app.command()
def demo(
    out: Annotated[
        Path, typer.Option(help="Folder for the three runs and the page that shows them.")
    ] = Path("runs/demo"),
    force: Annotated[
        bool, typer.Option("--force", help="Replace the folder if it exists.")
    ] = False,
) -> None:
    """Run one job of each application on the shipped data: about a minute and a half."""
    from isocline.demo import run_demo

    run_demo(out, force=force)


@app.command()
def doctor(
    data_dir: Annotated[
        Path | None, typer.Option(help="A folder of data to look in first.")
    ] = None,
) -> None:
    """Say what is installed, which devices and data are found, what is missing and how to get it."""
    from isocline.doctor import examine, show

    show(examine(data_dir))


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit code 2."""
    from isocline_run import run_command_line

    run_command_line(app)
