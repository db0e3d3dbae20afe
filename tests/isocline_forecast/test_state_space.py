import numpy as np
import pytest
import xarray as xr
from scipy import stats

from isocline_forecast import Forecaster
from isocline_forecast.history import read_history
from isocline_forecast.search import Search
from isocline_forecast.state_space import LinearSDE
from isocline_forecast.state_space.assembly import Assembly
from isocline_forecast.state_space.components import Cycle, Seasonal, ShortTerm, Trend
from isocline_forecast.state_space.kalman import (
    Distances,
    kalman_filter,
    log_likelihood,
    smooth,
)
from isocline_forecast.state_space.likelihood import maximise_likelihood
from isocline_forecast.state_space.replay import normal_crps

NO_SEASON = np.zeros


def covariance(assembly, theta, times, phase):
    """The covariance of the signal at all times, from the states' joint distribution."""
    system = assembly.system(theta[None])
    h = assembly.observation(phase)
    steps = np.diff(times)
    A, Q = (x[:, 0] for x in system.transitions(steps))
    P = [system.covariance[0]]
    for a, q in zip(A, Q, strict=True):
        P.append(a @ P[-1] @ a.T + q)
    n = len(times)
    K = np.empty((n, n))
    for i in range(n):
        cross = P[i]
        for j in range(i, n):
            K[i, j] = K[j, i] = h[j] @ cross @ h[i]
            if j + 1 < n:
                cross = A[j] @ cross
    return K


@pytest.fixture
def problem(random):
    times = np.cumsum(random.uniform(0.2, 3.0, 40))
    phase = (times[:, None] / 12) % 1
    parts = [
        Trend(0.1, 0.01),
        Seasonal(0, (1, 2), 0.02, "year"),
        Cycle(0.5, 7.0),
        ShortTerm(0.4, 2.0, smooth=True, name="short"),
    ]
    return Assembly(parts, 0.3), times, phase


def test_ornstein_uhlenbeck_has_its_exponential_covariance(random):
    times = np.cumsum(random.uniform(0.1, 2.0, 15))
    assembly = Assembly([ShortTerm(0.7, 2.5, name="short")], 0.1)
    K = covariance(assembly, assembly.start, times, NO_SEASON((15, 0)))
    lag = np.abs(times[:, None] - times)
    np.testing.assert_allclose(K, 0.49 * np.exp(-lag / 2.5), atol=1e-12)


def test_smooth_short_term_has_the_matern_covariance(random):
    times = np.cumsum(random.uniform(0.1, 2.0, 15))
    assembly = Assembly([ShortTerm(0.7, 2.5, smooth=True, name="short")], 0.1)
    K = covariance(assembly, assembly.start, times, NO_SEASON((15, 0)))
    r = np.sqrt(3) * np.abs(times[:, None] - times) / 2.5
    np.testing.assert_allclose(K, 0.49 * (1 + r) * np.exp(-r), atol=1e-12)


def test_cycle_has_the_damped_cosine_covariance(random):
    times = np.cumsum(random.uniform(0.1, 2.0, 15))
    assembly = Assembly([Cycle(0.6, 7.0)], 0.1)
    K = covariance(assembly, assembly.start, times, NO_SEASON((15, 0)))
    lag = np.abs(times[:, None] - times)
    exact = 0.36 * np.exp(-lag / 28) * np.cos(2 * np.pi * lag / 7)
    np.testing.assert_allclose(K, exact, atol=1e-12)


def test_likelihood_equals_the_joint_normal_density(problem, random):
    assembly, times, phase = problem
    K = covariance(assembly, assembly.start, times, phase)
    noise = 0.3**2
    y = random.normal(size=40)
    dense = stats.multivariate_normal(np.zeros(40), K + noise * np.eye(40)).logpdf(y)
    theta = np.stack([assembly.start, assembly.start + 0.1])
    found = log_likelihood(
        assembly.system(theta), Distances.between(times), assembly.observation(phase), y
    )
    assert found[0] == pytest.approx(dense, rel=1e-9)
    assert found[1] != pytest.approx(dense, rel=1e-3)


