"""Error against time of every method, a panel a problem."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isocline_bench.catalogue.methods import CLASSICAL, DEEPXDE, NNCG, OURS
from isocline_bench.catalogue.table import Row, rows_of
from isocline_bench.record import Record
from isocline_bench.suite import Suite

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLUMNS = 5
_STYLE: dict[str, dict[str, Any]] = {
    OURS: {"color": "#c0392b", "lw": 1.6, "marker": "o", "ms": 3},
    DEEPXDE: {"color": "#555555", "lw": 1.2},
    NNCG: {"color": "#c98a1b", "lw": 1.2},
    CLASSICAL: {"color": "#1f5fa8", "lw": 1.0, "ls": "--", "marker": "s", "ms": 3},
}


def draw_curves(suite: Suite, records: Sequence[Record], path: Path) -> None:
    """Draw the curves of all records to a file.

    Args:
        suite: Gives the order.
        records: Of every problem measured; the largest budget of each is drawn.
        path: Of an SVG or PNG file.
    """
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    latest = {row.case: row for row in rows_of(suite, records)}
    columns = min(_COLUMNS, len(latest))
    lines = -(-len(latest) // columns)
    size = (3.0 * columns, 2.35 * lines + 0.5)
    figure, axes = plt.subplots(lines, columns, figsize=size, squeeze=False, layout="constrained")
    for axis, row in zip(axes.flat, latest.values(), strict=False):
        _draw(axis, row, records)
    for axis in axes.flat[len(latest) :]:
        axis.set_axis_off()
    drawn = {record.method for record in records if record.curve}
    handles = [
        mpl.lines.Line2D([], [], label=method, **style)
        for method, style in _STYLE.items()
        if method in drawn
    ]
    handles.append(mpl.lines.Line2D([], [], color="black", lw=0.8, ls=":", label="target"))
    figure.legend(handles=handles, loc="outside upper center", ncols=columns, frameon=False)
    figure.supxlabel("wall time (s)", fontsize=10)
    figure.supylabel("relative error (1)", fontsize=10)
    with mpl.rc_context({"svg.hashsalt": "isocline", "svg.fonttype": "path"}):
        metadata = {"Date": None} if path.suffix == ".svg" else None
        figure.savefig(path, dpi=130, metadata=metadata)
    plt.close(figure)


def _draw(axis: "Axes", row: Row, records: Sequence[Record]) -> None:
    from matplotlib.ticker import NullFormatter

    for record in records:
        if (record.case, record.budget) != (row.case, row.budget) or not record.curve:
            continue
        seconds = [max(at, 1e-3) for at, _ in record.curve]
        errors = [max(error, 1e-16) for _, error in record.curve]
        axis.loglog(seconds, errors, **_STYLE[record.method])
    target = row.number("target")
    if target is not None:
        axis.axhline(target, color="black", lw=0.8, ls=":")
    axis.set_title(f"{row.case.replace('_', ' ')}, {row.budget:g} s", fontsize=9)
    low, high = axis.get_ylim()
    if high < 10 * low:  # less than a decade has no tick to read
        middle = (low * high) ** 0.5
        axis.set_ylim(middle / 4, middle * 4)
    for direction in (axis.xaxis, axis.yaxis):
        direction.set_minor_formatter(NullFormatter())
    axis.tick_params(labelsize=7)
    axis.grid(alpha=0.25)
