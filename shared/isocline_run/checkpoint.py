"""Checkpoints: tensors and a state that are both there or both the ones before."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from isocline_run.errors import UserError
from isocline_run.json_file import plain, write_text

_POINTER = "checkpoint.json"


def save_tensors(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None
) -> None:
    """Write tensors to a safetensors file, atomically.

    Args:
        path: The file.
        tensors: By name. They may share memory; complex128, which the format lacks, is kept as
            pairs of real numbers.
        metadata: Texts stored in the file's header.
    """
    stored, complex_names = {}, []
    for name, tensor in tensors.items():
        value = tensor.detach().cpu().resolve_conj().resolve_neg()
        if value.dtype is torch.complex128:
            value = torch.view_as_real(value)
            complex_names.append(name)
        # A copy: the format refuses tensors that share memory, as tied weights do.
        stored[name] = value.contiguous().clone()
    header = dict(metadata or {})
    if complex_names:
        header["complex128"] = json.dumps(complex_names)
    temporary = path.with_name(f".{path.name}.part")
    try:
        safetensors.torch.save_file(stored, temporary, metadata=header)
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Read the tensors and the metadata of a safetensors file written by `save_tensors`.

    Raises:
        UserError: The file is missing or damaged.
    """
    try:
        with safetensors.safe_open(path, framework="pt") as stored:
            metadata = dict(stored.metadata() or {})
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (OSError, safetensors.SafetensorError) as error:
        raise UserError(f"{path} cannot be read as a safetensors file ({error})") from error
    for name in json.loads(metadata.pop("complex128", "[]")):
        tensors[name] = torch.view_as_complex(tensors[name])
    return tensors, metadata


def write_checkpoint(folder: Path, tensors: Mapping[str, Tensor], state: Mapping[str, Any]) -> None:
    """Replace the checkpoint of a folder.

    The tensors go to a new file; `checkpoint.json`, which names that file and holds the state, is
    then renamed over the last one. Cut off anywhere, the folder holds one checkpoint or the other.
    """
    last = _pointer(folder)
    number = 0 if last is None else int(last["number"]) + 1
    name = f"checkpoint-{number}.safetensors"
    save_tensors(folder / name, tensors)
    # Python's own JSON: a state may well hold an infinite best loss, and only we read it.
    record = {"number": number, "tensors": name, "state": _state(state)}
    write_text(folder / _POINTER, json.dumps(record, indent=2))
    for old in folder.glob("checkpoint-*.safetensors"):
        if old.name != name:
            old.unlink()


def read_checkpoint(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """The tensors and the state last written by `write_checkpoint`; None when there is none.

    Raises:
        UserError: There is one, but it is damaged.
    """
    last = _pointer(folder)
    if last is None:
        return None
    tensors, _ = load_tensors(folder / last["tensors"])
    return tensors, last["state"]


def has_checkpoint(folder: Path) -> bool:
    """Whether a checkpoint was written in this folder."""
    return (folder / _POINTER).exists()


def remove_checkpoint(folder: Path) -> None:
    """Drop the checkpoint: a finished run needs none."""
    (folder / _POINTER).unlink(missing_ok=True)
    for old in folder.glob("checkpoint-*.safetensors"):
        old.unlink()


def _pointer(folder: Path) -> dict[str, Any] | None:
    path = folder / _POINTER
    if not path.exists():
        return None
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(
            f"the checkpoint {path} cannot be read ({error}); pass --force to start anew"
        ) from error
    return found


def _state(value: Any) -> Any:
    """`plain`, but with NaN and ±∞ kept."""
    if isinstance(value, float):
        return float(value)
    if isinstance(value, Mapping):
        return {str(key): _state(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_state(item) for item in value]
    if hasattr(value, "tolist"):
        return _state(value.tolist())
    return plain(value)
