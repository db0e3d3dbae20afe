"""The catalogue of PDE problems as benchmark: what each method does with each problem, table and curves."""

from isocline_bench.catalogue.case import Case
from isocline_bench.catalogue.figure import draw_curves
from isocline_bench.catalogue.measure import (
    measure_classical,
    measure_deepxde,
    measure_ours,
)
from isocline_bench.catalogue.table import catalogue_table

__all__ = [
    "Case",
    "catalogue_table",
    "draw_curves",
    "measure_classical",
    "measure_deepxde",
    "measure_ours",
]
