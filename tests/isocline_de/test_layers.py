"""Layers: recurrence = scan = convolution; gaps and irregular times; the equations that they solve."""

import math
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from isocline_de import ProblemError, discretise_linear_sde, solve_ode
from isocline_de.analysis import refine
from isocline_de.layers import ClosedFormNetwork, DiagonalStateSpace, OscillatoryStateSpace
from isocline_de.scan import diagonal_scan, matrix_scan

f64 = torch.float64


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def series(batch: int = 3, time: int = 37, channels: int = 4) -> tuple[Tensor, Tensor]:
    u = torch.randn(batch, time, channels, generator=generator(1), dtype=f64)
    dt = 3 * torch.rand(batch, time, generator=generator(2), dtype=f64)
    return u, dt


LAYERS: dict[str, Any] = {
    "S4D": lambda: DiagonalStateSpace(4, 8, generator=generator()),
    "LinOSS implicit": lambda: OscillatoryStateSpace(4, 6, 4, generator=generator()),
    "LinOSS symplectic": lambda: OscillatoryStateSpace(
        4, 6, 4, scheme="symplectic", generator=generator()
    ),
    "CfC": lambda: ClosedFormNetwork(4, 6, 4, generator=generator()),
}


@settings(max_examples=25, deadline=None)
@given(time=st.integers(1, 40), seed=st.integers(0, 1000))
def test_a_scan_equals_its_recurrence(time: int, seed: int) -> None:
    a = torch.randn(2, time, 3, 2, 2, generator=generator(seed), dtype=f64) / 2
    b = torch.randn(2, time, 3, 2, generator=generator(seed + 1), dtype=f64)
    x, diagonal = torch.zeros(2, 3, 2, dtype=f64), torch.zeros(2, 3, 2, dtype=f64)
    blocks, entries = matrix_scan(a, b), diagonal_scan(a[..., 0], b)
    for k in range(time):
        x = (a[:, k] @ x[..., None])[..., 0] + b[:, k]
        diagonal = a[:, k, ..., 0] * diagonal + b[:, k]
        torch.testing.assert_close(blocks[:, k], x)
        torch.testing.assert_close(entries[:, k], diagonal)


@pytest.mark.parametrize("name", ["S4D", "LinOSS implicit", "LinOSS symplectic"])
def test_the_scan_of_a_layer_equals_its_recurrence_on_irregular_times(name: str) -> None:
    layer, (u, dt) = LAYERS[name](), series()
    together, state = layer(u, dt), None
    for k in range(u.shape[1]):
        output, state = layer.step(u[:, k], dt[:, k], state)
        torch.testing.assert_close(together[:, k], output)


def test_on_regular_times_s4d_equals_its_convolution() -> None:
    layer, (u, _) = LAYERS["S4D"](), series()
    torch.testing.assert_close(
        layer.convolve(u, 0.7), layer(u, torch.full(u.shape[:2], 0.7, dtype=f64))
    )
    torch.testing.assert_close(layer.convolve(u), layer(u))


