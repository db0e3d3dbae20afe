import base64
import re
from html.parser import HTMLParser
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from isocline_run import Section, Settings, open_run
from isocline_run.number import format_value
from isocline_run.report import numeric_columns, paragraphs, render_report

_VOID = {"meta", "img", "br", "link", "hr", "input"}


class Page(HTMLParser):
    """A page's elements; fails where they are not nested properly."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def page_text(tmp_path: Path) -> str:
    with open_run(tmp_path / "run", application="pinn", settings=Settings(budget="90s")) as run:
        figure, axes = plt.subplots()
        axes.plot(np.sin(np.linspace(0, 6)))
        run.figure("field", figure, caption="The field u(t, x).")
        run.metrics({"relative_l2": 3.5e-4, "terms": {"x": 1}, "missing": float("nan")})
        run.report(
            "Burgers & <friends>",
            [
                Section("Solution", text="See https://doi.org/10.1/x.", figures=["field"]),
                Section(
                    "Table", table=[["u", 1e-9], ["v", -2.5]], header=["name", "size"], code="u_t"
                ),
            ],
            summary="Solved.",
        )
    return (tmp_path / "run" / "report.html").read_text()


def test_a_page_needs_nothing_but_itself(page_text: str) -> None:
    page = Page(page_text)
    for tag, attributes in page.elements:
        for name in ("src", "href", "srcset", "data", "poster", "action"):
            address = attributes.get(name)
            if address is not None:
                assert address.startswith("data:") or (tag, name) == ("a", "href")
    assert not page.named("script")
    assert not page.named("link")
    style = re.findall(r"<style>(.*?)</style>", page_text, re.DOTALL)[0]
    assert "url(" not in style
    assert "@import" not in style


def test_figures_are_inside_the_page_and_described(page_text: str) -> None:
    (image,) = Page(page_text).named("img")
    assert image["alt"] == "The field u(t, x)."
    kind, _, data = str(image["src"]).partition(",")
    assert kind == "data:image/svg+xml;base64"
    assert b"</svg>" in base64.b64decode(data)


def test_a_page_shows_metrics_settings_and_provenance(page_text: str) -> None:
    text = re.sub(r"<[^>]+>", " ", page_text)
    for part in ("Solved.", "relative L2", "3.5 ×", "config hash", "float64", "wall time", "torch"):
        assert part in text
    assert "1 min 30 s" in text
    assert "terms · x" in text


def test_what_is_text_stays_text(page_text: str) -> None:
    assert "<title>Burgers &amp; &lt;friends&gt;</title>" in page_text
    assert "<friends>" not in page_text


def test_a_page_has_a_light_and_a_dark_side(page_text: str) -> None:
    assert "color-scheme: light dark" in page_text
    assert "prefers-color-scheme: dark" in page_text


def test_tables_align_their_numbers(page_text: str) -> None:
    assert '<th scope="col" class="number">size</th>' in page_text
    assert '<td class="number">−2.5</td>' in page_text
    assert '<td class="number">1 ×\u202f10<sup>−9</sup></td>' in page_text


def test_a_figure_that_was_not_drawn_is_named(tmp_path: Path) -> None:
    (tmp_path / "phase.svg").write_text("<svg/>")
    with pytest.raises(ValueError, match="names the figure 'field'; the figures are: phase"):
        render_report(
            "T",
            [Section("S", figures=["field"])],
            metrics={},
            settings={},
            provenance={},
            figures=tmp_path,
        )


def test_a_large_drawing_is_shown_as_pixels(tmp_path: Path) -> None:
    (tmp_path / "cloud.svg").write_text("<svg>" + " " * 2_000_000 + "</svg>")
    (tmp_path / "cloud.png").write_bytes(b"PNG")
    text = render_report(
        "T",
        [Section("S", figures=["cloud"])],
        metrics={},
        settings={},
        provenance={},
        figures=tmp_path,
    )
    (image,) = Page(text).named("img")
    assert image["src"] == "data:image/png;base64," + base64.b64encode(b"PNG").decode()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.5e-4, "3.5 × 10⁻⁴"),
        (-1.23456e-12, "−1.235 × 10⁻¹²"),
        (9.9999e-4, "1 × 10⁻³"),
        (0.0, "0"),
        (0.98125, "0.9812"),
        (-2.5, "−2.5"),
        (12345.678, "12346"),
        (2.5e7, "2.5 × 10⁷"),
        (float("nan"), "NaN"),
        (float("-inf"), "−∞"),
        (42, "42"),
        (True, "yes"),
        (None, "–"),
        ("text", "text"),
        ([1, 2.5], "1, 2.5"),
        ({"a": 1.0}, "a 1"),
        ([], "–"),
        (np.float64(0.5), "0.5"),
        (np.int64(3), "3"),
        (np.arange(3), "0, 1, 2"),
    ],
)
def test_numbers_are_set_to_four_figures(value: object, text: str) -> None:
    assert format_value(value) == text


def test_a_column_of_numbers_may_have_gaps() -> None:
    rows = [["a", 1, None], ["b", "", 2.0], ["c", 3, "x"]]
    assert numeric_columns(rows) == [False, True, False]


def test_plain_text_becomes_paragraphs_code_and_links() -> None:
    html = paragraphs("One `a < b`.\nStill one.\n\nSee (https://example.org/x).")
    assert str(html) == (
        "<p>One <code>a &lt; b</code>. Still one.</p>\n"
        '<p>See (<a href="https://example.org/x">https://example.org/x</a>).</p>'
    )
