"""Linear stochastic equations against their closed forms."""

import itertools
import math

import numpy as np
import pytest
import torch
from scipy.integrate import quad_vec
from scipy.linalg import expm
from torch import Tensor

from isocline_de import ProblemError, discretise_linear_sde, stationary_covariance

STEPS = torch.tensor([0.0, 1e-9, 1e-3, 0.1, 0.7, 3.0, 40.0, 2e4], dtype=torch.float64)


def matrix(rows: list[list[float]]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def test_ornstein_uhlenbeck_matches_its_closed_form_over_short_and_long_gaps() -> None:
    rate, strength = 0.8, 1.3
    A, Q = discretise_linear_sde(matrix([[-rate]]), matrix([[strength]]), STEPS)
    expected_Q = strength**2 * -torch.expm1(-2 * rate * STEPS) / (2 * rate)
    torch.testing.assert_close(A[:, 0, 0], torch.exp(-rate * STEPS), rtol=1e-12, atol=1e-300)
    torch.testing.assert_close(Q[:, 0, 0], expected_Q, rtol=1e-13, atol=0.0)


def test_matern_three_halves_matches_its_closed_form() -> None:
    length, variance = 2.0, 1.7
    rate = math.sqrt(3) / length
    F = matrix([[0.0, 1.0], [-(rate**2), -2 * rate]])
    L = matrix([[0.0], [math.sqrt(4 * rate**3 * variance)]])
    prior = stationary_covariance(F, L)
    torch.testing.assert_close(prior, torch.diag(matrix([[variance, rate**2 * variance]])[0]))
    h = STEPS[3:]
    A, Q = discretise_linear_sde(F, L, h)
    decay = torch.exp(-rate * h)
    expected = torch.stack(
        [
            torch.stack([decay * (1 + rate * h), decay * h], -1),
            torch.stack([-decay * rate**2 * h, decay * (1 - rate * h)], -1),
        ],
        -2,
    )
    torch.testing.assert_close(A, expected, rtol=1e-11, atol=1e-14)
    torch.testing.assert_close(Q, prior - expected @ prior @ expected.mT, rtol=1e-11, atol=1e-13)


def test_integrated_wiener_process_keeps_the_small_entries_of_a_short_step() -> None:
    F, L = matrix([[0, 1, 0], [0, 0, 1], [0, 0, 0]]), matrix([[0], [0], [1]])
    A, Q = discretise_linear_sde(F, L, STEPS)
    for h, transition, noise in zip(STEPS.tolist(), A, Q, strict=True):
        torch.testing.assert_close(transition, matrix([[1, h, h**2 / 2], [0, 1, h], [0, 0, 1]]))
        expected = matrix(
            [
                [h**5 / 20, h**4 / 8, h**3 / 6],
                [h**4 / 8, h**3 / 3, h**2 / 2],
                [h**3 / 6, h**2 / 2, h],
            ]
        )
        torch.testing.assert_close(noise, expected, rtol=1e-12, atol=0.0)


def test_a_general_system_matches_quadrature_of_the_integral() -> None:
    torch.manual_seed(3)
    F, L = torch.randn(2, 4, 4, dtype=torch.float64), torch.randn(2, 4, 2, dtype=torch.float64)
    density = matrix([[2.0, 0.3], [0.3, 0.5]])
    h = torch.tensor([[0.3, 1.1, 2.5]], dtype=torch.float64)
    A, Q = discretise_linear_sde(F, L, h, density)
    assert A.shape == Q.shape == (2, 1, 3, 4, 4)
    for model, step in itertools.product(range(2), range(3)):
        diffusion = L[model] @ density @ L[model].mT
        expected_A, expected_Q = by_quadrature(F[model], diffusion, float(h[0, step]))
        torch.testing.assert_close(A[model, 0, step], expected_A, rtol=1e-10, atol=1e-12)
        torch.testing.assert_close(Q[model, 0, step], expected_Q, rtol=1e-9, atol=1e-10)


def by_quadrature(F: Tensor, diffusion: Tensor, h: float) -> tuple[Tensor, Tensor]:
    def integrand(s: float) -> np.ndarray:
        return expm(F.numpy() * s) @ diffusion.numpy() @ expm(F.numpy().T * s)

    Q, _ = quad_vec(integrand, 0, h, epsrel=1e-12)
    return torch.from_numpy(expm(F.numpy() * h)), torch.from_numpy(Q)


def test_two_steps_compose_to_one_and_noise_stays_positive() -> None:
    F, L = matrix([[0.0, 1.0], [-40.0, -0.2]]), matrix([[0.0], [1.0]])
    A, Q = discretise_linear_sde(F, L, matrix([[0.4, 0.9, 1.3]])[0])
    torch.testing.assert_close(A[1] @ A[0], A[2])
    torch.testing.assert_close(A[1] @ Q[0] @ A[1].mT + Q[1], Q[2])
    assert torch.linalg.eigvalsh(Q).min() > 0


def test_gradients_agree_with_finite_differences() -> None:
    F = matrix([[-0.3, 1.0], [-2.0, -0.4]]).requires_grad_()
    L = matrix([[0.2], [1.0]]).requires_grad_()
    dt = matrix([[0.2, 3.0]])[0].requires_grad_()
    assert torch.autograd.gradcheck(
        lambda *arguments: tuple(discretise_linear_sde(*arguments)), (F, L, dt)
    )
    assert torch.autograd.gradcheck(stationary_covariance, (F, L))


def test_a_drift_of_zero_gives_brownian_motion_and_single_precision_is_kept() -> None:
    A, Q = discretise_linear_sde(torch.zeros(1, 1), torch.ones(1, 1), 2.5)
    assert A.dtype == Q.dtype == torch.float32
    assert (A.item(), Q.item()) == (1.0, 2.5)


@pytest.mark.parametrize(
    ("F", "L", "dt", "sentence"),
    [
        (
            torch.zeros(2, 3),
            torch.ones(2, 1),
            1.0,
            r"F has shape \(2, 3\).*state × state.*square drift matrix",
        ),
        (
            torch.zeros(2, 2),
            torch.ones(3, 1),
            1.0,
            r"\(2, 2\).*L has shape \(3, 1\).*L needs 2 rows",
        ),
        (
            torch.zeros(2, 2),
            torch.ones(2, 1),
            torch.tensor([1.0, -0.5]),
            r"step 1 of dt is -0.5.*sort the times",
        ),
        (
            torch.zeros(2, 2),
            torch.ones(2, 1),
            float("nan"),
            r"step 0 of dt is nan.*drop missing ones",
        ),
        (
            torch.eye(1),
            torch.ones(1, 1),
            1e3,
            r"exp\(F h\) is not finite for step 0 \(h = 1000\).*shorter step",
        ),
        (
            torch.zeros(3, 2, 2),
            torch.ones(4, 2, 1),
            1.0,
            r"leading axes are models and must be the same",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    F: Tensor, L: Tensor, dt: Tensor | float, sentence: str
) -> None:
    with pytest.raises(ProblemError, match=sentence):
        discretise_linear_sde(F, L, dt)


def test_the_density_must_fit_the_noise_and_a_random_walk_has_no_stationary_covariance() -> None:
    with pytest.raises(ProblemError, match=r"spectral density has shape \(1, 1\).*it needs 2 × 2"):
        discretise_linear_sde(torch.zeros(1, 1), torch.ones(1, 2), 1.0, torch.eye(1))
    with pytest.raises(ProblemError, match=r"no stationary distribution.*real part 0"):
        stationary_covariance(torch.zeros(1, 1), torch.ones(1, 1))
