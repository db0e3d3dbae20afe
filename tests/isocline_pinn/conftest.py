"""Problems with known solutions that the tests share."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isocline_pinn.backend import load_deepxde
from isocline_run import seed_everything


@pytest.fixture
def dde() -> Any:
    """DeepXDE on PyTorch in double precision, its generators and PyTorch's seeded."""
    seed_everything(0)
    return load_deepxde()


@pytest.fixture
def diffusion(dde: Any) -> Callable[..., Any]:
    """u_t = u_xx − e^{−t}(1 − π²) sin πx on [−1, 1] × [0, 1], u = e^{−t} sin πx, with any conditions."""
    import numpy as np
    import torch

    def equation(x: Any, u: Any) -> Any:
        u_t = dde.grad.jacobian(u, x, i=0, j=1)
        u_xx = dde.grad.hessian(u, x, i=0, j=0)
        source = torch.exp(-x[:, 1:]) * torch.sin(np.pi * x[:, 0:1]) * (1 - np.pi**2)
        return u_t - u_xx + source

    def make(conditions: Callable[[Any], list[Any]], **numbers: int) -> Any:
        domain = dde.geometry.GeometryXTime(
            dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1)
        )
        sizes = {"num_domain": 60, "num_boundary": 20, "num_initial": 12} | numbers
        return dde.data.TimePDE(domain, equation, conditions(domain), **sizes)

    return make


@pytest.fixture
def catalogued(dde: Any) -> Callable[[str], Any]:
    """Makes a problem of the catalogue; skips the test where the public data that defines it is not here."""
    from isocline_data import DataError
    from isocline_pinn import catalogue

    def make(name: str) -> Any:
        try:
            return catalogue.load_problem(name)
        except DataError:
            pytest.skip(f"the public data that defines {name} is not here")

    return make


@pytest.fixture
def write_file(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a Python file and returns its path."""

    def write(text: str, name: str = "mine.py") -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


DECAY = """
import deepxde as dde

def equation(t, u):
    return dde.grad.jacobian(u, t) + u

span = dde.geometry.TimeDomain(0, 1)
start = dde.icbc.IC(span, lambda t: 1.0, lambda _, on: on)
data = dde.data.PDE(span, equation, start, num_domain=20, num_boundary=2)
"""


@pytest.fixture
def decay(write_file: Callable[..., Path]) -> Path:
    """A file that defines u' = −u, u(0) = 1 on [0, 1] as `data`, and no `net`."""
    return write_file(DECAY, "decay.py")
