"""One self-contained page about a run: what was found, and what made it."""

import base64
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from isocline_run.duration import format_duration
from isocline_run.number import format_value

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_LARGE_SVG = 1_500_000  # bytes; a browser draws a PNG of the same picture faster
_HEADLINES = 4
_POWER = re.compile(r"× 10([⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)")
_NORMAL = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789−")
_SPELLED = {
    "l2": "L2",
    "r2": "R²",
    "linf": "L∞",
    **{name: name.upper() for name in ("mse", "rmse", "mae", "crps", "mase", "aic", "bic", "aicc")},
}
_ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:)\]]")


@dataclass(frozen=True)
class Section:
    """A part of a report.

    Attributes:
        heading: Its title.
        text: Plain text; a blank line starts a paragraph, `backquotes` set code, and web addresses
            become links.
        table: Rows of cells; numbers are set to four figures and aligned.
        header: Titles of the columns.
        figures: Names given to `Run.figure`.
        code: Lines set as they are, such as equations.
    """

    heading: str
    text: str = ""
    table: Sequence[Sequence[Any]] = ()
    header: Sequence[str] = ()
    figures: Sequence[str] = ()
    code: str = ""


@dataclass(frozen=True)
class Picture:
    """A figure as a page holds it."""

    address: str
    alternative: str
    caption: str


def render_report(
    title: str,
    sections: Sequence[Section],
    *,
    summary: str = "",
    metrics: Mapping[str, Any],
    settings: Mapping[str, Any],
    provenance: Mapping[str, Any],
    figures: Path,
    captions: Mapping[str, str] | None = None,
) -> str:
    """The page as text; it refers to nothing outside itself.

    Args:
        title: Of the page.
        sections: In reading order.
        summary: Below the title: what was found.
        metrics: Numbers by name; the first few stand at the top.
        settings: By name.
        provenance: Of `provenance()`.
        figures: The folder that holds `NAME.svg` and `NAME.png`.
        captions: By the name of the figure.

    Raises:
        ValueError: A section names a figure that is not in the folder.
    """
    captions = captions or {}
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            title=title,
            summary=summary,
            sections=sections,
            pictures={
                name: _picture(figures, name, captions.get(name, ""))
                for section in sections
                for name in section.figures
            },
            headlines=_headlines(metrics),
            metrics=_flat(metrics),
            settings=_settings_rows(settings),
            provenance=_provenance_rows(provenance),
            sources=provenance.get("sources", []),
            application=str(provenance.get("application", "")),
            created=str(provenance.get("created", "")),
            version=provenance.get("versions", {}).get("isocline", ""),
        )
    )


def numeric_columns(rows: Iterable[Sequence[Any]]) -> list[bool]:
    """Which columns of a table hold numbers, and so are aligned to the right."""
    columns: list[list[Any]] = []
    for row in rows:
        for index, cell in enumerate(row):
            if index == len(columns):
                columns.append([])
            columns[index].append(cell)
    return [
        any(_is_number(cell) for cell in column)
        and all(_is_number(cell) or cell is None or cell == "" for cell in column)
        for column in columns
    ]


def paragraphs(text: str) -> "Markup":
    """Plain text as HTML: paragraphs, `code` and links."""
    from markupsafe import Markup, escape

    parts = []
    for block in re.split(r"\n\s*\n", text.strip()):
        safe = str(escape(" ".join(block.split())))
        safe = re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)
        safe = _ADDRESS.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', safe)
        parts.append(f"<p>{safe}</p>")
    return Markup("\n".join(parts))


@functools.cache
def _environment() -> "Environment":
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("isocline_run", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters["value"] = _marked_up
    environment.filters["label"] = _label
    environment.filters["paragraphs"] = paragraphs
    environment.filters["numeric"] = numeric_columns
    return environment


def _picture(folder: Path, name: str, caption: str) -> Picture:
    drawn, pixels = folder / f"{name}.svg", folder / f"{name}.png"
    if not drawn.exists():
        there = ", ".join(sorted(path.stem for path in folder.glob("*.svg"))) or "none"
        raise ValueError(f"a section names the figure {name!r}; the figures are: {there}")
    large = drawn.stat().st_size > _LARGE_SVG and pixels.exists()
    path, kind = (pixels, "image/png") if large else (drawn, "image/svg+xml")
    data = base64.b64encode(path.read_bytes()).decode("ascii")
    return Picture(f"data:{kind};base64,{data}", caption or _label(name), caption)


def _headlines(metrics: Mapping[str, Any]) -> list[tuple[str, "Markup"]]:
    """The first numbers and the time taken, for the top of the page."""
    chosen = [
        (_label(name), _marked_up(value))
        for name, value in metrics.items()
        if _is_number(value) and name not in ("seed", "wall_seconds")
    ][:_HEADLINES]
    if chosen and _is_number(metrics.get("wall_seconds")):
        took = format_duration(float(metrics["wall_seconds"]))
        chosen.append(("wall time", _marked_up(took)))
    return chosen


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Nested names as "outer · inner"."""
    rows: list[tuple[str, Any]] = []
    for name, value in values.items():
        if isinstance(value, Mapping) and value:
            rows += _flat(value, f"{prefix}{name} · ")
        else:
            rows.append((prefix + str(name), value))
    return rows


def _settings_rows(settings: Mapping[str, Any]) -> list[tuple[str, Any]]:
    budget = settings.get("budget")
    shown = {} if budget is None else {"budget": format_duration(float(budget))}
    return _flat({**settings, **shown})


def _provenance_rows(made: Mapping[str, Any]) -> list[tuple[str, str]]:
    versions = made.get("versions", {})
    rows = [
        ("command", made.get("command")),
        ("created", made.get("created")),
        ("resumed", ", ".join(made.get("resumed", []))),
        ("seed", made.get("seed")),
        ("config hash", made.get("config_hash")),
        ("git commit", made.get("git_commit")),
        ("versions", ", ".join(f"{name} {number}" for name, number in versions.items())),
        ("python", made.get("python")),
        ("platform", made.get("platform")),
    ]
    return [(name, str(value)) for name, value in rows if value not in (None, "")]


def _is_number(value: Any) -> bool:
    if isinstance(value, bool | str) or value is None:
        return False
    return isinstance(value, int | float) or hasattr(value, "__float__")


def _marked_up(value: Any) -> "Markup":
    """`format_value` with powers of ten as the typesetter has them."""
    from markupsafe import Markup, escape

    return Markup(_POWER.sub(_raised, str(escape(format_value(value)))))


def _raised(power: re.Match[str]) -> str:
    exponent = power[1].translate(_NORMAL)
    return f"×\u202f10<sup>{exponent}</sup>"


def _label(name: str) -> str:
    """A metric's or setting's name as a reader would write it."""
    return " ".join(_SPELLED.get(word, word) for word in name.replace("_", " ").split(" "))
