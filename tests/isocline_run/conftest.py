"""Problems that the tests of a run share."""
# ruff: noqa: PT012  (a run is a block of several statements)

from collections.abc import Callable
from pathlib import Path

import pytest

from isocline_run import Settings, open_run

Make = Callable[..., Path]


@pytest.fixture
def finished(tmp_path: Path) -> Make:
    """Makes a finished run with one metric and returns its folder."""

    def make(value: float = 1.0, *, name: str = "run", extra: str | None = None) -> Path:
        out = tmp_path / name
        with open_run(out, application="test", settings=Settings()) as run:
            run.metrics({"value": value})
            if extra:
                (run.folder / extra).write_text("of the first run")
        return out

    return make


@pytest.fixture
def unfinished(tmp_path: Path) -> Make:
    """Makes a run interrupted after a checkpoint at step 3 and returns its folder."""
    import torch

    def make(settings: Settings | None = None, sources: tuple[Path, ...] = ()) -> Path:
        out = tmp_path / "run"
        with (
            pytest.raises(KeyboardInterrupt),
            open_run(
                out, application="test", settings=settings or Settings(), sources=sources
            ) as run,
        ):
            run.log(step=3)
            run.checkpoint({"weight": torch.arange(3.0)}, {"step": 3})
            run.log(step=4)
            raise KeyboardInterrupt
        return out

    return make
