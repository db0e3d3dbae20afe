"""The joint fit and its bootstrap: exact where data are exact, honest where they are not."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from scipy.integrate import solve_ivp

from isocline_sysid import IdentificationError, discover
from isocline_sysid.library import PolynomialLibrary
from isocline_sysid.refine import Dynamics, Nodes, Refined, place_nodes, refine
from isocline_sysid.regression.weak import weak_form
from isocline_sysid.trajectories import trajectories
from isocline_sysid.uncertainty import draw_coefficients

Make = Callable[..., xr.Dataset]


@pytest.fixture
def linear() -> Dynamics:
    """x' = a y, y' = b x + c y."""
    supports = np.array([[False, False, True], [False, True, True]])
    return Dynamics(PolynomialLibrary(("x", "y"), 1), supports, relative=False)


def _nodes(record: xr.Dataset) -> list[Nodes]:
    data = trajectories(record, ["x", "y"])
    return place_nodes(data, np.ones(2), np.ones(0), 1.0, relative=False)


def _fit(dynamics: Dynamics, record: xr.Dataset) -> tuple[list[Nodes], Refined]:
    nodes = _nodes(record)
    return nodes, refine(dynamics, nodes, np.array([1.0, -1.0, -0.2]), np.full(2, 0.02))


@pytest.mark.parametrize("degree", [1, 2, 3])
def test_the_weak_form_is_exact_on_polynomials(degree: int) -> None:
    t = np.linspace(-1, 2, 801)
    path = np.polynomial.Polynomial(np.arange(1.0, degree + 2))
    weak = weak_form([t], 0.4)
    assert len(weak.integral) > 10
    np.testing.assert_allclose(
        weak.derivative @ path(t), weak.integral @ path.deriv()(t), atol=1e-10
    )


def test_clean_lorenz_is_fitted_to_seven_digits_from_a_start_ten_per_cent_off(lorenz: Make) -> None:
    record = lorenz(samples=200, step=0.005)
    library = PolynomialLibrary(("x", "y", "z"), 2)
    truth = {(0, "x"): -10, (0, "y"): 10, (1, "x"): 28, (1, "y"): -1, (1, "x z"): -1}
    truth |= {(2, "z"): -8 / 3, (2, "x y"): 1}
    supports = np.zeros((3, 10), bool)
    for equation, term in truth:
        supports[equation, library.term_names.index(term)] = True
    w = np.array(
        [truth[k, library.term_names[m]] for k, m in zip(*np.nonzero(supports), strict=True)]
    )
    data = trajectories(record, ["x", "y", "z"])
    nodes = place_nodes(data, np.ones(3), np.ones(0), 1.0, relative=False)
    fit = refine(Dynamics(library, supports, relative=False), nodes, 1.1 * w, np.full(3, 1e-3))
    assert fit.converged
    np.testing.assert_allclose(fit.w, w, rtol=1e-5)


@pytest.mark.timeout(60)
def test_errors_are_those_of_repeats_for_every_coefficient(
    linear: Dynamics, oscillator: Make
) -> None:
    truth = np.array([1.0, -1.0, -0.2])
    fits = [
        _fit(linear, oscillator(samples=100, noise=0.05, seed=100 + seed))[1] for seed in range(40)
    ]
    assert all(fit.converged for fit in fits)
    found = np.array([fit.w for fit in fits])
    stated = np.array([np.sqrt(np.diagonal(fit.covariance)) for fit in fits])
    np.testing.assert_allclose(stated.mean(axis=0), found.std(axis=0, ddof=1), rtol=0.3)
    assert 0.80 <= (np.abs(found - truth) < 1.645 * stated).mean() <= 0.97
    # No bias that the errors do not explain.
    assert (np.abs(found.mean(axis=0) - truth) < 3 * stated.mean(axis=0) / np.sqrt(40)).all()


def test_a_state_seen_half_as_often_is_fitted_all_the_same(
    linear: Dynamics, oscillator: Make
) -> None:
    (node,) = _nodes(oscillator(samples=200))
    node.samples[::2, 1] = np.nan
    fit = refine(linear, [node], np.array([1.0, -1.0, -0.2]), np.full(2, 0.02))
    assert fit.converged
    np.testing.assert_allclose(fit.w, [1.0, -1.0, -0.2], rtol=0.02)


def test_two_trajectories_know_more_than_one(linear: Dynamics, oscillator: Make) -> None:
    first, second = (_nodes(oscillator(samples=150, seed=seed))[0] for seed in (1, 2))
    start, noise = np.array([1.0, -1.0, -0.2]), np.full(2, 0.02)
    one = np.sqrt(np.diagonal(refine(linear, [first], start, noise).covariance))
    both = np.sqrt(np.diagonal(refine(linear, [first, second], start, noise).covariance))
    np.testing.assert_allclose(both, one / np.sqrt(2), rtol=0.2)


def test_a_fit_that_runs_away_says_so_without_a_warning(oscillator: Make) -> None:
    supports = np.zeros((2, 10), bool)
    supports[:, 6] = True
    cubic = Dynamics(PolynomialLibrary(("x", "y"), 3), supports, relative=False)
    with pytest.raises(np.linalg.LinAlgError, match="the states ran away"):
        refine(cubic, _nodes(oscillator()), np.array([1e200, 1e200]), np.full(2, 0.02))


def test_draws_do_not_depend_on_where_one_starts(linear: Dynamics, oscillator: Make) -> None:
    nodes, fit = _fit(linear, oscillator(samples=100))
    whole = list(draw_coefficients(linear, nodes, fit, seed=3, first=0, draws=6))
    rest = list(draw_coefficients(linear, nodes, fit, seed=3, first=4, draws=6))
    other = list(draw_coefficients(linear, nodes, fit, seed=4, first=0, draws=1))
    assert np.array_equal(whole[4:], rest)
    assert not np.array_equal(whole[0], other[0])


def test_draws_scatter_as_the_covariance_says(linear: Dynamics, oscillator: Make) -> None:
    nodes, fit = _fit(linear, oscillator(samples=100))
    draws = np.array(list(draw_coefficients(linear, nodes, fit, seed=0, first=0, draws=100)))
    assert np.isfinite(draws).all()
    stated = np.sqrt(np.diagonal(fit.covariance))
    np.testing.assert_allclose(draws.std(axis=0), stated, rtol=0.3)


def _predator_and_prey(seed: int) -> xr.Dataset:
    times = 0.8 * np.arange(25)
    solved = solve_ivp(
        lambda _, s: [s[0] - 0.5 * s[0] * s[1], -0.8 * s[1] + 0.4 * s[0] * s[1]],
        (0, times[-1]),
        [3.0, 1.0],
        "DOP853",
        times,
        rtol=1e-10,
    )
    noise = np.random.default_rng(seed).standard_normal(solved.y.shape)
    prey, predator = solved.y * np.exp(0.1 * noise)
    return xr.Dataset({"prey": ("time", prey), "predator": ("time", predator)}, {"time": times})


# In the second record some candidates run away: they are passed over.
@pytest.mark.parametrize("seed", [0, 2])
def test_twenty_five_samples_with_ten_per_cent_noise_show_predator_and_prey(seed: int) -> None:
    model = discover(_predator_and_prey(seed), ["prey", "predator"], draws=0)
    truth = {
        ("prey", "prey"): 1.0,
        ("prey", "prey predator"): -0.5,
        ("predator", "predator"): -0.8,
        ("predator", "prey predator"): 0.4,
    }
    for (state, term), value in truth.items():
        entry = model.coefficients.sel(equation=state, term=term)
        assert abs(float(entry["value"]) - value) < 3 * float(entry["standard_error"])
    if seed == 0:
        assert (model.values != 0).sum() == 4
    assert model.relative
    assert model.noise == pytest.approx((0.1, 0.1), rel=0.35)


@pytest.mark.parametrize("seed", [0, 1])
def test_random_numbers_are_no_predator_and_prey(seed: int) -> None:
    values = np.exp(np.random.default_rng(seed).standard_normal((2, 20)))
    record = xr.Dataset({"a": ("time", values[0]), "b": ("time", values[1])}, {"time": range(20)})
    with pytest.raises(
        IdentificationError, match=r"no model of up to three terms .* follows these"
    ):
        discover(record, ["a", "b"], draws=0)


def test_few_samples_of_growth_to_a_limit_show_its_two_terms() -> None:
    times = 0.5 * np.arange(30)
    noise = np.exp(0.05 * np.random.default_rng(1).standard_normal(30))
    record = xr.Dataset({"n": ("time", noise / (1 + 19 * np.exp(-times)))}, {"time": times})
    model = discover(record, ["n"], draws=30)
    np.testing.assert_allclose(model.values, [[0, 1, -1]], atol=0.05)
    assert (model.coefficients["lower"] <= model.coefficients["value"]).all()
