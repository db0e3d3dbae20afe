# ruff: noqa: PT012  (a run is a block of several statements)
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from isocline_run import Settings, UserError, open_run
from isocline_run.folder import RUN_FILES, publish
from isocline_run.json_file import read_json, write_json

Make = Callable[..., Path]


def run_with(out: Path, value: float, **options: bool) -> None:
    with open_run(out, application="test", settings=Settings(), **options) as run:
        run.metrics({"value": value})


def test_nothing_is_in_the_folder_until_the_run_ends_well(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "run"
    with open_run(out, application="test", settings=Settings()) as run:
        run.metrics({"value": 1})
        assert [path.name for path in out.iterdir()] == ["unfinished"]
        assert run.folder == out / "unfinished"
    assert sorted(path.name for path in out.iterdir()) == ["config.json", "metrics.json"]
    assert run.folder == out


def test_an_existing_folder_is_not_overwritten(finished: Make) -> None:
    out = finished(1.0)
    with pytest.raises(UserError) as refused:
        run_with(out, 2.0)
    assert (
        str(refused.value) == f"{out} exists; choose another --out, or pass --force to replace it"
    )
    assert read_json(out / "metrics.json")["value"] == 1.0


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(UserError, match="run is a file, not a folder; choose another --out"):
        run_with(tmp_path / "run", 1.0, force=True)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot be written \(Not a directory\); choose another"):
        run_with(tmp_path / "file" / "run", 1.0)


def test_force_replaces_what_the_last_run_wrote_and_nothing_else(finished: Make) -> None:
    out = finished(1.0, extra="table.csv")
    (out / "notes.txt").write_text("mine")
    (out / "model.safetensors").write_text("of the first run")
    run_with(out, 2.0, force=True)
    assert sorted(path.name for path in out.iterdir()) == [
        "config.json",
        "metrics.json",
        "notes.txt",
    ]
    assert read_json(out / "metrics.json")["value"] == 2.0
    assert (out / "notes.txt").read_text() == "mine"


def test_an_error_leaves_the_old_result_whole(finished: Make) -> None:
    out = finished(1.0)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with (
        pytest.raises(ZeroDivisionError),
        open_run(out, application="test", settings=Settings(), force=True) as run,
    ):
        run.metrics({"value": 2})
        _ = 1 / 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_an_error_in_a_new_run_leaves_nothing_behind(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        open_run(tmp_path / "run", application="test", settings=Settings()),
    ):
        _ = 1 / 0
    assert not (tmp_path / "run").exists()


def test_an_error_after_a_checkpoint_keeps_it(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        open_run(tmp_path / "run", application="test", settings=Settings()) as run,
    ):
        run.checkpoint({}, {"step": 5})
        _ = 1 / 0
    with open_run(tmp_path / "run", application="test", settings=Settings(), resume=True) as run:
        assert run.last_checkpoint() == ({}, {"step": 5})


def test_a_full_disk_leaves_the_old_result_whole(finished: Make) -> None:
    out = finished(1.0)
    with (
        pytest.raises(UserError) as refused,
        open_run(out, application="test", settings=Settings(), force=True) as run,
    ):
        run.metrics({"value": 2})
        (run.folder / "log.jsonl").symlink_to("/dev/full")  # the kernel's own ENOSPC
        run.log(step=1)
    assert str(refused.value) == (
        f"no space is left on the disk of {out}; nothing there was replaced; free some space and "
        "run the command again"
    )
    assert read_json(out / "metrics.json")["value"] == 1.0
    assert sorted(path.name for path in out.iterdir()) == ["config.json", "metrics.json"]


def test_a_full_disk_after_a_checkpoint_can_be_resumed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with (
        pytest.raises(UserError, match="pass --resume to go on from the last checkpoint"),
        open_run(tmp_path / "run", application="test", settings=Settings()) as run,
    ):
        run.checkpoint({}, {})
        monkeypatch.setattr(os, "fsync", no_space)
        run.metrics({})
    assert (tmp_path / "run" / "unfinished" / "checkpoint.json").exists()


def test_a_full_disk_is_seen_where_a_library_hides_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 4096})
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    with (
        pytest.raises(UserError, match="no space is left on the disk of"),
        open_run(tmp_path / "run", application="test", settings=Settings()),
    ):
        raise RuntimeError("NetCDF: HDF error")


