"""While a script runs, its `dde.Model` hands over to the engine and other backends' names exist."""

import builtins
import contextlib
import os
import sys
import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import deepxde as dde
import torch

from isocline_pinn.script.handover import HandedOver, predict_in_parts
from isocline_pinn.script.networks import stand_ins, tolerant_network
from isocline_pinn.script.tensorflow_names import tensorflow_over_pytorch, variable

_TENSORFLOW = (
    "tensorflow",
    "tensorflow.compat",
    "tensorflow.compat.v1",
    "tensorflow.math",
    "tensorflow.random",
)


@contextlib.contextmanager
def intercepting(
    train: Callable[..., Any],
    measured: Callable[[Any], None],
    say: Callable[[str], None],
    path: Path,
) -> Iterator[None]:
    """Let `train(model, …)` take the place of `dde.Model.train`, and let other backends' scripts run.

    Args:
        train: Called with the model and what the script passes to its `train`.
        measured: Called with a model that the script asks for outputs.
        say: Told in a sentence about each thing that is left out.
        path: The script; files it reads are looked for beside it when they are not where it runs.
    """
    with contextlib.ExitStack() as stack:
        intercept_model(stack, train, measured, say)
        _offer_other_backends(stack)
        _keep_settings(stack, say)
        stack.enter_context(_replaced(builtins, "open", _opening_beside(path.resolve().parent)))
        yield


@contextlib.contextmanager
def _replaced(place: Any, name: str, value: Any) -> Iterator[None]:
    missing = object()
    before = getattr(place, name, missing)
    setattr(place, name, value)
    try:
        yield
    finally:
        if before is missing:
            delattr(place, name)
        else:
            setattr(place, name, before)


def intercept_model(
    stack: contextlib.ExitStack,
    train: Callable[..., Any],
    measured: Callable[[Any], None],
    say: Callable[[str], None],
) -> None:
    """Let a model's methods do what they do with a solution in the place of its network."""
    model = dde.Model
    predict, restore = model.predict, model.restore

    def predict_here(self: Any, x: Any, operator: Any = None, callbacks: Any = None) -> Any:
        measured(self)
        return predict_in_parts(predict, self, x, operator, callbacks)

    def restore_here(self: Any, save_path: Any, *arguments: Any, **named: Any) -> Any:
        if isinstance(self.net, HandedOver) and not Path(save_path).is_file():
            say(f"{save_path} is not there to be restored; the model keeps its solution")
            return None
        return restore(self, save_path, *arguments, **named)

    def train_here(self: Any, *arguments: Any, **named: Any) -> Any:
        return train(self, *arguments, **named)

    stack.enter_context(_replaced(model, "compile", compile_idly(model.compile)))
    stack.enter_context(_replaced(model, "train", train_here))
    stack.enter_context(_replaced(model, "predict", predict_here))
    stack.enter_context(_replaced(model, "restore", restore_here))


def compile_idly(compile_model: Callable[..., Any]) -> Callable[..., None]:
    """`Model.compile` without the optimiser, which has nothing to do and may be another backend's."""

    def compile_here(self: Any, optimizer: Any = "adam", *arguments: Any, **named: Any) -> None:
        if getattr(self.net, "regularizer", None) is not None:
            self.net.regularizer = None
        with _replaced(dde.optimizers, "get", lambda *_, **__: (_Idle(), None)):
            compile_model(self, optimizer, *arguments, **named)

    return compile_here


class _Idle:
    """An optimiser that is never asked for a step, and is saved with a model."""

    def state_dict(self) -> dict[str, Any]:
        return {}

    def load_state_dict(self, state: Any) -> None:
        """There is no state."""


def _offer_other_backends(stack: contextlib.ExitStack) -> None:
    tf = tensorflow_over_pytorch()
    stack.enter_context(_replaced(dde.backend, "tf", tf))
    modules: dict[str, types.ModuleType] = dict.fromkeys(_TENSORFLOW, tf)
    modules["paddle"] = tensorflow_over_pytorch("paddle")
    before = {name: sys.modules.get(name) for name in modules}
    sys.modules.update(modules)

    def put_back() -> None:
        for name, module in before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module

    stack.callback(put_back)
    for name, make in stand_ins().items():
        stack.enter_context(_replaced(dde.nn, name, make))
    for name in ("FNN", "PFNN"):
        tolerant = tolerant_network(getattr(dde.nn, name))
        stack.enter_context(_replaced(dde.nn, name, tolerant))
    stack.enter_context(_replaced(dde, "Variable", variable))
    stack.enter_context(_replaced(dde.backend, "Variable", variable))


def _keep_settings(stack: contextlib.ExitStack, say: Callable[[str], None]) -> None:
    """The script's wishes about precision, devices and compilers are heard, and not followed."""

    def precision(value: str) -> None:
        if value not in ("float64", "float32"):
            say(f"the script asks for {value}; it is solved in double precision")

    def ignore(*_: Any, **__: Any) -> None:
        """Nothing to set here."""

    stack.enter_context(_replaced(dde.config, "set_default_float", precision))
    for name in ("set_default_autodiff", "enable_xla_jit", "disable_xla_jit"):
        stack.enter_context(_replaced(dde.config, name, ignore))
    stack.enter_context(_replaced(dde.backend, "set_default_backend", ignore))
    environment = os.environ.get("DDE_BACKEND")
    kind = torch.get_default_dtype()

    def put_back() -> None:
        torch.set_default_dtype(kind)
        if environment is not None:
            os.environ["DDE_BACKEND"] = environment

    stack.callback(put_back)


def _opening_beside(folder: Path) -> Callable[..., Any]:
    """`open` that finds a file to be read beside the script when it is not in the working folder."""
    plain = builtins.open

    def open_here(file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if isinstance(file, str | os.PathLike) and "r" in mode and "+" not in mode:
            given = Path(os.fspath(file)) if not isinstance(file, bytes) else None
            if given is not None and not given.is_absolute() and not given.exists():
                beside = folder / given
                file = beside if beside.exists() else file
        return plain(file, mode, *arguments, **named)

    return open_here
