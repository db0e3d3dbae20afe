"""Intervals: from a model's own distribution, or from its past errors."""

from isocline_forecast.intervals.conformal import ConformalOffsets, conformal_quantile
from isocline_forecast.intervals.predictive import predictive_quantiles

__all__ = ["ConformalOffsets", "conformal_quantile", "predictive_quantiles"]
