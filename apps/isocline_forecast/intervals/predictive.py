"""Quantiles of a model's own predictive distribution."""

import numpy as np
from jaxtyping import Float
from scipy import stats

from isocline_forecast.contract import Prediction


def predictive_quantiles(
    prediction: Prediction, levels: Float[np.ndarray, " quantile"]
) -> Float[np.ndarray, "quantile origin lead series"]:
    """Mean + deviation · t⁻¹(level), Student's t where the prediction names degrees of freedom."""
    assert prediction.deviation is not None
    series = prediction.mean.shape[-1]
    degrees = np.full(series, np.inf) if prediction.degrees is None else prediction.degrees
    scores = np.stack([stats.t.ppf(levels, df) for df in degrees], axis=-1)
    return prediction.mean + scores[:, None, None, :] * prediction.deviation
