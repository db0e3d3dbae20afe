"""Problems with exact solutions, shared by the tests of this folder."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import torch
from torch import Tensor


@pytest.fixture(autouse=True)
def _single_precision_by_default() -> Iterator[None]:
    """PyTorch's own default, whatever a test of another folder left behind in this process."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float32)
    yield
    torch.set_default_dtype(before)


@dataclass(frozen=True)
class Problem:
    """dy/dt = field(t, y) from t = start to end, whose solution is exact(t)."""

    name: str
    field: Callable[[Tensor, Tensor], Tensor]
    exact: Callable[[Tensor], Tensor]
    start: float
    end: float

    def y0(self) -> Tensor:
        return self.exact(torch.tensor(self.start, dtype=torch.float64))


def _logistic(t: Tensor) -> Tensor:
    return (1 / (1 + 9 * torch.exp(-t)))[..., None]


PROBLEMS = (
    Problem("decay", lambda t, y: -y, lambda t: torch.exp(-t)[..., None], 0.0, 2.0),
    Problem(
        "oscillator",
        lambda t, y: torch.stack([y[..., 1], -4 * y[..., 0]], -1),
        lambda t: torch.stack([torch.cos(2 * t), -2 * torch.sin(2 * t)], -1),
        0.0,
        3.0,
    ),
    Problem("logistic", lambda t, y: y * (1 - y), _logistic, 0.0, 4.0),
    # Depends on time explicitly: catches wrong nodes, to which autonomous problems are blind.
    Problem(
        "forced",
        lambda t, y: -y + torch.sin(t) + torch.cos(t),
        lambda t: torch.sin(t)[..., None],
        0.0,
        3.0,
    ),
    Problem("backwards", lambda t, y: t * y, lambda t: torch.exp(0.5 * t**2)[..., None], 1.5, -0.5),
    Problem(
        "rotation in the complex plane",
        lambda t, y: 3j * y,
        lambda t: torch.exp(torch.complex(torch.zeros_like(t), 3 * t))[..., None],
        0.0,
        math.pi,
    ),
)


@pytest.fixture(params=PROBLEMS, ids=lambda problem: problem.name)
def problem(request: pytest.FixtureRequest) -> Problem:
    return request.param
