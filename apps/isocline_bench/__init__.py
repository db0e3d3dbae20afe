"""Dataset benchmarks over the three applications: suites of tasks, one record a task, one table."""

from isocline_bench.record import Record, read_records, write_record
from isocline_bench.run import run_suite
from isocline_bench.suite import Measured, Measurement, Suite, Task, load_suite, suite_names
from isocline_bench.table import Table, table_of

__all__ = [
    "Measured",
    "Measurement",
    "Record",
    "Suite",
    "Table",
    "Task",
    "load_suite",
    "read_records",
    "run_suite",
    "suite_names",
    "table_of",
    "write_record",
]
