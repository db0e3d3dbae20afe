"""A solution in a folder, and from a folder: `model.safetensors` and `solution.json`.

The network's numbers are kept, not its code, nor the user's equation: the problem is read again from the
catalogue or from its file. A few outputs are kept too, and a solution that does not give them again is
refused, so that a changed file is noticed.
"""

from collections.abc import Mapping
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from isocline_pinn import catalogue
from isocline_pinn.backend import load_deepxde, tolerating_deepxde
from isocline_pinn.config import PinnSettings
from isocline_pinn.local.network import Checked, LocalNetwork
from isocline_pinn.network import make_network
from isocline_pinn.problem import Problem, open_problem
from isocline_pinn.solution import Estimate, Solution
from isocline_pinn.whole.network import WholeNetwork
from isocline_run import UserError
from isocline_run.checkpoint import load_tensors, save_tensors
from isocline_run.json_file import read_json, write_json

MODEL, RECORD = "model.safetensors", "solution.json"
_CHECKED = "corrected."
_PROBES = 7


@runtime_checkable
class Describable(Protocol):
    """A network of ours that is made again from a description and its `state_dict`.

    A class method `restored(description, tensors, transform)` makes it; `transform` is the output
    transform of the problem's own network, or None.
    """

    @property
    def description(self) -> dict[str, Any]:
        """Numbers, texts and lists."""


