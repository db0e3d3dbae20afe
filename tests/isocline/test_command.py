"""The `isocline` command: composition, help, version, doctor."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from isocline.cli import app
from isocline.doctor import Finding, examine, show

APPLICATIONS = ("pinn", "forecast", "sysid", "data", "bench")


def test_help_names_every_application_and_imports_none_of_the_heavy_packages() -> None:
    code = (
        "import sys\nfrom isocline.cli import app\nfrom typer.testing import CliRunner\n"
        "print(CliRunner().invoke(app, ['--help']).output)\n"
        "heavy = {'torch', 'xarray', 'deepxde', 'scipy', 'matplotlib', 'pandas'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in (*APPLICATIONS, "demo", "doctor"))
    assert time.perf_counter() - started < 5  # half a second on a quiet machine


def test_version_is_the_distribution_s() -> None:
    from importlib.metadata import version

    output = CliRunner().invoke(app, ["--version"]).output
    assert output.strip() == f"isocline {version('isocline')}"


@pytest.mark.parametrize("application", APPLICATIONS)
def test_every_application_shows_its_commands(application: str) -> None:
    result = CliRunner().invoke(app, [application, "--help"])
    assert result.exit_code == 0
    assert "Commands" in result.output


@pytest.mark.parametrize(
    "module", ["isocline", "isocline_pinn", "isocline_forecast", "isocline_sysid"]
)
def test_python_m_runs_it(module: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_bad_input_is_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "isocline", "data", "describe", str(tmp_path / "nowhere.nc")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "nowhere.nc" in done.stderr


def test_doctor_finds_what_is_installed_and_where_the_data_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ISOCLINE_DATA", str(tmp_path))
    findings = examine()
    by_subject = {finding.subject: finding for finding in findings}
    assert by_subject["torch"].verdict == "ok"
    assert by_subject["CPU"].detail.startswith(tuple("123456789"))
    shipped = [f for f in findings if f.subject.startswith("data in") and "co2" in f.detail]
    assert len(shipped) == 1
    absent = by_subject["data not found"]
    assert "etth1" in absent.detail
    assert "ISOCLINE_DATA" in absent.detail


def test_doctor_says_how_to_get_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        "isocline.doctor._version", lambda name: None if name == "pyarrow" else "1.0"
    )
    findings = examine()
    (parquet,) = [f for f in findings if f.subject == "extra [parquet]"]
    assert parquet == Finding(
        "extra [parquet]", "note", "without pyarrow; pip install 'isocline[parquet]'"
    )
    show(findings)
    assert "isocline[parquet]" in capsys.readouterr().out
