"""Fitted models on disk: one safetensors file, its header JSON, nothing that could run code."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cftime
import numpy as np
import torch
import xarray as xr
from torch import Tensor

from isocline_forecast.contract import Model
from isocline_forecast.fitted import Fitted
from isocline_forecast.history import History
from isocline_forecast.intervals import ConformalOffsets
from isocline_forecast.models import MODELS
from isocline_forecast.select import Trial
from isocline_forecast.time_axis import TimeAxis
from isocline_run import UserError
from isocline_run.checkpoint import load_tensors, save_tensors

FORMAT = 1
NAME = "model.safetensors"
_HEADER = "forecaster"
_UNITS = "microseconds since 1970-01-01"


def save_fitted(path: Path, fitted: Fitted, history: History, trials: Sequence[Trial] = ()) -> Path:
    """Write a fitted model and its history; `path` is a file, or a folder that receives one."""
    path = path / NAME if path.is_dir() or not path.suffix else path
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors, header = pack(fitted, history, trials)
    save_tensors(path, tensors, {_HEADER: json.dumps(header[_HEADER])})
    return path


def pack(
    fitted: Fitted, history: History, trials: Sequence[Trial] = ()
) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """The tensors and the header that a saved model consists of."""
    stamps, encoding = _encode(history.axis.stamps)
    arrays = {f"model.{k}": v for k, v in fitted.model.tensors().items()}
    arrays |= {"centre": fitted.centre, "scale": fitted.scale, "levels": fitted.levels}
    arrays |= {"history.values": history.values, "history.positions": history.axis.positions}
    arrays["history.stamps"] = stamps
    if fitted.offsets is not None:
        arrays["offsets"] = fitted.offsets.offsets
    axis = history.axis
    header = {
        "format": FORMAT,
        "model": fitted.model.name,
        "settings": fitted.model.settings(),
        "horizon": fitted.horizon,
        "notes": fitted.notes,
        "widened": fitted.offsets is not None and fitted.offsets.widened,
        "axis": {
            "name": axis.name,
            "size": axis.size,
            "months": axis.months,
            "regular": axis.regular,
        },
        "stamps": encoding,
        "template": _plain(history.template.to_dict()),
        "trials": [asdict(trial) for trial in trials],
    }
    tensors = {name: torch.from_numpy(np.array(array)) for name, array in arrays.items()}
    return tensors, {_HEADER: header}


def load_fitted(path: Path) -> tuple[Fitted, History, list[Trial]]:
    """Read what `save_fitted` or a run wrote.

    Raises:
        UserError: The file is missing, damaged, no forecaster, or of another version.
    """
    path = path / NAME if path.is_dir() else path
    tensors, metadata = load_tensors(path)
    if _HEADER not in metadata:
        raise UserError(f"{path} holds no forecaster; give a file that Forecaster.save wrote")
    header = json.loads(metadata[_HEADER])
    if header["format"] != FORMAT:
        raise UserError(
            f"{path} was written by another version (format {header['format']}, this one reads {FORMAT}); "
            "fit the model again"
        )
    arrays = {name: tensor.numpy() for name, tensor in tensors.items()}
    model: Model = MODELS[header["model"]]()
    own = {k.removeprefix("model."): v for k, v in arrays.items() if k.startswith("model.")}
    model.restore(own, header["settings"])
    levels = arrays["levels"]
    offsets = None
    if "offsets" in arrays:
        offsets = ConformalOffsets(levels, arrays["offsets"], header["widened"])
    fitted = Fitted(
        model,
        arrays["centre"],
        arrays["scale"],
        levels,
        offsets,
        header["horizon"],
        header["notes"],
    )
    stamps = _decode(arrays["history.stamps"], header["stamps"])
    axis = TimeAxis(stamps=stamps, positions=arrays["history.positions"], **header["axis"])
    history = History(axis, arrays["history.values"], xr.Dataset.from_dict(header["template"]))
    return fitted, history, [Trial(**trial) for trial in header["trials"]]


def _encode(stamps: np.ndarray) -> tuple[np.ndarray, dict[str, str]]:
    if stamps.dtype.kind == "M":
        return stamps.astype("int64"), {"kind": "datetime64", "dtype": str(stamps.dtype)}
    if isinstance(stamps.flat[0], cftime.datetime):
        calendar = str(stamps.flat[0].calendar)
        numbers = np.asarray(cftime.date2num(stamps, _UNITS, calendar), dtype=np.int64)
        return numbers, {"kind": "cftime", "calendar": calendar}
    return stamps, {"kind": "number"}


def _decode(numbers: np.ndarray, encoding: dict[str, str]) -> np.ndarray:
    if encoding["kind"] == "datetime64":
        return numbers.astype(encoding["dtype"])
    if encoding["kind"] == "cftime":
        return np.asarray(cftime.num2date(numbers, _UNITS, encoding["calendar"]), dtype=object)
    return numbers


def _plain(value: Any) -> Any:
    """The labels of a dataset as JSON can hold them; its numbers (one time slice) are not needed."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return _plain(value.item()) if hasattr(value, "item") else str(value)
