"""Running a user's DeepXDE file as it stands, up to where it would begin to train."""

import contextlib
import sys
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from isocline_pinn.backend import tolerating_deepxde
from isocline_pinn.problem import Problem, describe_data
from isocline_run import UserError

# What evaluating a user's equation with wrong names, shapes or numbers raises.
EVALUATION_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
)


class _ModelIsMade(BaseException):
    """The file has handed its problem to `dde.Model`: what follows is training and plotting."""

    def __init__(self, model: Any, variables: list[Tensor]) -> None:
        super().__init__()
        self.model = model
        self.variables = variables


def read_problem_file(path: Path) -> Problem:
    """The problem that a Python file defines.

    The file is run until its end, or until it compiles a `dde.Model`: training is this application's.
    `data` (and `net`, and each `dde.Variable`) are taken from its names or from that model.

    Args:
        path: The file.

    Raises:
        UserError: The file is missing, raises, or defines no `data`.
    """
    if not path.is_file():
        raise UserError(f"{path} is not there; give the path of a Python file that defines `data`")
    names: dict[str, Any] = {"__name__": "__main__", "__file__": str(path)}
    variables: list[Tensor] = []
    try:
        with beside(path), _stopping_at_the_model(), tolerating_deepxde():
            # The user's own file, run because the user asked for it.
            exec(compile(path.read_bytes(), str(path), "exec"), names)
    except _ModelIsMade as made:
        names.setdefault("data", made.model.data)
        names.setdefault("net", made.model.net)
        variables = made.variables
    except SystemExit:
        pass
    except Exception as error:
        raise UserError(sentence_about(error, path)) from error
    return problem_from_names(names, path, variables)


def problem_from_names(
    names: dict[str, Any], path: Path, variables: Sequence[Tensor] = ()
) -> Problem:
    """The problem among a file's names: `data`, `net` if it is there, each `dde.Variable`.

    Args:
        names: Of the file, after it was run.
        path: The file.
        variables: Unknown constants that need not be among the names.

    Raises:
        UserError: There is no `data`, or `net` is no network.
    """
    if "data" not in names:
        raise UserError(
            f"{path} defines no `data`; give that name to its dde.data.PDE or dde.data.TimePDE, or train a "
            "dde.Model with it"
        )
    net = names.get("net")
    if net is not None and not isinstance(net, torch.nn.Module):
        raise UserError(
            f"`net` in {path} is a {type(net).__name__}; give that name to a torch.nn.Module such as "
            "dde.nn.FNN, or to nothing"
        )
    problem = describe_data(names["data"], net, name=path.stem, path=path)
    return replace(problem, unknowns=_unknowns(names, variables, net))


def sentence_about(error: BaseException, path: Path | None) -> str:
    """One sentence about an error that a user's file raised: file, line, kind, message."""
    message = " ".join(str(error).split()) or "no message"
    kind = type(error).__name__
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}: {kind}: {error.msg}; correct the file"
    # NumPy's and PyTorch's own frames come last; the line to correct is the last one of the user's file.
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if path is not None and Path(f.filename) == path] or frames[-1:]
    place = f"{own[-1].filename}, line {own[-1].lineno}" if own else "the problem"
    code = f" in `{own[-1].line}`" if own and own[-1].line else ""
    return f"{place}: {kind}: {message}{code}; {_what_to_do(error)}"


def _what_to_do(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"install {error.name.partition('.')[0]}, or correct the file"
    for package in ("numpy", "matplotlib", "scipy"):
        if isinstance(error, AttributeError | ImportError) and _is_about(error, package):
            version = getattr(sys.modules.get(package), "__version__", "")
            return f"the file was written for another {package} than {version}; correct the file"
    return "correct the file"


def _is_about(error: AttributeError | ImportError, package: str) -> bool:
    """Whether a name is missing from a package, or from one of its objects."""
    if isinstance(error, ImportError):
        return (error.name or "").partition(".")[0] == package
    owner = error.obj
    named = (
        getattr(owner, "__name__", "") if isinstance(owner, ModuleType) else type(owner).__module__
    )
    # A package that looks names up by itself (NumPy) leaves no object, but its own frame.
    last = traceback.extract_tb(error.__traceback__)[-1].filename
    return named.partition(".")[0] == package or package in Path(last).parts


def _unknowns(names: dict[str, Any], variables: Sequence[Tensor], net: Any) -> dict[str, Tensor]:
    """Each `dde.Variable` among the file's names: a tensor of its own that asks for a gradient."""
    of_net = {id(p) for p in net.parameters()} if net is not None else set()
    found: dict[str, Tensor] = {}
    for name, value in names.items():
        several = isinstance(value, list | tuple)
        for index, item in enumerate(value if several else [value]):
            if not isinstance(item, Tensor) or not item.is_leaf or not item.requires_grad:
                continue
            if id(item) not in of_net and all(item is not known for known in found.values()):
                found[f"{name}{index + 1}" if several else name] = item
    for index, item in enumerate(variables):
        if all(item is not known for known in found.values()):
            found[f"variable{index + 1}"] = item
    return found


@contextlib.contextmanager
def beside(path: Path) -> Iterator[None]:
    """Let the file import its neighbours."""
    folder = str(path.resolve().parent)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(folder)


@contextlib.contextmanager
def _stopping_at_the_model() -> Iterator[None]:
    import deepxde as dde

    methods = {name: getattr(dde.Model, name) for name in ("compile", "train")}

    def stop(self: Any, *_: Any, external_trainable_variables: Any = None, **__: Any) -> None:
        given = external_trainable_variables
        variables = (
            [] if given is None else list(given) if isinstance(given, list | tuple) else [given]
        )
        raise _ModelIsMade(self, variables)

    for name in methods:
        setattr(dde.Model, name, stop)
    try:
        yield
    finally:
        for name, method in methods.items():
            setattr(dde.Model, name, method)
