"""`isocline bench`: list, run and tabulate the benchmark suites."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Benchmarks: our engines beside their peers, in the same run.", no_args_is_help=True
)

Results = Annotated[
    Path, typer.Option("--results", help="Folder of the records, one JSON file a task.")
]
SuiteName = Annotated[str, typer.Argument(help="A suite of `isocline bench list`.")]


@app.command("list")
def list_suites() -> None:
    """List the suites, what each shows, and its tasks."""
    from rich.console import Console
    from rich.table import Table

    from isocline_bench.suite import load_suite, suite_names

    table = Table("suite", "shows", "budget", "tasks")
    for name in suite_names():
        suite = load_suite(name)
        table.add_row(
            name, suite.question, f"{suite.budget:g} s", "\n".join(t.name for t in suite.tasks)
        )
    Console().print(table)


@app.command()
def run(
    suite: SuiteName,
    only: Annotated[
        str | None, typer.Option(help="A task, case or method, or a pattern of one.")
    ] = None,
    budget: Annotated[str | None, typer.Option(help="Wall time of one task: 60s, 5m.")] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Run tasks anew that have a record.")
    ] = False,
    results: Results = Path("bench-results"),
) -> None:
    """Run the tasks of a suite that have no record yet, and print its table."""
    from isocline_bench.run import run_suite
    from isocline_bench.suite import load_suite
    from isocline_run import parse_duration

    seconds = None if budget is None else parse_duration(budget)
    run_suite(load_suite(suite), results, only=only, budget=seconds, again=again, say=typer.echo)
    table(suite, results)


@app.command()
def table(
    suite: SuiteName,
    results: Results = Path("bench-results"),
    markdown: Annotated[bool, typer.Option("--markdown", help="Print it as Markdown.")] = False,
) -> None:
    """Print the table of a suite from its records, with the ratio of each peer."""
    from rich.console import Console
    from rich.table import Table

    from isocline_bench.record import read_records
    from isocline_bench.suite import load_suite
    from isocline_bench.table import table_of
    from isocline_run import UserError

    loaded = load_suite(suite)
    records = read_records(results, suite)
    if not records:
        raise UserError(
            f"{results} holds no record of {suite}; run `isocline bench run {suite}` first."
        )
    found = table_of(loaded, records)
    if markdown:
        typer.echo(found.markdown())
        return
    drawn = Table(*found.header, title=found.title, caption=found.note)
    for row in found.rows:
        drawn.add_row(*row)
    Console().print(drawn)


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit code 2."""
    from isocline_run import run_command_line

    run_command_line(app)
