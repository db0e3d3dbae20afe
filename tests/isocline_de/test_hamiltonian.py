"""The Hamiltonian network: structure that holds for any parameters, and recovery of a pendulum."""

import pytest
import torch
from torch import Tensor

from isocline_de import ProblemError, solve_ode
from isocline_de.models import HamiltonianField, NeuralODE

f64 = torch.float64


def field(positions: int, seed: int = 0) -> HamiltonianField:
    return HamiltonianField(positions, width=16, generator=torch.Generator().manual_seed(seed))


def pendulum(t: Tensor, y: Tensor) -> Tensor:
    return torch.stack([y[..., 1], -torch.sin(y[..., 0])], -1)


def test_any_parameters_keep_their_energy() -> None:
    for seed in range(3):
        model = NeuralODE(field(2, seed), rtol=1e-9, atol=1e-11)
        y0 = torch.randn(4, 4, generator=torch.Generator().manual_seed(seed), dtype=f64)
        with torch.no_grad():
            energy = model.vector_field.energy(model(y0, torch.linspace(0, 20, 5, dtype=f64)))
        torch.testing.assert_close(energy, energy[:, :1].expand_as(energy), rtol=0.0, atol=1e-7)


def test_any_parameters_keep_volume() -> None:
    network = field(2)
    y = torch.randn(4, generator=torch.Generator().manual_seed(0), dtype=f64)
    jacobian = torch.autograd.functional.jacobian(lambda y: network(torch.tensor(0.0), y), y)
    assert float(jacobian.abs().max()) > 1e-3
    assert abs(float(jacobian.trace())) < 1e-12


def test_a_pendulum_is_recovered_with_its_energy_and_its_motion() -> None:
    draws = torch.Generator().manual_seed(1)
    y = torch.rand(200, 2, generator=draws, dtype=f64) * torch.tensor([4.0, 3.0]) - torch.tensor(
        [2.0, 1.5]
    )
    slope = pendulum(torch.tensor(0.0), y)
    network = HamiltonianField(1, width=24, depth=1, generator=draws)
    optimiser = torch.optim.LBFGS(network.parameters(), max_iter=150, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        value = (network(torch.tensor(0.0), y) - slope).pow(2).mean()
        value.backward()
        return value

    optimiser.step(loss)  # type: ignore[arg-type]
    with torch.no_grad():
        learned = network.energy(y)
        true = 0.5 * y[:, 1] ** 2 - torch.cos(y[:, 0])
        difference = learned - true
        assert float(difference.std() / true.std()) < 0.02
        t = torch.linspace(0, 10, 21, dtype=f64)
        y0 = torch.tensor([[1.0, 0.0]], dtype=f64)
        motion = NeuralODE(network)(y0, t)[0]
        truth = solve_ode(pendulum, y0[0], t).ys
    assert float((motion - truth).norm() / truth.norm()) < 0.05


def test_a_state_that_is_not_position_and_momentum_is_refused() -> None:
    with pytest.raises(
        ProblemError, match=r"the state has 3 components, and 2 positions followed by 2 momenta"
    ):
        field(2)(torch.tensor(0.0), torch.ones(3, dtype=f64))