def test_smoother_equals_the_conditional_distribution_with_gaps(problem, random):
    assembly, times, phase = problem
    K = covariance(assembly, assembly.start, times, phase)
    y = random.normal(size=40)
    y[[0, 5, 6, 7, 20, 39]] = np.nan
    seen = ~np.isnan(y)
    gain = K[:, seen] @ np.linalg.inv(K[np.ix_(seen, seen)] + 0.09 * np.eye(seen.sum()))
    mean, variance = gain @ y[seen], np.diag(K - gain @ K[seen])
    system, h = assembly.system(assembly.start[None]), assembly.observation(phase)
    distances = Distances.between(times)
    smoothed = smooth(system, distances, kalman_filter(system, distances, h, y))
    np.testing.assert_allclose((h * smoothed.mean).sum(axis=1), mean, atol=1e-6)
    found = np.einsum("ti,tij,tj->t", h, smoothed.covariance, h)
    np.testing.assert_allclose(found, variance, atol=1e-6)


def test_parameters_of_a_simulated_process_are_recovered(random):
    times = np.cumsum(random.uniform(0.5, 1.5, 1500))
    lag = np.diff(times)
    x, xs = random.normal(), []
    for step in [0.0, *lag]:
        decay = np.exp(-step / 8.0)
        x = decay * x + np.sqrt(1 - decay**2) * random.normal()
        xs.append(x)
    y = np.array(xs) + 0.3 * random.normal(size=1500)
    assembly = Assembly([ShortTerm(0.5, 3.0, name="short")], 0.5)
    fit = maximise_likelihood(assembly, times, np.zeros((1500, 0)), y, Search(), "ou")
    deviation, length, noise = np.exp(fit.theta)
    assert deviation == pytest.approx(1.0, rel=0.12)
    assert length == pytest.approx(8.0, rel=0.3)
    assert noise == pytest.approx(0.3, rel=0.1)
    assert fit.complete


def irregular(random, count=160):
    days = np.sort(random.uniform(0, 3 * 365, count))
    stamps = np.datetime64("2001-01-01", "ns") + (days * 86400).astype("timedelta64[s]")
    values = 10 + 3 * np.cos(2 * np.pi * days / 365.2425) + 0.2 * random.normal(size=count)
    return xr.Dataset({"y": ("time", values)}, {"time": stamps}), days


def test_irregular_times_with_a_year_are_forecast(random):
    data, days = irregular(random)
    forecaster = Forecaster("linear_sde").fit(data, horizon="90D")
    later = days[-1] + np.array([10.0, 40.0, 80.0])
    stamps = np.datetime64("2001-01-01", "ns") + (later * 86400).astype("timedelta64[s]")
    found = forecaster.predict(stamps=stamps)
    truth = 10 + 3 * np.cos(2 * np.pi * later / 365.2425)
    np.testing.assert_allclose(found["y_mean"], truth, atol=0.5)


def test_a_gap_widens_the_interval_until_it_closes(series, random):
    values = np.cumsum(random.normal(size=120))
    values[60:90] = np.nan
    history = read_history(series(values))
    model = LinearSDE()
    model.fit(history, 10, Search())
    _, deviation = model.components(history)["signal"]
    assert deviation[75] > 3 * deviation[30]
    assert deviation[75] > deviation[61]


def test_a_fit_cut_short_says_so(series, random):
    from isocline_run import Budget

    search = Search(Budget(1e-9))
    forecaster = Forecaster("linear_sde").fit(series(random.normal(size=80)), search=search)
    assert search.cut_short
    assert any("the budget ended the search" in note for note in forecaster.notes)


def test_a_resumed_search_arrives_at_the_same_bit(series, random):
    history = read_history(series(np.cumsum(random.normal(size=60))))
    whole, cut = LinearSDE(), LinearSDE()
    whole.fit(history, 5, Search())
    kept = {}

    def interrupt(count, value):
        kept.update(search.memory())
        if count == 9:
            raise KeyboardInterrupt

    search = Search(on_step=interrupt)
    with pytest.raises(KeyboardInterrupt):
        cut.fit(history, 5, search)
    again = Search()
    again.remember(kept)
    cut.fit(history, 5, again)
    for one, other in zip(whole.theta, cut.theta, strict=True):
        np.testing.assert_array_equal(one, other)


def test_normal_crps_equals_its_integral():
    x = np.linspace(-15, 15, 20001)
    exact = np.trapezoid((stats.norm(0.4, 1.3).cdf(x) - (x >= 1.0)) ** 2, x)
    found = normal_crps(np.array(1.0), np.array(0.4), np.array(1.3))
    assert float(found) == pytest.approx(exact, abs=1e-3)
