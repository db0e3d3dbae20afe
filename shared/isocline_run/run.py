"""One run: its folder, clock and records, from the first line to the published result."""

import contextlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from torch import Tensor

from isocline_run import checkpoint as checkpoints
from isocline_run import folder as folders
from isocline_run.budget import Budget
from isocline_run.ending import keeping_what_can_be_resumed
from isocline_run.figure import save_figure
from isocline_run.interrupt import Interruption, listening
from isocline_run.json_file import plain, write_json, write_text
from isocline_run.progress import Progress
from isocline_run.provenance import provenance
from isocline_run.report import Section, render_report
from isocline_run.resume import recorded_run, require_same
from isocline_run.seed import random_state, restore_random_state, seed_everything
from isocline_run.settings import Settings

if TYPE_CHECKING:
    import xarray as xr
    from matplotlib.figure import Figure

_RANDOM = "random_state."


class Run:
    """What an application holds while it runs; made by `open_run`.

    Attributes:
        out: Where the results will be; None for a run that keeps nothing.
        folder: Where to write now.
        settings: The validated settings.
        budget: The wall time.
        provenance: Versions, commit, config hash, seed, command line, time, hashes of the sources.
        resumed: Whether this run goes on with an unfinished one.
    """

    def __init__(
        self,
        folder: Path,
        *,
        out: Path | None,
        settings: Settings,
        budget: Budget,
        provenance: dict[str, Any],
        interruption: Interruption,
        resumed: bool,
    ) -> None:
        self.folder = folder
        self.out = out
        self.settings = settings
        self.budget = budget
        self.provenance = provenance
        self.resumed = resumed
        self._interruption = interruption
        self._metrics: dict[str, Any] = {}
        self._captions: dict[str, str] = {}
        self._seconds_before = 0.0
        if resumed:
            self._take_up()

    @property
    def wall_seconds(self) -> float:
        """Seconds this run has taken, those before a resume included."""
        return self._seconds_before + self.budget.elapsed

    def progress(self, total: int | None = None, description: str = "") -> Progress:
        """A line that shows how far the run is, within its budget; see `Progress`."""
        return Progress(total, description, budget=self.budget, on_update=self._interruption.check)

    def checkpoint(self, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
        """Replace the checkpoint: the tensors and the state from which to go on.

        The states of Python's, NumPy's and PyTorch's random generators are kept with it, so that a
        resumed run draws what the uninterrupted one would have drawn.

        Args:
            tensors: By name, on any device.
            state: Numbers, texts, lists and dictionaries of them.
        """
        random = {_RANDOM + name: value for name, value in random_state().items()}
        log = self.folder / "log.jsonl"
        record = {
            "state": state,
            "wall_seconds": self.wall_seconds,
            "log_bytes": log.stat().st_size if log.exists() else 0,
        }
        with self._interruption.held():
            checkpoints.write_checkpoint(self.folder, {**tensors, **random}, record)

    def last_checkpoint(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """The tensors (on the CPU) and the state of the run that is resumed; None for a new run.

        Restores the random generators too.
        """
        found = checkpoints.read_checkpoint(self.folder) if self.resumed else None
        if found is None:
            return None
        stored, record = found
        random = {k.removeprefix(_RANDOM): v for k, v in stored.items() if k.startswith(_RANDOM)}
        restore_random_state(random)
        tensors = {k: v for k, v in stored.items() if not k.startswith(_RANDOM)}
        return tensors, record["state"]

    def log(self, **record: Any) -> None:
        """Append one line to `log.jsonl`."""
        line = json.dumps(plain(record), ensure_ascii=False, allow_nan=False)
        with (self.folder / "log.jsonl").open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")

    def result(self, dataset: "xr.Dataset") -> Path:
        """Write `result.nc`, with the provenance among its attributes."""
        from isocline_data import to_netcdf

        path = self.folder / "result.nc"
        to_netcdf(dataset, path, provenance=self.provenance, overwrite=True)
        return path

    def model(
        self, tensors: Mapping[str, Tensor], metadata: Mapping[str, Any] | None = None
    ) -> Path:
        """Write `model.safetensors`; metadata that is not text is stored as JSON."""
        texts = {
            name: value if isinstance(value, str) else json.dumps(plain(value))
            for name, value in (metadata or {}).items()
        }
        path = self.folder / "model.safetensors"
        checkpoints.save_tensors(path, tensors, texts)
        return path

    def metrics(self, numbers: Mapping[str, Any]) -> Path:
        """Write `metrics.json`, with `seed` and `wall_seconds` added where they are not given."""
        self._metrics = {
            **numbers,
            "seed": numbers.get("seed", self.settings.seed),
            "wall_seconds": numbers.get("wall_seconds", round(self.wall_seconds, 3)),
        }
        path = self.folder / "metrics.json"
        write_json(path, self._metrics)
        return path

    def figure(self, name: str, figure: "Figure", caption: str = "") -> Path:
        """Write `figures/NAME.png` and `.svg` and close the figure.

        Args:
            name: Of the files and of the figure in a report's section.
            figure: A matplotlib figure.
            caption: What a reader sees below it in the report.
        """
        self._captions[name] = caption
        return save_figure(self.folder / "figures", name, figure)

    def report(self, title: str, sections: Sequence[Section], summary: str = "") -> Path:
        """Write `report.html`: one page with the sections, metrics, settings and provenance.

        Args:
            title: Of the page.
            sections: In the order a reader should meet them.
            summary: A sentence or two below the title: what was found.
        """
        page = render_report(
            title,
            sections,
            summary=summary,
            metrics=self._metrics,
            settings=plain(self.settings.model_dump(mode="json")),
            provenance=self.provenance,
            figures=self.folder / "figures",
            captions=self._captions,
        )
        path = self.folder / "report.html"
        write_text(path, page)
        return path

    def _take_up(self) -> None:
        """Put log and clock back to the last checkpoint."""
        found = checkpoints.read_checkpoint(self.folder)
        record = {"wall_seconds": 0.0, "log_bytes": 0} if found is None else found[1]
        self._seconds_before = float(record["wall_seconds"])
        log = self.folder / "log.jsonl"
        if log.exists():
            with log.open("r+b") as stream:
                stream.truncate(int(record["log_bytes"]))


@contextlib.contextmanager
def open_run(
    out: str | Path | None,
    *,
    application: str,
    settings: Settings,
    force: bool = False,
    resume: bool = False,
    sources: Iterable[str | Path] = (),
    budget_started: float | None = None,
) -> Iterator[Run]:
    """A run for the length of a block; its folder is published when the block ends well.

    The generators are seeded with `settings.seed` and PyTorch is given `settings.threads`.

    Args:
        out: The run's folder; None for one that is dropped at the end (in a notebook).
        application: The application's name, recorded and compared on a resume.
        settings: Recorded in `config.json`, and compared on a resume (all but the budget).
        force: Replace the run in `out` when this one ends well.
        resume: Go on with the unfinished run in `out`.
        sources: Files that the run reads; their sha256 is recorded, and compared on a resume.
        budget_started: When the budget's clock started; now when None. A command passes
            `process_started()`.

    Raises:
        UserError: `out` may not be written, there is nothing to resume, other settings are recorded
            there, or the disk is full.
        Interrupted: Ctrl-C in the block; `out/unfinished` is kept.

    Example:
        A loop that a budget ends and a resume continues::

            with open_run("runs/first", application="pinn", settings=Settings(budget="90s")) as run:
                last = run.last_checkpoint()
                step = 0 if last is None else last[1]["step"]
                with run.progress(1000, "training") as progress:
                    while step < 1000 and not run.budget.reserving(2.0).exhausted:
                        step += 1
                        progress.update(step, loss=1 / step)
                run.metrics({"steps": step})
    """
    budget = (
        Budget(settings.budget)
        if budget_started is None
        else Budget(settings.budget, budget_started)
    )
    with contextlib.ExitStack() as stack:
        target = Path(out) if out is not None else None
        if target is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="isocline-")))
        made = provenance(application, settings.model_dump(mode="json"), sources)
        if target is not None:
            folder = folders.prepare(target, force=force, resume=resume)
            stack.enter_context(folders.lock(folder, target))
        if target is not None and resume:
            made = require_same(target, recorded_run(folder), settings, made)
        stack.enter_context(_threads(settings.threads))
        seed_everything(settings.seed)
        interruption = stack.enter_context(listening())
        with keeping_what_can_be_resumed(target, folder):
            write_json(folder / folders.CONFIG, _config(application, settings, made))
            run = Run(
                folder,
                out=target,
                settings=settings,
                budget=budget,
                provenance=made,
                interruption=interruption,
                resumed=target is not None and resume,
            )
            yield run
            if target is not None:
                with interruption.held():
                    _finish(run, application)


def _finish(run: Run, application: str) -> None:
    """List the files that were written, and publish them."""
    assert run.out is not None
    checkpoints.remove_checkpoint(run.folder)
    config = _config(application, run.settings, run.provenance)
    files = [item.name for item in run.folder.iterdir() if not item.name.startswith(".")]
    write_json(run.folder / folders.CONFIG, config | {"files": sorted(files)})
    folders.publish(run.out)
    run.folder = run.out


def _config(application: str, settings: Settings, made: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "application": application,
        "settings": settings.model_dump(mode="json"),
        "provenance": dict(made),
    }


@contextlib.contextmanager
def _threads(number: int | None) -> Iterator[None]:
    """Give PyTorch so many threads for the length of a block."""
    import torch

    if number is None:
        yield
        return
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
