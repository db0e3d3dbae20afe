"""`isocline bench`: list, run and tabulate the benchmark suites."""

from pathlib import Path
from typing import Annotated

import typer

_LISTED = 20  # tasks named one by one
_PIPE = 170  # columns of a table that goes to a pipe

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
        names = [task.name for task in suite.tasks]
        if len(names) > _LISTED:
            cases = dict.fromkeys(task.case for task in suite.tasks)
            names = [f"{len(names)} tasks, by --only one of: {', '.join(cases)}"]
        table.add_row(name, suite.question, f"{suite.budget:g} s", "\n".join(names))
    Console().print(table)


@app.command()
def run(
    suite: SuiteName,
    only: Annotated[
        str | None, typer.Option(help="A task, case or method, or a pattern of one.")
    ] = None,
    budget: Annotated[
        str | None, typer.Option(help="Wall time of one task: 60s, 5m; its own when not given.")
    ] = None,
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

    from isocline_bench.export import recorded
    from isocline_bench.suite import load_suite
    from isocline_bench.table import table_of

    loaded = load_suite(suite)
    found = table_of(loaded, recorded(loaded, results))
    if markdown:
        typer.echo(found.markdown())
        return
    drawn = Table(*found.header, title=found.title)
    for row in found.rows:
        drawn.add_row(*row)
    console = Console()
    # A pipe or a file has no width of its own: cells are not cut there.
    if not console.is_terminal:
        console.width = max(console.width, _PIPE)
    console.print(drawn)
    typer.echo(found.note)


@app.command()
def export(
    suite: SuiteName,
    to: Annotated[Path, typer.Option(help="Folder of the documentation.")] = Path(
        "docs/benchmarks"
    ),
    results: Results = Path("bench-results"),
) -> None:
    """Write the table of a suite as Markdown, and its figure, from its records."""
    from isocline_bench.export import export_suite
    from isocline_bench.suite import load_suite

    for path in export_suite(load_suite(suite), results, to):
        typer.echo(str(path))


def main() -> None:
    """Run the command line; bad input ends with one sentence and exit code 2."""
    from isocline_run import run_command_line

    run_command_line(app)