def test_an_error_with_space_left_is_not_put_down_to_the_disk(tmp_path: Path) -> None:
    with (
        pytest.raises(RuntimeError, match="NetCDF: HDF error"),
        open_run(tmp_path / "run", application="test", settings=Settings()),
    ):
        raise RuntimeError("NetCDF: HDF error")


def test_a_rename_that_fails_puts_everything_back(
    finished: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = finished(1.0)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    rename, calls = Path.rename, list[Path]()

    def fails_on_the_last(self: Path, target: Path) -> Path:
        calls.append(self)
        if len(calls) == 4:
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    with (
        pytest.raises(PermissionError),
        open_run(out, application="test", settings=Settings(), force=True) as run,
    ):
        run.metrics({"value": 2})
        monkeypatch.setattr(Path, "rename", fails_on_the_last)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


@pytest.mark.parametrize("killed_at", [1, 2, 3, 4, 5])
def test_a_publication_cut_off_is_completed_by_the_next_run(tmp_path: Path, killed_at: int) -> None:
    out = tmp_path / "run"
    for folder, text in ((out, "old"), (out / "unfinished", "new")):
        folder.mkdir()
        write_json(folder / "config.json", {"files": ["config.json", "metrics.json", "x.csv"]})
        write_json(folder / "metrics.json", text)
    (out / "x.csv").write_text("old")
    script = (
        "import os, sys; from pathlib import Path; from isocline_run.folder import publish\n"
        "rename, calls = Path.rename, []\n"
        "def killed(self, target):\n"
        "    calls.append(self)\n"
        f"    if len(calls) == {killed_at}: os._exit(9)\n"
        "    return rename(self, target)\n"
        "Path.rename = killed; publish(Path(sys.argv[1]))"
    )
    assert subprocess.run([sys.executable, "-c", script, out]).returncode == 9
    with pytest.raises(UserError, match="exists; choose another"):
        run_with(out, 3.0)
    assert sorted(path.name for path in out.iterdir()) == ["config.json", "metrics.json"]
    assert read_json(out / "metrics.json") == "new"


def test_publishing_needs_only_renames(tmp_path: Path) -> None:
    out = tmp_path / "run"
    (out / "unfinished" / "figures").mkdir(parents=True)
    (out / "unfinished" / "result.nc").write_bytes(b"1" * 1000)
    node = (out / "unfinished" / "result.nc").stat().st_ino
    publish(out)
    assert (out / "result.nc").stat().st_ino == node


def test_two_processes_do_not_write_to_one_folder(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with open_run(out, application="test", settings=Settings()) as run:
        with pytest.raises(UserError) as refused:
            run_with(out, 2.0, force=True)
        assert str(refused.value) == (
            f"another process is writing to {out}; wait for it, or choose another --out"
        )
        run.metrics({"value": 1.0})
    assert read_json(out / "metrics.json")["value"] == 1.0


def test_without_a_folder_nothing_is_kept() -> None:
    with open_run(None, application="test", settings=Settings()) as run:
        run.metrics({"value": 1})
        folder = run.folder
        assert (folder / "metrics.json").exists()
        assert run.last_checkpoint() is None
    assert not folder.exists()


def test_the_config_lists_what_was_written(finished: Make) -> None:
    config = read_json(finished(extra="table.csv") / "config.json")
    assert config["files"] == ["config.json", "metrics.json", "table.csv"]
    assert Settings.model_validate(config["settings"]) == Settings()
    assert "result.nc" in RUN_FILES
