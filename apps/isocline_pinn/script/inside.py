"""Equations that call `model.net(x)` themselves, in place of using the outputs they are given."""

import contextlib
from collections.abc import Iterator
from types import CodeType
from typing import Any

import torch
from torch import Tensor


class _Answering(torch.nn.Module):
    """The network as an equation sees it during a solve: at the equation's own points, its outputs."""

    def __init__(self, net: torch.nn.Module) -> None:
        super().__init__()
        self.net = net
        self.points: Tensor | None = None
        self.values: Tensor | None = None

    def forward(self, x: Tensor) -> Any:
        """The outputs that the equation was given, where it asks at the points it was given."""
        if x is self.points:
            return self.values
        return self.net(x)


@contextlib.contextmanager
def answering_inside(model: Any) -> Iterator[None]:
    """Let `model.net` answer with the outputs under examination while the model's equation is evaluated.

    Nothing is changed where the equation mentions no `net`.
    """
    data, net = model.data, model.net
    equation = getattr(data, "pde", None)
    if equation is None or not _mentions_net(equation):
        yield
        return
    answering = _Answering(net)

    def of_two(x: Tensor, u: Tensor) -> Any:
        answering.points, answering.values = x, u
        return equation(x, u)

    def of_three(x: Tensor, u: Tensor, auxiliary: Any) -> Any:
        answering.points, answering.values = x, u
        return equation(x, u, auxiliary)

    data.pde = of_two if data.auxiliary_var_fn is None else of_three
    model.net = answering
    try:
        yield
    finally:
        data.pde, model.net = equation, net


def _mentions_net(function: Any, depth: int = 3) -> bool:
    code = getattr(function, "__code__", None)
    if code is None or depth == 0:
        return False
    names = set(_names(code))
    if "net" in names:
        return True
    known = getattr(function, "__globals__", {})
    return any(_mentions_net(known.get(name), depth - 1) for name in names)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    yield from code.co_freevars
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
