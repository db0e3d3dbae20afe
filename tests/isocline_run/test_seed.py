import random

import numpy as np
import pytest
import torch

from isocline_run import UserError, seed_everything
from isocline_run.seed import random_state, restore_random_state


def draw() -> tuple[list[float], bytes, bytes]:
    return (
        [random.random(), random.gauss(0, 1)],
        np.random.standard_normal(5).tobytes(),  # noqa: NPY002
        torch.randn(5, dtype=torch.float64).numpy().tobytes(),
    )


def trained(seed: int) -> bytes:
    seed_everything(seed)
    net = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1))
    optimiser = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(20):
        x = torch.rand(64, 2)
        optimiser.zero_grad()
        (net(x) - x.prod(1, keepdim=True)).square().mean().backward()
        optimiser.step()
    return b"".join(p.detach().numpy().tobytes() for p in net.parameters())


def test_one_seed_gives_the_same_numbers_bit_for_bit() -> None:
    seed_everything(7)
    first = draw()
    seed_everything(7)
    assert draw() == first
    seed_everything(8)
    assert draw() != first


def test_one_seed_gives_the_same_training_bit_for_bit() -> None:
    assert trained(3) == trained(3)
    assert trained(3) != trained(4)


def test_restored_generators_go_on_where_they_were() -> None:
    seed_everything(7)
    draw()
    state = random_state()
    expected = draw(), draw()
    restore_random_state(state)
    assert (draw(), draw()) == expected


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, True, "0"])
def test_a_seed_is_a_whole_number_that_numpy_takes(seed: object) -> None:
    with pytest.raises(UserError, match="expected a whole number from 0 to 4294967295"):
        seed_everything(seed)  # type: ignore[arg-type]
