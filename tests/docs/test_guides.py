"""The Python examples of each guide run as they stand, one after the other, without a warning."""

import re
import warnings
from pathlib import Path

import pytest

GUIDES = sorted((Path(__file__).parents[2] / "docs" / "guides").glob("*.md"))
BLOCK = re.compile(r"^(% not run[^\n]*\n+)?```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def _examples(page: Path) -> list[tuple[int, str]]:
    """Line and code of each block that is run."""
    text = page.read_text(encoding="utf-8")
    return [
        (text.count("\n", 0, found.start(2)), found[2])
        for found in BLOCK.finditer(text)
        if found[1] is None
    ]


@pytest.mark.parametrize(
    "page", [page for page in GUIDES if _examples(page)], ids=lambda page: page.stem
)
def test_the_examples_of_a_guide_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__guide__"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for line, code in _examples(page):
            # Blank lines before the code: a traceback then names the line of the page.
            exec(compile("\n" * line + code, str(page), "exec"), names)


def test_there_are_guides() -> None:
    assert GUIDES
