"""The README's Python examples run."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS, ids=[str(i) for i in range(len(BLOCKS))])
def test_the_example_runs(block: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(block, str(README), "exec"), {})


def test_there_is_an_example_of_each_application() -> None:
    text = "\n".join(BLOCKS)
    assert all(
        f"from {name} import" in text
        for name in ("isocline_pinn", "isocline_forecast", "isocline_sysid")
    )
