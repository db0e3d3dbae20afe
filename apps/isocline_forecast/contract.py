"""What every model is: fitted to a history, it predicts from any row of any history."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from jaxtyping import Bool, Float, Int

from isocline_forecast.history import History
from isocline_forecast.search import Search
from isocline_run import UserError


class UnsuitableError(UserError):
    """A model that cannot be used on this history; the message says why and what to do."""


@dataclass(frozen=True)
class Prediction:
    """What a model expects from each origin on.

    Attributes:
        mean: (origin, lead, series).
        deviation: Standard deviation of the predictive distribution; None where the model has none.
        degrees: Degrees of freedom of its Student t form, one a series; None for a normal one.
        widest: (origin, lead, series): where the model knows less than its past errors show, and the
            widest interval of all leads is due.
    """

    mean: Float[np.ndarray, "origin lead series"]
    deviation: Float[np.ndarray, "origin lead series"] | None = None
    degrees: Float[np.ndarray, " series"] | None = None
    widest: Bool[np.ndarray, "origin lead series"] | None = None


class Model(ABC):
    """One way of forecasting.

    A model sees standardised values.  It may look at a row's past only: the prediction from an
    origin depends on rows up to it.

    Attributes:
        name: As on the command line.
        summary: One line for `isocline forecast models`.
        has_distribution: Whether predictions carry a deviation; else intervals come from past errors.
        calibration: The share of the history whose errors make those intervals.
        learns: Whether the fit looks at values, so that errors count only after the part it saw.
        notes: What a user should know about this fit, one sentence each.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    has_distribution: ClassVar[bool] = False
    calibration: ClassVar[float] = 0.25
    learns: ClassVar[bool] = True

    def __init__(self) -> None:
        self.notes: list[str] = []

    @abstractmethod
    def fit(self, history: History, horizon: int, search: Search) -> None:
        """Learn from a history.

        Args:
            history: Standardised values.
            horizon: Steps ahead that matter.
            search: Clock and memory of whatever is tried.

        Raises:
            UnsuitableError: The history is too short or too irregular for this model.
        """

    @abstractmethod
    def predict(
        self,
        history: History,
        origins: Int[np.ndarray, " origin"],
        ahead: Float[np.ndarray, " lead"],
    ) -> Prediction:
        """Predict from each origin.

        Args:
            history: Standardised values; need not be the one it was fitted to.
            origins: Rows of the history; the last one known.
            ahead: Steps after the origin, positive, increasing.
        """

    def tensors(self) -> dict[str, np.ndarray]:
        """The arrays that a saved model needs."""
        return {}

    def settings(self) -> dict[str, Any]:
        """The plain numbers and texts that a saved model needs."""
        return {}

    def restore(self, tensors: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> None:
        """Take up what `tensors` and `settings` returned."""
        del tensors, settings
