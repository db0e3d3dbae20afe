from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from isocline_run import Interrupted, Settings, UserError, open_run
from isocline_run.json_file import read_json

Make = Callable[..., Path]


def refusal(out: Path, settings: Settings | None = None, application: str = "test") -> str:
    with (
        pytest.raises(UserError) as refused,
        open_run(out, application=application, settings=settings or Settings(), resume=True),
    ):
        pass
    return str(refused.value)


def test_a_resumed_run_starts_from_its_checkpoint(unfinished: Make) -> None:
    out = unfinished()
    with open_run(out, application="test", settings=Settings(), resume=True) as run:
        found = run.last_checkpoint()
        assert found is not None
        tensors, state = found
        assert list(tensors) == ["weight"]
        assert torch.equal(tensors["weight"], torch.arange(3.0))
        assert state == {"step": 3}
        assert run.resumed
        run.metrics({})
    assert sorted(path.name for path in out.iterdir()) == [
        "config.json",
        "log.jsonl",
        "metrics.json",
    ]


def test_lines_logged_after_the_checkpoint_are_not_logged_twice(unfinished: Make) -> None:
    out = unfinished()
    with open_run(out, application="test", settings=Settings(), resume=True) as run:
        run.log(step=4)
    assert (out / "log.jsonl").read_text() == '{"step": 3}\n{"step": 4}\n'


def test_wall_time_before_the_resume_counts(unfinished: Make) -> None:
    out = unfinished()
    path = out / "unfinished" / "checkpoint.json"
    path.write_text(path.read_text().replace('"wall_seconds": 0', '"wall_seconds": 1000'))
    with open_run(out, application="test", settings=Settings(), resume=True) as run:
        assert run.wall_seconds > 999
        assert run.budget.elapsed < 60


def test_a_new_run_has_no_checkpoint(tmp_path: Path) -> None:
    with open_run(tmp_path / "run", application="test", settings=Settings()) as run:
        run.checkpoint({}, {})
        assert run.last_checkpoint() is None


def walk(out: Path, *, stop_at: int | None = None, resume: bool = False) -> torch.Tensor:
    """A random walk of ten steps, with a checkpoint at each."""
    with open_run(out, application="walk", settings=Settings(seed=5), resume=resume) as run:
        last = run.last_checkpoint()
        place, step = (last[0]["place"], last[1]["step"]) if last else (torch.zeros(2), 0)
        for now in range(step, 10):
            if now == stop_at:
                raise KeyboardInterrupt
            place = place + torch.randn(2)
            run.checkpoint({"place": place}, {"step": now + 1})
    return place


def test_a_resumed_run_ends_bit_for_bit_where_the_whole_one_does(tmp_path: Path) -> None:
    whole = walk(tmp_path / "whole")
    with pytest.raises(Interrupted):
        walk(tmp_path / "parts", stop_at=6)
    assert torch.equal(walk(tmp_path / "parts", resume=True), whole)


def test_a_folder_with_an_unfinished_run_says_so(unfinished: Make) -> None:
    out = unfinished()
    with (
        pytest.raises(UserError) as refused,
        open_run(out, application="test", settings=Settings()),
    ):
        pass
    assert str(refused.value) == (
        f"{out} holds an unfinished run; pass --resume to go on with it, or --force to start anew"
    )


def test_force_starts_an_unfinished_run_anew(unfinished: Make) -> None:
    out = unfinished()
    with open_run(out, application="test", settings=Settings(seed=9), force=True) as run:
        assert run.last_checkpoint() is None
    assert read_json(out / "config.json")["settings"]["seed"] == 9
    assert not (out / "log.jsonl").exists()


def test_there_must_be_something_to_resume(tmp_path: Path, finished: Make) -> None:
    out = tmp_path / "nowhere"
    assert refusal(out) == (f"{out} holds no unfinished run; leave --resume out to start one")
    assert not out.exists()
    out = finished()
    assert refusal(out) == (
        f"{out} holds a finished run and nothing to resume; leave --resume out and choose another "
        "--out, or pass --force to replace it"
    )


def test_other_settings_are_named(unfinished: Make) -> None:
    out = unfinished(Settings(seed=1))
    assert refusal(out, Settings(seed=2, dtype="float32")) == (
        f"the unfinished run in {out} has other settings: seed was 1 and is now 2, dtype was "
        "'float64' and is now 'float32'; pass the same ones to resume it, or --force to start anew"
    )
    assert (out / "unfinished" / "checkpoint.json").exists()


def test_a_setting_that_was_not_there_is_named(unfinished: Make) -> None:
    class Wider(Settings):
        width: int = 24

    assert "width was not there and is now 24" in refusal(unfinished(), Wider())


def test_the_budget_may_differ(unfinished: Make) -> None:
    out = unfinished(Settings(budget=10.0))
    with open_run(out, application="test", settings=Settings(budget="1h"), resume=True) as run:
        assert run.budget.left > 3000
    assert read_json(out / "config.json")["settings"]["budget"] == 3600.0


def test_another_application_cannot_resume(unfinished: Make) -> None:
    out = unfinished()
    assert refusal(out, application="pinn") == (
        f"{out} holds an unfinished run of test, not of pinn; choose another --out"
    )


def test_a_data_file_that_changed_is_named(unfinished: Make, tmp_path: Path) -> None:
    source = tmp_path / "data.nc"
    source.write_bytes(b"one")
    out = unfinished(sources=(source,))
    source.write_bytes(b"two")
    with (
        pytest.raises(UserError) as refused,
        open_run(out, application="test", settings=Settings(), resume=True, sources=[source]),
    ):
        pass
    assert str(refused.value) == (
        f"{source} has changed since the unfinished run in {out} read it; pass --force to start anew"
    )


def test_a_damaged_record_is_named(unfinished: Make) -> None:
    out = unfinished()
    (out / "unfinished" / "config.json").write_text("{}")
    assert "config.json is not the record of a run" in refusal(out)


def test_the_record_keeps_when_it_was_begun_and_resumed(unfinished: Make) -> None:
    out = unfinished()
    begun = read_json(out / "unfinished" / "config.json")["provenance"]["created"]
    with open_run(out, application="test", settings=Settings(), resume=True):
        pass
    made = read_json(out / "config.json")["provenance"]
    assert made["created"] == begun
    assert len(made["resumed"]) == 1


def test_a_resumed_run_that_is_interrupted_can_be_resumed_again(unfinished: Make) -> None:
    out = unfinished()
    with (
        pytest.raises(Interrupted, match="add --resume to the same command"),
        open_run(out, application="test", settings=Settings(), resume=True),
    ):
        raise KeyboardInterrupt
    with open_run(out, application="test", settings=Settings(), resume=True) as run:
        assert run.last_checkpoint() is not None
