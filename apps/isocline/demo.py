"""`isocline demo`: one job of each application on the shipped data, and one page that shows all three."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from isocline_run import UserError

if TYPE_CHECKING:
    from rich.table import Table

Metrics = Mapping[str, float | str]


@dataclass
class Job:
    """One command of an application, and how its numbers read as a sentence.

    Attributes:
        name: Folder of the run, and row of the table.
        title: What it does, for the page.
        module: The application's package, run with `python -m`.
        arguments: Of its command line, without `--out`.
        headline: Reads the sentence off the run folder.
        figure: The one of the run's figures that the page shows.
    """

    name: str
    title: str
    module: str
    arguments: tuple[str, ...]
    headline: Callable[[Path], str]
    figure: str
    state: str = "waiting"
    process: subprocess.Popen[str] | None = field(default=None, repr=False)
    started: float = 0.0
    seconds: float = 0.0


def jobs() -> list[Job]:
    """The three jobs, in the order of the page."""
    return [
        Job(
            "pinn",
            "A PDE solved: Burgers' equation, ν = 0.01/π",
            "isocline_pinn",
            ("solve", "burgers", "--method", "auto", "--budget", "60s"),
            _pinn_headline,
            "1-solution",
        ),
        Job(
            "forecast",
            "A series forecast: CO₂ at Mauna Loa, the last three years held out",
            "isocline_forecast",
            ("run", "co2", "--target", "co2", "--horizon", "3y", "--holdout"),
            _forecast_headline,
            "forecast",
        ),
        Job(
            "sysid",
            "A system identified: lynx and hare of the Hudson Bay record",
            "isocline_sysid",
            ("discover", "lynx_hare", "--states", "hare,lynx"),
            _sysid_headline,
            "simulation",
        ),
    ]


def run_demo(out: Path, *, force: bool = False) -> None:
    """Run the three jobs, show a live table, and leave `out/index.html`.

    Args:
        out: Folder that receives a run folder a job.
        force: Replace `out` when it exists.

    Raises:
        UserError: `out` exists, or a job failed (its last line is passed on).
    """
    from rich.console import Console
    from rich.live import Live

    if out.exists() and not force:
        raise UserError(f"{out} exists; choose another --out, or pass --force to replace it.")
    out.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    todo = jobs()
    console = Console()
    # The first job takes one core for a minute: the two others run beside it, one after the other.
    with Live(_table(todo), console=console, refresh_per_second=2) as live:
        waiting, running = list(todo), list[Job]()
        try:
            while waiting or running:
                while waiting and len(running) < 2:
                    job = waiting.pop(0)
                    _start(job, out)
                    running.append(job)
                running = [job for job in running if not _ended(job, out)]
                live.update(_table(todo))
                time.sleep(0.2)
        finally:
            for job in running:
                if job.process is not None:
                    job.process.terminate()
    page = write_page(out, todo)
    failed = [job for job in todo if job.state.startswith("failed")]
    if failed:
        raise UserError("; ".join(f"{job.name} {job.state}" for job in failed))
    console.print(f"Three jobs in {time.perf_counter() - started:.0f} s:")
    for job in todo:
        console.print(f"  {job.title}: {job.state}", highlight=False)
        console.print(f"    {out / job.name}/ (report.html, result.nc, figures/)", style="dim")
    console.print(f"All three on one page: {page}")


def write_page(out: Path, finished: list[Job]) -> Path:
    """The page that shows the three runs: their sentence, one figure each, and links to their reports."""
    import jinja2

    environment = jinja2.Environment(loader=jinja2.PackageLoader("isocline", "."), autoescape=True)
    page = out / "index.html"
    runs = [
        {
            "title": job.title,
            "headline": job.state,
            "command": " ".join(["isocline", job.name, *job.arguments]),
            "seconds": job.seconds,
            "figure": f"{job.name}/figures/{job.figure}.svg",
            "report": f"{job.name}/report.html",
        }
        for job in finished
    ]
    page.write_text(environment.get_template("demo.html").render(runs=runs), encoding="utf-8")
    return page


def _start(job: Job, out: Path) -> None:
    command = [
        sys.executable,
        "-m",
        job.module,
        *job.arguments,
        "--out",
        str(out / job.name),
        "--force",
    ]
    job.started = time.perf_counter()
    job.state = "running"
    log = (out / f"{job.name}.log").open("w", encoding="utf-8")
    with log:
        job.process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, text=True)


def _ended(job: Job, out: Path) -> bool:
    """Whether the job's process has ended; sets the job's sentence when it has."""
    job.seconds = time.perf_counter() - job.started
    if job.process is None or job.process.poll() is None:
        return False
    if job.process.returncode != 0:
        lines = (out / f"{job.name}.log").read_text(encoding="utf-8").strip().splitlines()
        job.state = f"failed: {lines[-1] if lines else 'no output'}"
    else:
        job.state = job.headline(out / job.name)
    return True


def _table(todo: list[Job]) -> "Table":
    from rich.table import Table

    table = Table("job", "what", "time", "found")
    for job in todo:
        clock = f"{job.seconds:.0f} s" if job.state != "waiting" else ""
        table.add_row(job.name, job.title, clock, job.state)
    return table


def _metrics(folder: Path) -> Metrics:
    found: Metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    return found


def _pinn_headline(folder: Path) -> str:
    return f"relative L2 error {float(_metrics(folder)['relative_l2']):.1e} against the Cole–Hopf solution"


def _forecast_headline(folder: Path) -> str:
    found = _metrics(folder)
    ratio, coverage = float(found["rmse_ratio"]), float(found["coverage_90"])
    return f"{ratio:.2f} × the error of seasonal naive; the 90 % interval holds {coverage:.0%} of the values"


def _sysid_headline(folder: Path) -> str:
    return str(_metrics(folder)["equations"])
