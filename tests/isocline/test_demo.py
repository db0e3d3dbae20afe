"""The demo: runs the jobs, shows what they found, leaves one page; a failing job is named."""

import json
from pathlib import Path

import pytest

from isocline.demo import Job, jobs, run_demo
from isocline_run import UserError

FAKE = """
import json, pathlib, sys
out = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
if "fail" in sys.argv:
    sys.exit("error: the sky is falling")
(out / "figures").mkdir(parents=True)
(out / "figures" / "solution.svg").write_text("<svg/>")
(out / "metrics.json").write_text(json.dumps({"value": 42}))
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "fake_application.py").write_text(FAKE)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return "fake_application"


def _headline(folder: Path) -> str:
    return f"found {json.loads((folder / 'metrics.json').read_text())['value']}"


def test_the_page_shows_what_each_job_found(
    tmp_path: Path, fake: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    todo = [
        Job(name, f"job {name}", fake, ("solve",), _headline, "solution")
        for name in ("one", "two", "three")
    ]
    monkeypatch.setattr("isocline.demo.jobs", lambda: todo)
    run_demo(tmp_path / "demo")
    page = (tmp_path / "demo" / "index.html").read_text()
    for name in ("one", "two", "three"):
        assert f"job {name}" in page
        assert f'src="{name}/figures/solution.svg"' in page
        assert f"isocline {name} solve" in page
    assert page.count("found 42") == 3
    assert "found 42" in capsys.readouterr().out


def test_a_job_that_fails_is_named_with_its_last_line(
    tmp_path: Path, fake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    todo = [Job("bad", "a bad job", fake, ("fail",), _headline, "solution")]
    monkeypatch.setattr("isocline.demo.jobs", lambda: todo)
    with pytest.raises(UserError, match="bad failed: error: the sky is falling"):
        run_demo(tmp_path / "demo")


def test_an_existing_folder_is_kept(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="exists; choose another --out, or pass --force"):
        run_demo(tmp_path)


def test_the_demo_has_one_job_of_each_application() -> None:
    assert [job.module for job in jobs()] == [
        "isocline_pinn",
        "isocline_forecast",
        "isocline_sysid",
    ]
