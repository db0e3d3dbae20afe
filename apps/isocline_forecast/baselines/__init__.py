"""Baselines: what any other model has to beat."""

from isocline_forecast.baselines.drift import Drift
from isocline_forecast.baselines.mean import Mean
from isocline_forecast.baselines.naive import Naive
from isocline_forecast.baselines.seasonal_naive import SeasonalNaive

__all__ = ["Drift", "Mean", "Naive", "SeasonalNaive"]
