"""`isocline forecast`: forecast the series of a file."""

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(name="forecast", help="Forecast time series, gaps and all.", no_args_is_help=True)


@app.command()
def run(
    source: Annotated[
        str, typer.Argument(help="File, pattern, URL, or name in the catalogue.", metavar="FILE")
    ],
    target: Annotated[
        list[str] | None,
        typer.Option(help="Variable to forecast; repeat it, or separate by commas."),
    ] = None,
    horizon: Annotated[
        str | None, typer.Option(help="Steps (48) or duration (30D, 12h, 3y); default a tenth.")
    ] = None,
    model: Annotated[
        str, typer.Option(help="auto, or a name of 'isocline forecast models'.")
    ] = "auto",
    holdout: Annotated[
        bool, typer.Option("--holdout", help="Keep the last horizon from the fit, and score on it.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the run.")] = None,
    season: Annotated[
        str | None, typer.Option(help="day, week, year, or a number of steps.")
    ] = None,
    lookback: Annotated[int | None, typer.Option(help="Steps of context of linear models.")] = None,
    quantiles: Annotated[
        str | None, typer.Option(help="Levels of the quantiles, such as 0.05,0.5,0.95.")
    ] = None,
    time: Annotated[
        str | None, typer.Option(help="Variable or column that holds the times.")
    ] = None,
    time_zone: Annotated[str | None, typer.Option(help="Zone of local times in a table.")] = None,
    on_duplicates: Annotated[
        str, typer.Option(help="Stamps that occur twice: error, first or last.")
    ] = "error",
    budget: Annotated[str | None, typer.Option(help="Wall time, such as 90s.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of random numbers.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, mps or auto.")] = "cpu",
    data_dir: Annotated[Path | None, typer.Option(help="Folder searched first for data.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the run in --out.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an unfinished run.")] = False,
) -> None:
    """Forecast variables of a file, with intervals, into a labelled NetCDF and a report."""
    from isocline_forecast.api import forecast
    from isocline_forecast.report import summary
    from isocline_run import process_started

    names = [name for text in target or () for name in text.split(",") if name]
    found = forecast(
        source,
        names,
        horizon=horizon,
        model=model,
        holdout=holdout,
        out=out or _default_out(source),
        force=force,
        resume=resume,
        data_dir=data_dir,
        budget_started=process_started(),
        lookback=lookback,
        time=time,
        time_zone=time_zone,
        on_duplicates=on_duplicates,
        budget=budget,
        seed=seed,
        device=device,
        season=season,
        **({} if quantiles is None else {"quantiles": _numbers(quantiles)}),
    )
    typer.echo(summary(found))
    for note in found.forecaster.notes:
        typer.echo(f"  {note}")
    typer.echo(f"{found.folder}/ (report.html, result.nc, figures/)")


@app.command()
def models() -> None:
    """Print the models there are."""
    from rich.console import Console
    from rich.table import Table

    from isocline_forecast.models import CANDIDATES, MODELS

    table = Table("model", "what it does", "intervals from", "tried by auto")
    for name, model in MODELS.items():
        source = "its distribution" if model.has_distribution else "past errors"
        table.add_row(name, model.summary, source, "yes" if name in CANDIDATES else "")
    Console(highlight=False).print(table)


def _default_out(source: str) -> Path:
    return Path("runs") / f"forecast-{Path(source).stem.strip('*') or 'run'}"


def _numbers(text: str) -> Any:
    """Numbers between commas."""
    from isocline_run import UserError

    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise UserError(
            f"the quantiles {text!r} are not numbers; write for example 0.05,0.5,0.95"
        ) from None


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit code 2."""
    from isocline_run import run_command_line

    run_command_line(app)
