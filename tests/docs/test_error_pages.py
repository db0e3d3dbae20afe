"""Each command on an error page says what the page shows, and ends with exit code 2.

A page holds its set-up in comments (`% setup: shell command`) and what one sees in console blocks.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = sorted(
    path
    for path in (Path(__file__).parents[2] / "docs" / "errors").glob("*.md")
    if path.stem != "index"
)
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)


def _normalised(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_page_shows_what_the_command_says(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8")
    scripts = str(Path(sys.executable).parent)
    environment = os.environ | {
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": "200",
    }
    for command in re.findall(r"^% setup: (.*)$", text, re.MULTILINE):
        subprocess.run(command, shell=True, check=True, cwd=tmp_path, env=environment)
    blocks = BLOCK.findall(text)
    assert blocks, f"{page.name} shows no command"
    for block in blocks:
        command, _, shown = block.partition("\n")
        assert command.startswith("$ isocline ")
        done = subprocess.run(
            command[2:], shell=True, capture_output=True, text=True, cwd=tmp_path, env=environment
        )
        assert done.returncode == 2, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        assert _normalised(shown) in _normalised(done.stderr)


def test_the_index_lists_every_page() -> None:
    index = (PAGES[0].parent / "index.md").read_text(encoding="utf-8")
    assert [name for name in (page.stem for page in PAGES) if f"\n{name}\n" not in index] == []
