"""Time-series forecasting: a dataset with gaps in, calibrated forecasts out.

Example:
    >>> import isocline_forecast  # doctest: +SKIP
    >>> run = isocline_forecast.forecast("co2", "co2", horizon="3y", holdout=True)  # doctest: +SKIP
    >>> run.metrics["rmse_ratio"] < 0.5  # doctest: +SKIP
    True
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from isocline_forecast.api import ForecastRun, forecast
    from isocline_forecast.closed_form.benchmark import ett_scores
    from isocline_forecast.config import ForecastSettings
    from isocline_forecast.forecaster import Forecaster

__all__ = ["ForecastRun", "ForecastSettings", "Forecaster", "ett_scores", "forecast"]

# Loaded on first use (PEP 562): PyTorch and xarray take seconds to import.
_HOME = {
    "ForecastRun": "api",
    "ForecastSettings": "config",
    "Forecaster": "forecaster",
    "ett_scores": "closed_form.benchmark",
    "forecast": "api",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'isocline_forecast' has no attribute {name!r}")
    value = getattr(import_module(f"isocline_forecast.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
