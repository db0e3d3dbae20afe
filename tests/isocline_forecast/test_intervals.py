import numpy as np
import pytest

from isocline_forecast import Forecaster
from isocline_forecast.contract import Prediction
from isocline_forecast.intervals import (
    ConformalOffsets,
    conformal_quantile,
    predictive_quantiles,
)


def test_rank_is_the_finite_sample_one():
    errors = np.arange(1.0, 20.0)  # 19 of them: ⌈20 · 0.95⌉ = 19
    assert conformal_quantile(errors, 0.95) == (19.0, False)
    assert conformal_quantile(errors, 0.05) == (1.0, False)
    assert conformal_quantile(errors, 0.9) == (18.0, False)


def test_too_few_errors_widen_the_interval_instead_of_cutting_it():
    errors = np.array([-1.0, 0.5, 2.0])
    bound, beyond = conformal_quantile(errors, 0.95)
    assert beyond
    assert 2.0 < bound < np.inf


@pytest.mark.parametrize("count", [50, 200, 1000])
def test_coverage_on_independent_normal_values_is_what_was_asked(series, count):
    # B2: 5 % quantiles of absolute errors would cover 8 %, and less with more data.
    random = np.random.default_rng(count)
    inside, widths = [], []
    for _ in range(300):
        errors = np.sort(random.normal(size=count))
        low, high = (conformal_quantile(errors, q)[0] for q in (0.05, 0.95))
        value = random.normal(size=50)
        inside.append(np.mean((value >= low) & (value <= high)))
        widths.append(high - low)
    assert np.mean(inside) == pytest.approx(0.9, abs=0.02)
    assert np.mean(widths) == pytest.approx(3.29, rel=0.12)


def test_forecast_interval_of_white_noise_covers_and_grows_with_coverage(series):
    random = np.random.default_rng(3)
    inside, width = [], []
    for _ in range(40):
        forecast = Forecaster("mean").fit(series(random.normal(size=120)), horizon=5).predict()["y"]
        later = random.normal(size=(200, 5))
        low, high = forecast.sel(quantile=0.05).values, forecast.sel(quantile=0.95).values
        inside.append(np.mean((later >= low) & (later <= high)))
        width.append(forecast.sel(quantile=[0.75, 0.9, 0.95, 0.975]).mean("time").values)
    assert np.mean(inside) == pytest.approx(0.9, abs=0.025)
    assert (np.diff(np.mean(width, axis=0)) > 0.1).all()


def test_offsets_beyond_the_last_lead_grow_with_the_root_of_time():
    errors = np.random.default_rng(0).normal(size=(200, 4, 1))
    offsets = ConformalOffsets.from_errors(errors, np.array([0.05, 0.95]), np.zeros(1))
    found = offsets.at(np.array([4.0, 16.0]))
    assert found[1, 1, 0] == pytest.approx(2 * found[1, 0, 0])


def test_leads_without_errors_borrow_from_the_nearest():
    errors = np.random.default_rng(0).normal(size=(100, 8, 1))
    errors[:, 4:] = np.nan
    offsets = ConformalOffsets.from_errors(errors, np.array([0.05, 0.95]), np.zeros(1))
    assert np.isfinite(offsets.offsets).all()
    assert (np.diff(offsets.offsets[1, 3:, 0]) > 0).all()


def test_few_degrees_of_freedom_widen_a_predictive_interval():
    made = Prediction(np.zeros((1, 1, 2)), np.ones((1, 1, 2)), np.array([2.0, np.inf]))
    found = predictive_quantiles(made, np.array([0.025, 0.975]))
    np.testing.assert_allclose(found[1, 0, 0], [4.3027, 1.96], rtol=1e-3)
