"""Linear forecasts solved in closed form, and their benchmark."""

from isocline_forecast.closed_form.benchmark import ett_scores
from isocline_forecast.closed_form.linear import Linear, PlainLinear

__all__ = ["Linear", "PlainLinear", "ett_scores"]
