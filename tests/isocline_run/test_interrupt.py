# ruff: noqa: PT012  (a run is a block of several statements)
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from isocline_run import Interrupted, Settings, open_run
from isocline_run.interrupt import listening

_SCRIPT = """
import sys, time, torch, typer
from isocline_run import Settings, open_run, run_command_line

app = typer.Typer()

@app.command()
def train(out: str, resume: bool = False, checkpoint: bool = True, stubborn: bool = False) -> None:
    with open_run(out, application="test", settings=Settings(), resume=resume) as run:
        last = run.last_checkpoint()
        if last is not None:
            run.metrics({"resumed_at": last[1]["step"]})
            return
        if checkpoint:
            run.checkpoint({"w": torch.ones(2)}, {"step": 42})
        with run.progress(description="training") as progress:
            try:
                print("ready", flush=True)
                for step in range(10_000):
                    progress.update(step)
                    time.sleep(0.01)
            except KeyboardInterrupt:
                if stubborn:
                    print("stopping slowly", flush=True)
                    time.sleep(60)
                raise

run_command_line(app)
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(_SCRIPT)
    return path


def start(script: Path, *arguments: str | Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, script, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process: "subprocess.Popen[str]", line: str) -> None:
    assert process.stdout is not None
    assert process.stdout.readline().strip() == line


def test_ctrl_c_leaves_a_folder_that_can_be_resumed(script: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with start(script, out) as process:
        wait_for(process, "ready")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.splitlines()[-1] == (
        f"interrupted; {out} keeps the unfinished run: add --resume to the same command to go on "
        "from its last checkpoint"
    )
    assert "Traceback" not in said
    assert [path.name for path in out.iterdir()] == ["unfinished"]
    resumed = subprocess.run([sys.executable, script, out, "--resume"], timeout=60)
    assert resumed.returncode == 0
    assert '"resumed_at": 42' in (out / "metrics.json").read_text()


def test_ctrl_c_twice_ends_the_process_at_once(script: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with start(script, out, "--stubborn") as process:
        wait_for(process, "ready")
        process.send_signal(signal.SIGINT)
        wait_for(process, "stopping slowly")
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert time.monotonic() - sent < 5
    assert (out / "unfinished" / "checkpoint.json").exists()


def test_before_the_first_checkpoint_the_folder_says_so(script: Path, tmp_path: Path) -> None:
    with start(script, tmp_path / "run", "--no-checkpoint") as process:
        wait_for(process, "ready")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode == 130
    assert said.splitlines()[-1].endswith(
        "it has no checkpoint yet, so --resume will start from the beginning"
    )


def test_an_interruption_is_not_caught_as_an_error() -> None:
    assert issubclass(Interrupted, KeyboardInterrupt)
    assert not issubclass(Interrupted, Exception)


def test_a_swallowed_ctrl_c_still_stops_the_run(tmp_path: Path) -> None:
    stopped = False
    with (
        pytest.raises(Interrupted),
        open_run(tmp_path / "run", application="test", settings=Settings()) as run,
        run.progress() as progress,
    ):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            stopped = True  # as a callback from C would swallow it
        progress.update(1)
    assert stopped


def test_ctrl_c_waits_for_a_held_block() -> None:
    done = False
    with listening() as interruption, pytest.raises(KeyboardInterrupt), interruption.held():
        signal.raise_signal(signal.SIGINT)
        done = True
    assert done


def test_a_last_checkpoint_can_be_written_after_ctrl_c(tmp_path: Path) -> None:
    with (
        pytest.raises(Interrupted),
        open_run(tmp_path / "run", application="test", settings=Settings()) as run,
    ):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            run.checkpoint({}, {"step": 9})
            raise
    with open_run(tmp_path / "run", application="test", settings=Settings(), resume=True) as run:
        assert run.last_checkpoint() == ({}, {"step": 9})


def test_the_handler_of_before_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    with listening():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_a_run_in_another_thread_leaves_signals_alone(tmp_path: Path) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with open_run(tmp_path / "run", application="test", settings=Settings()) as run:
                run.metrics({})
        except BaseException as error:  # noqa: BLE001  whatever it is, the test shows it
            failures.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert failures == []
    assert (tmp_path / "run" / "metrics.json").exists()


def test_without_a_folder_ctrl_c_is_only_ctrl_c() -> None:
    with (
        pytest.raises(KeyboardInterrupt) as stopped,
        open_run(None, application="test", settings=Settings()),
    ):
        raise KeyboardInterrupt
    assert not isinstance(stopped.value, Interrupted)
