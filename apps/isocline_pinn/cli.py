"""`isocline-pinn`: arguments only; everything is done by `isocline_pinn.solve`."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Solve differential equations with physics-informed networks.", no_args_is_help=True
)


@app.command()
def solve(
    problem: Annotated[
        str,
        typer.Argument(
            help="A name of the catalogue, or a Python file that defines a DeepXDE `data` (and `net`)."
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Run folder; runs/PROBLEM when not given.")
    ] = None,
    budget: Annotated[
        str | None,
        typer.Option(
            help="Wall time, such as 90s or 2m.  [default: 60s, or none with --iterations]"
        ),
    ] = None,
    method: Annotated[
        str,
        typer.Option(help="auto: local networks (in blocks) where they fit; or local, or trained."),
    ] = "auto",
    iterations: Annotated[int | None, typer.Option(help="Steps at most.")] = None,
    seed: Annotated[int, typer.Option(help="Of every random number.")] = 0,
    observations: Annotated[
        Path | None, typer.Option(help="A NetCDF file with measurements of the outputs.")
    ] = None,
    hidden: Annotated[
        str | None, typer.Option(help="Widths of the hidden layers, such as 24,24,24.")
    ] = None,
    points: Annotated[int | None, typer.Option(help="Points inside the domain.")] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, mps or auto.")] = "cpu",
    dtype: Annotated[str, typer.Option(help="float64 or float32.")] = "float64",
    threads: Annotated[int | None, typer.Option(help="CPU threads.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the run in --out.")] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the unfinished run in --out.")
    ] = False,
    data_dir: Annotated[
        Path | None, typer.Option(help="A folder of data to look in first.")
    ] = None,
) -> None:
    """Solve a problem; leave result.nc, figures, metrics.json and report.html in a folder."""
    from isocline_pinn.api import solve as run_solve
    from isocline_pinn.config import PinnSettings
    from isocline_pinn.headline import headline
    from isocline_run import process_started

    given = {
        "iterations": iterations,
        "points": points,
        "threads": threads,
        "hidden": None if hidden is None else _widths(hidden),
    }
    wanted: dict[str, object] = {name: value for name, value in given.items() if value is not None}
    if budget is not None or iterations is not None:
        wanted["budget"] = budget
    settings = PinnSettings.model_validate(
        {"seed": seed, "method": method, "device": device, "dtype": dtype, **wanted}
    )
    solution = run_solve(
        problem,
        observations=observations,
        settings=settings,
        out=out or Path("runs") / Path(problem).stem,
        force=force,
        resume=resume,
        data_dir=data_dir,
        budget_started=process_started(),
    )
    typer.echo(f"{solution.problem.name}: {headline(solution)}")
    for note in solution.notes:
        typer.echo(f"note: {note}")
    typer.echo(f"{solution.folder}/report.html")


@app.command("list")
def list_problems() -> None:
    """List the problems of the catalogue."""
    from isocline_pinn.catalogue import titles

    found = titles()
    width = max(map(len, found))
    for name, title in found.items():
        typer.echo(f"{name:<{width}}  {title}")


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit code 2."""
    from isocline_run import run_command_line

    run_command_line(app)


def _widths(text: str) -> tuple[int, ...]:
    from isocline_run import UserError

    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise UserError(
            f"{text!r} are no widths of hidden layers; give whole numbers such as 24,24,24"
        ) from None
