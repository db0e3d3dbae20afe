"""Linear stochastic differential equations as forecasting models: components, filter, smoother, fit."""

from isocline_forecast.state_space.linear_sde import LinearSDE

__all__ = ["LinearSDE"]
