"""The settings of a forecast."""

from pydantic import field_validator

from isocline_forecast.forecaster import QUANTILES, check_levels
from isocline_forecast.models import AUTO, check_name
from isocline_run import Settings, UserError


class ForecastSettings(Settings):
    """Settings of `forecast`, checked as they are read.

    Example:
        >>> ForecastSettings(horizon="3y", model="linear_sde").horizon
        '3y'
    """

    target: tuple[str, ...] = ()
    """Variables to forecast; may be left out where there is one."""
    horizon: str | None = None
    """Steps ("48") or duration ("30D", "3y"); a tenth of the data when not given."""
    model: str = AUTO
    """"auto", or a model of `isocline forecast models`."""
    holdout: bool = False
    """Keep the last `horizon` of the data from the fit, forecast it, and score the forecast."""
    season: str | float | None = None
    """"day", "week", "year" or a number of steps, where the calendar's is not the one."""
    lookback: int | None = None
    """Steps of context of the linear models; chosen when not given."""
    quantiles: tuple[float, ...] = QUANTILES
    """Levels of the predictive quantiles."""
    time: str | None = None
    """Variable that holds the times, where it is not found by itself."""
    time_zone: str | None = None
    """Zone of the local times in a table, such as "Europe/Berlin"."""
    on_duplicates: str = "error"
    """What to do with stamps that occur more than once: error, first, last."""

    @field_validator("target", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else () if value is None else value

    @field_validator("horizon", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int | float) else value

    @field_validator("season", mode="before")
    @classmethod
    def _as_number(cls, value: object) -> object:
        if isinstance(value, str):
            try:
                return float(value)
            except ValueError:
                return value
        return value

    @field_validator("model")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            check_name(value)
        except UserError as error:
            raise ValueError(str(error)) from error
        return value

    @field_validator("quantiles")
    @classmethod
    def _between(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        try:
            return tuple(check_levels(value).tolist())
        except UserError as error:
            raise ValueError(str(error)) from error
