"""`isocline sysid`: equations from data."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(name="sysid", help="Identify dynamical systems from data.", no_args_is_help=True)


@app.callback()
def _sysid() -> None:
    """Identify dynamical systems from data."""


@app.command()
def discover(
    source: Annotated[
        str, typer.Argument(help="File, pattern, URL, or name in the catalogue.", metavar="SOURCE")
    ],
    states: Annotated[str, typer.Option(help="State variables, separated by commas: x,y,z.")],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run; nothing is kept without it.")
    ] = None,
    controls: Annotated[str, typer.Option(help="Known inputs, separated by commas.")] = "",
    degree: Annotated[int, typer.Option(help="Largest total degree of a term.")] = 2,
    draws: Annotated[int, typer.Option(help="Bootstrap draws for the error bars.")] = 100,
    budget: Annotated[str | None, typer.Option(help="Wall time: 30s, 2m.")] = None,
    seed: Annotated[int, typer.Option(help="Of the bootstrap.")] = 0,
    device: Annotated[str, typer.Option(help="cpu; this application does not use others.")] = "cpu",
    force: Annotated[
        bool, typer.Option("--force", help="Replace the folder if it exists.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with an interrupted run.")
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option(help="A folder of data to look in first.")
    ] = None,
) -> None:
    """Find the equations of a system, with error bars, and print them."""
    from isocline_run import process_started
    from isocline_sysid.api import run_discover
    from isocline_sysid.config import SysidSettings

    settings = SysidSettings(
        states=_names(states),
        controls=_names(controls),
        degree=degree,
        draws=draws,
        budget=budget,  # type: ignore[arg-type] # pydantic reads "30s"
        seed=seed,
        device=device,
    )
    model = run_discover(
        source,
        settings,
        out,
        force=force,
        resume=resume,
        data_dir=data_dir,
        budget_started=process_started(),
    )
    typer.echo(str(model))
    for note in model.notes:
        typer.echo(f"note: {note}")
    if out is not None:
        typer.echo(f"written: {out}")


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit code 2."""
    from isocline_run import run_command_line

    run_command_line(app)
