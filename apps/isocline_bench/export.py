"""From records to the documentation: a suite's table as Markdown, and its figure."""

from pathlib import Path

from isocline_bench.record import Record, read_records
from isocline_bench.suite import Suite
from isocline_bench.table import table_of
from isocline_run import UserError


def recorded(suite: Suite, results: Path) -> list[Record]:
    """The records of a suite.

    Raises:
        UserError: There is none.
    """
    records = read_records(results, suite.name)
    if not records:
        raise UserError(
            f"{results} holds no record of {suite.name}; run `isocline bench run {suite.name}` first."
        )
    return records


def export_suite(suite: Suite, results: Path, folder: Path) -> list[Path]:
    """Write `SUITE-table.md` and, for a suite that draws one, `SUITE.svg`.

    Args:
        suite: With records.
        results: Folder of the records.
        folder: Made if it is not there.

    Returns:
        The files written.

    Raises:
        UserError: There is no record.
    """
    records = recorded(suite, results)
    folder.mkdir(parents=True, exist_ok=True)
    name = suite.name.replace("/", "-")
    table = folder / f"{name}-table.md"
    table.write_text(table_of(suite, records).markdown() + "\n", encoding="utf-8")
    if suite.figure is None:
        return [table]
    figure = folder / f"{name}.svg"
    suite.figure(suite, records, figure)
    return [table, figure]