def save_solution(solution: Solution, folder: Path, *, force: bool = False) -> Path:
    """See `Solution.save`."""
    if folder.is_file():
        raise UserError(f"{folder} is a file; give the name of a folder")
    if (folder / RECORD).exists() and not force:
        raise UserError(
            f"{folder} holds a solution; choose another folder, or pass force=True to replace it"
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        save_tensors(folder / MODEL, solution_tensors(solution))
        write_json(folder / RECORD, solution_record(solution))
    except OSError as error:
        raise UserError(
            f"{folder} cannot be written ({error.strerror}); choose another folder"
        ) from error
    return folder


def load_solution(
    folder: str | Path,
    *,
    problem: "str | Path | Problem | Any" = None,
    net: torch.nn.Module | None = None,
) -> Solution:
    """A solution that `Solution.save` or a run wrote.

    Args:
        folder: Written by `Solution.save`, or a run's.
        problem: As `solve` takes it; needed where the solution was that of an object rather than of the
            catalogue or of a file, and where the file has moved.
        net: Needed where a network was given to `solve`: one of the same shape.

    Returns:
        The solution, with its unknowns set in the problem. Its levels are not kept.

    Raises:
        UserError: There is no solution, or problem or network do not belong to it.

    Example:
        >>> import tempfile
        >>> from isocline_pinn import load_solution, solve
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = solve("heat", method="local", budget=None, tolerance=1e-4).save(folder)
        ...     load_solution(folder).relative_l2() < 1e-3
        True
    """
    folder = Path(folder)
    if not (folder / RECORD).is_file():
        raise UserError(f"{folder} holds no {RECORD}; give a run's folder, or one of Solution.save")
    record = read_json(folder / RECORD)
    settings = PinnSettings.model_validate(record["settings"])
    load_deepxde(settings.dtype)
    with tolerating_deepxde():
        opened = _problem(record, problem, folder)
    tensors, _ = load_tensors(folder / MODEL)
    network = _network(record["network"], tensors, opened, net)
    _set_unknowns(opened, record["unknowns"])
    solution = Solution(
        problem=opened,
        net=network,
        settings=settings,
        history=tuple(record["history"]),
        unknowns={name: Estimate(**kept) for name, kept in record["unknowns"].items()},
        iterations=record["iterations"],
        folder=folder,
        error_estimate=record["error_estimate"],
        method=record["method"],
        notes=tuple(record["notes"]),
        estimated_error=_estimated_error(record["network"], tensors, network, opened),
    )
    _compare(solution, record, folder)
    return solution


def solution_tensors(solution: Solution) -> dict[str, Tensor]:
    """The network's numbers, and those of the corrected one that tells its error."""
    tensors = dict(solution.net.state_dict())
    if isinstance(solution.estimated_error, Checked):
        corrected = solution.estimated_error.corrected.state_dict()
        tensors |= {_CHECKED + name: value for name, value in corrected.items()}
    return tensors


def solution_record(solution: Solution) -> dict[str, Any]:
    """Everything else, as JSON takes it."""
    points = np.asarray(solution.problem.data.train_x, dtype=float)
    probes = points[np.linspace(0, len(points) - 1, _PROBES).round().astype(int)]
    return {
        "problem": _address(solution.problem),
        "method": solution.method,
        "notes": list(solution.notes),
        "error_estimate": solution.error_estimate,
        "iterations": solution.iterations,
        "history": [dict(row) for row in solution.history],
        "unknowns": {name: asdict(found) for name, found in solution.unknowns.items()},
        "settings": solution.settings.model_dump(mode="json"),
        "network": _described(solution),
        "probes": {"points": probes.tolist(), "outputs": solution(probes).tolist()},
    }


def _address(problem: Problem) -> dict[str, str]:
    if problem.path is not None:
        return {"name": problem.name, "file": str(problem.path.resolve())}
    if problem.name in catalogue.names():
        return {"name": problem.name, "catalogue": problem.name}
    return {"name": problem.name}


def _described(solution: Solution) -> dict[str, Any]:
    net = solution.net
    kind = type(net)
    if isinstance(net, Describable) and kind.__module__.startswith("isocline_pinn."):
        found = {"class": f"{kind.__module__}:{kind.__qualname__}", "description": net.description}
        if isinstance(solution.estimated_error, Checked):
            corrected = solution.estimated_error.corrected
            found["corrected"] = corrected.description if isinstance(corrected, Describable) else {}
        return found
    widths = [layer.out_features for layer in getattr(net, "linears", [])]
    return {"class": kind.__qualname__, "hidden": widths[:-1]}


def _problem(record: Mapping[str, Any], given: Any, folder: Path) -> Problem:
    address = record["problem"]
    if given is not None:
        return open_problem(given, dtype=record["settings"]["dtype"])
    if "catalogue" in address:
        return catalogue.load_problem(address["catalogue"])
    if "file" not in address:
        raise UserError(
            f"{folder} holds the solution of {address['name']}, which was an object; pass it as problem="
        )
    path = Path(address["file"])
    if not path.is_file():
        raise UserError(
            f"{path}, whose solution {folder} holds, is not there; pass the file's place as problem="
        )
    return open_problem(path, dtype=record["settings"]["dtype"])


def _network(
    described: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    problem: Problem,
    given: torch.nn.Module | None,
) -> torch.nn.Module:
    if "description" in described:
        return _restored(described, tensors, problem)
    net = given or problem.net or make_network(problem, tuple(described["hidden"]) or None)
    try:
        net.load_state_dict({k: v for k, v in tensors.items() if not k.startswith(_CHECKED)})
    except RuntimeError as error:
        raise UserError(
            f"the network of {problem.name} has another shape than the {described['class']} that was "
            "saved; pass one of the same shape as net="
        ) from error
    return net


def _restored(
    described: Mapping[str, Any], tensors: Mapping[str, Tensor], problem: Problem
) -> torch.nn.Module:
    module, _, name = described["class"].partition(":")
    if not module.startswith("isocline_pinn."):
        raise UserError(f"{module} is no module of Isocline; the solution was not written by it")
    kind = getattr(import_module(module), name)
    own = {key: value for key, value in tensors.items() if not key.startswith(_CHECKED)}
    transform = getattr(problem.net, "_output_transform", None)
    made: torch.nn.Module = kind.restored(described["description"], own, transform)
    return made


def _estimated_error(
    described: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    network: torch.nn.Module,
    problem: Problem,
) -> Checked | None:
    if "corrected" not in described or not isinstance(network, LocalNetwork | WholeNetwork):
        return None
    own = {k.removeprefix(_CHECKED): v for k, v in tensors.items() if k.startswith(_CHECKED)}
    transform = getattr(problem.net, "_output_transform", None)
    corrected = type(network).restored(described["corrected"], own, transform)
    return Checked(network, corrected)


def _set_unknowns(problem: Problem, kept: Mapping[str, Mapping[str, Any]]) -> None:
    """The constants found, put into the problem: its equation uses them."""
    for name, tensor in problem.unknowns.items():
        several = tensor.numel() != 1
        labels = [f"{name}{i + 1}" for i in range(tensor.numel())] if several else [name]
        if all(label in kept for label in labels):
            values = torch.tensor([kept[label]["value"] for label in labels], dtype=tensor.dtype)
            with torch.no_grad():
                tensor.copy_(values.reshape(tensor.shape))


def _compare(solution: Solution, record: Mapping[str, Any], folder: Path) -> None:
    """Raise when the network does not give again what it gave when it was saved."""
    probes = record["probes"]
    points, outputs = np.asarray(probes["points"]), np.asarray(probes["outputs"], dtype=float)
    found = solution(points)
    if found.shape != outputs.shape:
        raise UserError(
            f"the solution in {folder} has outputs of shape {outputs.shape}, {solution.problem.name} as "
            f"it is now gives {found.shape}; pass the problem and the network it was solved with"
        )
    slack = 1e-4 if solution.settings.dtype == "float32" else 1e-8
    worst = float(np.nanmax(np.abs(found - outputs))) if np.isfinite(outputs).any() else 0.0
    if worst > slack * max(float(np.nanmax(np.abs(outputs))), 1.0):
        raise UserError(
            f"the solution in {folder} no longer gives what it gave when it was saved (it differs by "
            f"{worst:.1e}); {solution.problem.name} has another transform or network now: pass those it "
            "was solved with as problem= and net="
        )
