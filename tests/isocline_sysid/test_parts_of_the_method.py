"""Each part by a property that would fail if its mathematics were wrong."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
import sympy
import xarray as xr

from isocline_sysid.library import PolynomialLibrary
from isocline_sysid.noise import noise_deviation
from isocline_sysid.refine import Dynamics, Nodes, place_nodes, refine
from isocline_sysid.refine.errors_in_variables import _defects
from isocline_sysid.regression.weak import weak_form
from isocline_sysid.regression.whitened import fit_whitened, whiten
from isocline_sysid.selection import select_by_trajectory, select_terms
from isocline_sysid.trajectories import Trajectory, trajectories


def test_terms_are_all_monomials_up_to_the_degree() -> None:
    library = PolynomialLibrary(("x", "y"), 2)
    assert library.term_names == ("1", "x", "y", "x^2", "x y", "y^2")
    z = np.array([[2.0, 3.0]])
    assert library.values(z).tolist() == [[1, 2, 3, 4, 6, 9]]
    x, y = sympy.symbols("x y", real=True)
    assert library.symbols == (1, x, y, x**2, x * y, y**2)


def test_gradients_are_those_of_the_values() -> None:
    library = PolynomialLibrary(("x", "y", "z"), 3)
    z = np.random.default_rng(0).standard_normal((4, 3))
    step = 1e-6
    for v in range(3):
        shift = step * np.eye(3)[v]
        numeric = (library.values(z + shift) - library.values(z - shift)) / (2 * step)
        np.testing.assert_allclose(library.gradients(z)[:, :, v], numeric, atol=1e-8)


def test_scaled_coefficients_return_to_the_user_s_units() -> None:
    """x = 100 ξ, t = 2 τ: dξ/dτ = 3 ξ² means dx/dt = (100/2) · 3 · (x/100)² = 0.015 x²."""
    library = PolynomialLibrary(("x",), 2)
    assert 3 * library.unscaled(np.array([100.0]), 100.0, 2.0)[2] == pytest.approx(0.015)


def test_the_weak_form_integrates_by_parts() -> None:
    t = np.linspace(0, 3, 601)
    x = np.sin(2 * t) + t**2
    weak = weak_form([t], 0.5)
    np.testing.assert_allclose(
        weak.derivative @ x, weak.integral @ (2 * np.cos(2 * t) + 2 * t), atol=1e-10
    )


def test_no_test_function_spans_two_trajectories_or_a_gap() -> None:
    first, second = (
        np.arange(0, 5, 0.05),
        np.concatenate([np.arange(0, 4, 0.05), np.arange(6, 9, 0.05)]),
    )
    weak = weak_form([first, second], 0.6)
    borders = [0, len(first), len(first) + 80, len(first) + len(second)]
    for row in weak.integral:
        used = [bool(row[a:b].any()) for a, b in pairwise(borders)]
        assert sum(used) == 1


def test_noise_is_read_off_a_smooth_signal() -> None:
    t = np.linspace(0, 20, 4000)
    noise = 0.05 * np.random.default_rng(1).standard_normal(t.size)
    assert noise_deviation(np.sin(t) + noise) == pytest.approx(0.05, rel=0.1)
    assert noise_deviation(np.sin(t)) < 1e-8


def test_whitened_rows_have_unit_independent_noise() -> None:
    generator = np.random.default_rng(2)
    spread = generator.standard_normal((6, 9))
    transform, _ = whiten(np.eye(6), np.zeros(6), spread @ spread.T)
    np.testing.assert_allclose(transform @ spread @ spread.T @ transform.T, np.eye(6), atol=1e-9)


def test_terms_stay_by_their_error_not_by_their_size() -> None:
    generator = np.random.default_rng(3)
    matrix = generator.standard_normal((300, 5)) * [1, 1e4, 1e-3, 1, 1]
    target = matrix @ [0.5, 1e-4, 0, 0, 0] + 0.1 * generator.standard_normal(300)
    chosen = select_terms(matrix, target)
    assert np.flatnonzero(chosen.fit.support).tolist() == [0, 1]
    assert chosen.fit.coefficients[1] == pytest.approx(1e-4, rel=0.05)


def test_least_squares_errors_are_those_of_repeats() -> None:
    generator = np.random.default_rng(4)
    matrix = generator.standard_normal((80, 2))
    found = [
        fit_whitened(matrix, matrix @ [1.0, -2.0] + generator.standard_normal(80), np.ones(2, bool))
        for _ in range(300)
    ]
    scatter = np.std([f.coefficients for f in found], axis=0)
    stated = np.mean([f.standard_errors for f in found], axis=0)
    np.testing.assert_allclose(stated, scatter, rtol=0.15)


def _nodes(
    dataset: xr.Dataset, names: str, relative: bool = False
) -> tuple[list[Nodes], np.ndarray]:
    data = trajectories(dataset, list(names))
    scales = data[0].states.std(axis=0)
    return place_nodes(data, scales, np.ones(0), 1.0, relative=relative), scales


@pytest.mark.parametrize("relative", [False, True])
def test_defects_are_differentiated_exactly(relative: bool) -> None:
    generator = np.random.default_rng(5)
    library = PolynomialLibrary(("x", "y"), 2)
    dynamics = Dynamics(library, np.ones((2, 6), bool), relative)
    times = np.array([0.0, 0.1, 0.25, 0.3])
    states = 0.3 * generator.standard_normal((4, 2))
    w = generator.standard_normal(12)
    nodes = Nodes(times, states, np.zeros((4, 0)), states)
    defect, left, right, g = _defects(dynamics, nodes, states, w)
    step = 1e-6
    for k in range(2):
        for matrix, rows in ((left, slice(0, -1)), (right, slice(1, None))):
            for i in range(3):
                moved = states.copy()
                moved[rows][i, k] += step
                numeric = (_defects(dynamics, nodes, moved, w)[0][i] - defect[i]) / step
                np.testing.assert_allclose(matrix[i, :, k], numeric, atol=2e-5)
    for j in range(12):
        moved = w.copy()
        moved[j] += step
        numeric = (_defects(dynamics, nodes, states, moved)[0] - defect) / step
        np.testing.assert_allclose(g[:, :, j], numeric, atol=2e-5)


def _oscillator_supports() -> np.ndarray:
    supports = np.zeros((2, 3), bool)
    supports[0, 2] = supports[1, 1] = supports[1, 2] = True
    return supports


def test_clean_data_give_the_coefficients(oscillator: Callable[..., xr.Dataset]) -> None:
    nodes, scales = _nodes(oscillator(noise=0.0), "xy")
    dynamics = Dynamics(PolynomialLibrary(("x", "y"), 1), _oscillator_supports(), False)
    fit = refine(dynamics, nodes, np.array([0.9, -0.9, -0.1]), np.full(2, 1e-3))
    assert fit.converged
    ratio = scales[1] / scales[0]
    np.testing.assert_allclose(fit.w, [ratio, -1 / ratio, -0.2], rtol=1e-6)


def test_stated_errors_are_the_scatter_and_intervals_cover(
    oscillator: Callable[..., xr.Dataset],
) -> None:
    dynamics = Dynamics(PolynomialLibrary(("x", "y"), 1), _oscillator_supports(), False)
    damping, errors = [], []
    for seed in range(60):
        nodes, _ = _nodes(oscillator(samples=120, noise=0.05, seed=seed), "xy")
        fit = refine(dynamics, nodes, np.array([1.0, -1.0, -0.2]), np.full(2, 0.05))
        damping.append(fit.w[2])
        errors.append(np.sqrt(fit.covariance[2, 2]))
    assert np.mean(errors) == pytest.approx(np.std(damping), rel=0.3)
    inside = np.abs(np.array(damping) + 0.2) < 1.645 * np.array(errors)
    assert 0.80 <= inside.mean() <= 0.98


def test_nodes_hold_the_samples_and_part_at_long_gaps() -> None:
    times = np.concatenate([np.arange(0, 5, 0.5), np.arange(10, 14, 0.5)])
    states = np.sin(times)[:, None]
    (first, second) = place_nodes(
        [Trajectory(times, states, np.zeros((18, 0)), "1", 0)],
        np.ones(1),
        np.ones(0),
        1.0,
        relative=False,
    )
    assert first.times[-1] == 4.5
    assert second.times[0] == 10.0
    assert np.diff(first.times).max() <= 0.2 + 1e-12
    seen = np.isfinite(first.samples[:, 0])
    np.testing.assert_allclose(first.samples[seen, 0], np.sin(first.times[seen]))


def test_few_noisy_samples_of_predator_and_prey_give_their_equations() -> None:
    from scipy.integrate import solve_ivp

    times = np.arange(30) * 0.8
    solved = solve_ivp(
        lambda _, s: [s[0] - 0.5 * s[0] * s[1], -0.8 * s[1] + 0.4 * s[0] * s[1]],
        (0, times[-1]),
        [3.0, 1.0],
        "DOP853",
        times,
        rtol=1e-10,
    )
    noisy = solved.y * np.exp(0.05 * np.random.default_rng(6).standard_normal(solved.y.shape))
    dataset = xr.Dataset({"x": ("time", noisy[0]), "y": ("time", noisy[1])}, {"time": times})
    nodes, _ = _nodes(dataset, "xy", relative=True)
    library = PolynomialLibrary(("x", "y"), 2)
    chosen = select_by_trajectory(library, nodes, 2)
    assert chosen is not None
    names = [
        [library.term_names[i] for i in np.flatnonzero(row)] for row in chosen.dynamics.supports
    ]
    assert names == [["x", "x y"], ["y", "x y"]]
