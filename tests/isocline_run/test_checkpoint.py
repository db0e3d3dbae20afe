import json
import os
from pathlib import Path

import pytest
import safetensors.torch
import torch

from isocline_run import UserError, checkpoint
from isocline_run.checkpoint import (
    has_checkpoint,
    load_tensors,
    read_checkpoint,
    save_tensors,
    write_checkpoint,
)


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.int64, torch.bool, torch.complex128]
)
def test_tensors_come_back_bit_for_bit(tmp_path: Path, dtype: torch.dtype) -> None:
    value = torch.randn(3, 2, dtype=torch.complex128)
    value = value.to(dtype) if dtype.is_complex else value.real.to(dtype)
    save_tensors(tmp_path / "model.safetensors", {"value": value}, {"note": "text"})
    tensors, metadata = load_tensors(tmp_path / "model.safetensors")
    assert tensors["value"].dtype is dtype
    assert torch.equal(tensors["value"], value)
    assert metadata == {"note": "text"}


def test_tied_strided_and_conjugate_tensors_can_be_saved(tmp_path: Path) -> None:
    whole = torch.arange(6.0).reshape(2, 3)
    tensors = {"whole": whole, "part": whole[0], "turned": whole.T, "scalar": torch.tensor(1.0)}
    tensors["conjugate"] = torch.tensor([1 + 2j], dtype=torch.complex64).conj()
    save_tensors(tmp_path / "m.safetensors", tensors)
    found, _ = load_tensors(tmp_path / "m.safetensors")
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)


def test_a_checkpoint_keeps_its_state(tmp_path: Path) -> None:
    state = {"step": 3, "best": float("inf"), "history": [1.0, 2.0], "nested": {"a": None}}
    write_checkpoint(tmp_path, {"w": torch.ones(2)}, state | {"loss": torch.tensor(0.5)})
    found = read_checkpoint(tmp_path)
    assert found is not None
    tensors, kept = found
    assert torch.equal(tensors["w"], torch.ones(2))
    assert kept == state | {"loss": 0.5}


def test_only_the_last_checkpoint_is_kept(tmp_path: Path) -> None:
    for step in range(3):
        write_checkpoint(tmp_path, {"w": torch.full((1,), float(step))}, {"step": step})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "checkpoint-2.safetensors",
        "checkpoint.json",
    ]


def test_without_a_checkpoint_there_is_none(tmp_path: Path) -> None:
    assert read_checkpoint(tmp_path) is None
    assert not has_checkpoint(tmp_path)


@pytest.mark.parametrize("stage", ["tensors", "pointer"])
def test_cut_off_anywhere_the_last_checkpoint_stays_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    write_checkpoint(tmp_path, {"w": torch.zeros(2)}, {"step": 1})

    def half_way(tensors: object, path: Path, metadata: object = None) -> None:
        Path(path).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    sync, calls = os.fsync, list[int]()

    def no_space_for_the_pointer(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        sync(descriptor)

    if stage == "tensors":
        monkeypatch.setattr(safetensors.torch, "save_file", half_way)
    else:
        monkeypatch.setattr(os, "fsync", no_space_for_the_pointer)
    with pytest.raises(OSError, match="No space left"):
        write_checkpoint(tmp_path, {"w": torch.ones(2)}, {"step": 2})
    found = read_checkpoint(tmp_path)
    assert found is not None
    assert torch.equal(found[0]["w"], torch.zeros(2))
    assert found[1] == {"step": 1}
    assert not list(tmp_path.glob(".*"))


def test_a_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, {"w": torch.zeros(2)}, {})
    (tmp_path / "checkpoint-0.safetensors").write_bytes(b"damaged")
    with pytest.raises(UserError, match=r"checkpoint-0.safetensors cannot be read"):
        read_checkpoint(tmp_path)
    (tmp_path / "checkpoint.json").write_text("{")
    with pytest.raises(UserError, match="pass --force to start anew"):
        read_checkpoint(tmp_path)


def test_the_state_is_a_json_file_one_can_read(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, {}, {"step": 3})
    record = json.loads((tmp_path / checkpoint._POINTER).read_text())
    assert record == {"number": 0, "tensors": "checkpoint-0.safetensors", "state": {"step": 3}}
