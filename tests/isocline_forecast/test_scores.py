import numpy as np
import pytest
import xarray as xr
from scipy import stats

from isocline_forecast import scores


@pytest.fixture
def normal_forecast():
    levels = np.arange(0.5, 100) / 100
    values = stats.norm.ppf(levels)
    return xr.DataArray(values, dims="quantile", coords={"quantile": levels})


def test_errors_skip_what_was_not_observed():
    observed = xr.DataArray([1.0, np.nan, 4.0], dims="time")
    forecast = xr.DataArray([2.0, 9.0, 2.0], dims="time")
    assert float(scores.mse(forecast, observed)) == 2.5
    assert float(scores.rmse(forecast, observed)) == pytest.approx(2.5**0.5)
    assert float(scores.mae(forecast, observed)) == 1.5
    assert float(scores.mase(forecast, observed, 3.0)) == 0.5


def test_mase_scale_is_the_change_over_a_period():
    values = np.array([[0.0], [1.0], [4.0], [np.nan], [4.0]])
    assert scores.mase_scale(values, 2)[0] == pytest.approx(2.0)  # |4-0|, |4-4|


def test_crps_of_many_quantiles_is_that_of_the_distribution(normal_forecast):
    observed = xr.DataArray([0.3], dims="time")
    z = 0.3
    exact = z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi)
    assert float(scores.crps(normal_forecast, observed)) == pytest.approx(exact, abs=2e-3)


def test_pinball_weighs_the_two_sides_by_the_level():
    quantiles = xr.DataArray([0.0], dims="quantile", coords={"quantile": [0.9]})
    assert float(scores.pinball(quantiles, xr.DataArray(2.0))) == pytest.approx(1.8)
    assert float(scores.pinball(quantiles, xr.DataArray(-2.0))) == pytest.approx(0.2)


def test_coverage_and_interval_score_of_a_known_interval():
    quantiles = xr.DataArray([0.0, 1.0], dims="quantile", coords={"quantile": [0.05, 0.95]})
    observed = xr.DataArray([0.5, 1.5, np.nan, -0.5, 0.2], dims="time")
    assert float(scores.coverage(quantiles, observed)) == 0.5
    assert float(scores.interval_width(quantiles)) == 1.0
    # Width 1 each, and 2 / 0.1 times 0.5 for the two outside, over four observed values.
    assert float(scores.interval_score(quantiles, observed)) == pytest.approx(1 + 20 * 0.25)


def test_an_interval_that_the_forecast_lacks_is_named():
    quantiles = xr.DataArray([0.0, 1.0], dims="quantile", coords={"quantile": [0.1, 0.9]})
    with pytest.raises(
        ValueError, match=r"a 90% interval needs the quantile 0.05, .* has 0.1, 0.9"
    ):
        scores.coverage(quantiles, xr.DataArray([0.5], dims="time"))