def test_s4d_solves_its_equation_exactly_for_a_held_input() -> None:
    layer, (u, dt) = DiagonalStateSpace(1, 3, generator=generator()), series(1, 6, 1)
    rate = float(layer.log_rate.detach().exp())
    eigenvalues = rate * torch.complex(-layer.log_decay.detach().exp(), layer.frequency.detach())[0]
    x = torch.zeros(3, dtype=torch.complex128)
    state = None
    for k in range(6):
        x = solve_ode(
            lambda t, x, k=k: eigenvalues * x + rate * u[0, k, 0],
            x,
            [0.0, float(dt[0, k])],
            rtol=1e-10,
            atol=1e-12,
        ).ys[-1]
        _, state = layer.step(u[:, k], dt[:, k], state)
        torch.testing.assert_close(state[0, 0].detach(), x, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("scheme", ["implicit", "symplectic"])
def test_linoss_converges_with_order_one_to_the_forced_oscillator(scheme: Any) -> None:
    layer = OscillatoryStateSpace(1, 1, 1, scheme=scheme, generator=generator())
    with torch.no_grad():
        layer.D.zero_()
        layer.C.fill_(1.0)
    a, b = float(layer.stiffness_root.detach() ** 2), float(layer.B.detach())
    unit = float(torch.sigmoid(layer.step_logit.detach()))
    end = 4.0
    exact = b / a * (1 - math.cos(math.sqrt(a) * end))

    def error(step: float) -> float:
        count = round(end / step)
        u = torch.ones(1, count, 1, dtype=f64)
        with torch.no_grad():
            return abs(
                float(layer(u, torch.full((1, count), step / unit, dtype=f64))[0, -1, 0]) - exact
            )

    assert refine(error, [end / n for n in (100, 200, 400)]).order == pytest.approx(1.0, abs=0.15)


def test_the_symplectic_scheme_keeps_what_it_has_seen_and_the_implicit_one_forgets() -> None:
    def late_over_early(scheme: Any) -> float:
        # One oscillator: several would beat against each other.
        layer = OscillatoryStateSpace(1, 1, 1, scheme=scheme, generator=generator())
        u = torch.zeros(1, 4000, 1, dtype=f64)
        u[0, 0, 0] = 1.0
        with torch.no_grad():
            energy = layer(u)[0, 1:, 0] ** 2
        return float(energy[-1000:].mean() / energy[:1000].mean())

    assert late_over_early("symplectic") == pytest.approx(1.0, abs=0.02)
    assert late_over_early("implicit") < 1e-3


@pytest.mark.parametrize("name", LAYERS)
def test_what_is_masked_is_not_used_and_the_future_is_not_seen(name: str) -> None:
    layer, (u, dt) = LAYERS[name](), series()
    mask = torch.rand(u.shape[:2], generator=generator(3)) < 0.6
    reference = layer(u, dt, mask)
    spoiled = torch.where(mask[..., None], u, torch.nan)
    torch.testing.assert_close(layer(spoiled, dt, mask), reference)
    later = u.clone()
    later[:, 20:] += 1.0
    torch.testing.assert_close(layer(later, dt, mask)[:, :20], reference[:, :20])
    assert not torch.allclose(layer(later, dt, mask)[:, 20:], reference[:, 20:])


@pytest.mark.parametrize("name", LAYERS)
def test_gradients_reach_every_parameter_past_missing_values(name: str) -> None:
    layer, (u, dt) = LAYERS[name](), series()
    mask = torch.rand(u.shape, generator=generator(3)) < 0.6
    layer(torch.where(mask, u, torch.nan), dt, mask).pow(2).mean().backward()
    for parameter in layer.parameters():
        assert parameter.grad is not None
        assert bool(torch.isfinite(parameter.grad).all())
        assert float(parameter.grad.abs().max()) > 0


def test_cfc_gives_for_a_series_with_gaps_what_it_gives_without_the_missing_rows() -> None:
    layer, (u, dt) = LAYERS["CfC"](), series(batch=1)
    mask = torch.rand(1, 37, generator=generator(4)) < 0.5
    whole = layer(u, dt, mask)[:, mask[0]]
    times = dt.cumsum(1)[:, mask[0]]
    apart = torch.diff(times, dim=1, prepend=torch.zeros(1, 1, dtype=f64))
    torch.testing.assert_close(layer(u[:, mask[0]], apart), whole)


def test_a_mode_of_s4d_is_the_transition_of_a_linear_sde() -> None:
    dt = torch.tensor([0.3, 2.0, 7.0], dtype=f64)
    layer = DiagonalStateSpace(1, 2, generator=generator())
    decay, _ = layer._transition(dt)
    rate = float(layer.log_rate.detach().exp())
    damping, frequency = 0.5 * rate, math.pi * rate
    F = torch.tensor([[-damping, -frequency], [frequency, -damping]], dtype=f64)
    A, _ = discretise_linear_sde(F, torch.eye(2, dtype=f64), dt)
    torch.testing.assert_close(decay[:, 0, 1].detach(), torch.complex(A[:, 0, 0], A[:, 1, 0]))


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"u": torch.zeros(2, 5, 3, dtype=f64)},
            r"u has shape \(2, 5, 3\).*build the layer for these channels",
        ),
        (
            {"u": torch.full((2, 5, 4), torch.nan, dtype=f64)},
            r"u holds NaN or inf at an observed place; pass a mask",
        ),
        (
            {"dt": torch.ones(2, 4, dtype=f64)},
            r"dt has shape \(2, 4\) and u \(2, 5, 4\): pass the time before each",
        ),
        (
            {"dt": torch.tensor([1.0, 1, -2, 1, 1], dtype=f64)},
            r"dt holds -2, and time before an input is never neg",
        ),
        (
            {"mask": torch.ones(2, 4, dtype=torch.bool)},
            r"mask has shape \(2, 4\) and u \(2, 5, 4\): pass a mask of",
        ),
    ],
)
def test_series_that_do_not_fit_are_refused_in_a_sentence(
    name: str, change: dict[str, Any], sentence: str
) -> None:
    given = {"u": torch.zeros(2, 5, 4, dtype=f64)} | change
    with pytest.raises(ProblemError, match=sentence):
        LAYERS[name]()(**given)
