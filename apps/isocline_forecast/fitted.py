"""A model fitted to a history, with everything that turns its prediction into quantiles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from isocline_forecast.contract import Model, Prediction, UnsuitableError
from isocline_forecast.history import History
from isocline_forecast.intervals import ConformalOffsets, predictive_quantiles
from isocline_forecast.models import make_model
from isocline_forecast.search import Search

ORIGINS = 400  # past forecasts that calibrate at most
_FEW = 10  # values, below which intervals get a floor


@dataclass
class Fitted:
    """What forecasts come from.

    Attributes:
        model: Works on standardised values.
        centre: Subtracted from each series.
        scale: Divides each series.
        levels: Quantile levels.
        offsets: From past errors, standardised; None where the model has its own distribution.
        horizon: Steps it was fitted for.
        notes: What a user should know.
    """

    model: Model
    centre: Float[np.ndarray, " series"]
    scale: Float[np.ndarray, " series"]
    levels: Float[np.ndarray, " quantile"]
    offsets: ConformalOffsets | None
    horizon: int
    notes: list[str]

    def forecast(
        self,
        history: History,
        origins: Int[np.ndarray, " origin"],
        ahead: Float[np.ndarray, " lead"],
    ) -> tuple[
        Float[np.ndarray, "origin lead series"], Float[np.ndarray, "quantile origin lead series"]
    ]:
        """Point forecasts and quantiles from each origin, in the units of the data."""
        standard = history.with_values((history.values - self.centre) / self.scale)
        prediction = self.model.predict(standard, origins, ahead)
        if self.offsets is None:
            quantiles = predictive_quantiles(prediction, self.levels)
        else:
            quantiles = _with_offsets(prediction, self.offsets, ahead)
        mean = prediction.mean * self.scale + self.centre
        return mean, np.sort(quantiles * self.scale + self.centre, axis=0)


def fit_model(
    name: str,
    options: Mapping[str, Any],
    history: History,
    horizon: int,
    levels: Float[np.ndarray, " quantile"],
    search: Search,
) -> Fitted:
    """Fit one model and calibrate its intervals.

    A model without a distribution of its own is first fitted to the earlier part of the history; its
    errors on the later part make the intervals; then it is fitted to all of it.

    Raises:
        UnsuitableError: The model cannot be used on this history.
    """
    centre, scale, constant = _standard(history.values)
    standard = history.with_values((history.values - centre) / scale)
    notes = _history_notes(history, constant)
    # A series that never changed has no noise whose size could be estimated.
    model = make_model("naive" if constant.all() else name, **options)
    offsets = None
    if not model.has_distribution:
        offsets = _calibrate(model, standard, horizon, levels, search)
        if offsets.widened:
            notes.append(
                "too few past errors for these quantiles; intervals are widened by Student's t"
            )
    model.fit(standard, horizon, search)
    return Fitted(model, centre, scale, levels, offsets, horizon, [*model.notes, *notes])


def _standard(values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Centre and scale of each series, and which of them are constant."""
    low, high = np.nanmin(values, axis=0), np.nanmax(values, axis=0)
    constant = low == high
    # The mean of equal numbers may differ from them in the last digit.
    centre = np.where(constant, low, np.nanmean(values, axis=0))
    deviation = np.nanstd(values, axis=0)
    return centre, np.where(constant | (deviation == 0), 1.0, deviation), constant


def _history_notes(history: History, constant: np.ndarray) -> list[str]:
    from isocline_data.times import show

    notes = [f"'{history.names[i]}' is constant" for i in np.flatnonzero(constant)]
    absent = history.axis.missing_stamps()
    if absent.size:
        shown = ", ".join(show(stamp) for stamp in absent[:6])
        more = f" and {absent.size - 6} more" if absent.size > 6 else ""
        notes.append(f"{absent.size} stamps are missing: {shown}{more}")
    end = len(history.values) - 1
    last = history.last_observed(np.array([end]))[0]
    for series in np.flatnonzero(last < end)[:3]:
        stamp, first = history.axis.stamps[last[series]], history.axis.next_stamps(1)[0]
        count = end - last[series]
        what = "the last value is" if count == 1 else f"the last {count} values are"
        notes.append(
            f"{what} missing in '{history.names[series]}': the forecast starts from "
            f"{show(stamp)}; its first stamp is {show(first)}"
        )
    return notes


def _calibrate(
    model: Model, standard: History, horizon: int, levels: np.ndarray, search: Search
) -> ConformalOffsets:
    """Offsets from the errors of forecasts in the later part of the history."""
    count = len(standard.values)
    held = int(max(model.calibration * count, min(2 * horizon, 0.4 * count)))
    split = max(count - held, min(2, count - 1))
    stage, search.stage = search.stage, f"{search.stage}calibration."
    model.fit(standard.upto(split) if model.learns else standard, horizon, search)
    search.stage = stage
    errors = past_errors(model, standard, np.arange(split - 1, count - 1), horizon)
    few = standard.observed.sum(axis=0) < _FEW
    change = np.nan_to_num(np.diff(standard.values, axis=0))
    floor = np.where(few, np.sqrt(np.mean(change**2, axis=0) / 2), 0.0)
    return ConformalOffsets.from_errors(errors, levels, floor)


def past_errors(
    model: Model, standard: History, origins: Int[np.ndarray, " row"], horizon: int
) -> Float[np.ndarray, "origin lead series"]:
    """Observed minus predicted at each lead from origins in the history; NaN where nothing was observed.

    At most `ORIGINS` of the origins are used, evenly spaced.
    """
    kept = np.linspace(0, origins.size - 1, min(ORIGINS, origins.size)).astype(int)
    origins = np.unique(origins[kept])
    rows = standard.axis.rows
    longest = int(min(horizon, rows[-1] - rows[origins[0]]))
    if longest < 1:
        raise UnsuitableError("the series is too short for an interval; give more than 2 values")
    ahead = np.arange(1, longest + 1, dtype=float)
    errors = np.full((origins.size, horizon, standard.values.shape[1]), np.nan)
    for start in range(0, origins.size, 64):
        part = slice(start, start + 64)
        truth = observed_ahead(standard, origins[part], ahead)
        made = model.predict(standard, origins[part], ahead)
        unsure = False if made.widest is None else made.widest
        errors[part, :longest] = np.where(unsure, np.nan, truth - made.mean)
    if not np.isfinite(errors).any(axis=(0, 1)).all():
        # Every past forecast was a guess: their errors are all there is.
        made = model.predict(standard, origins, ahead)
        errors[:, :longest] = observed_ahead(standard, origins, ahead) - made.mean
    return errors


def observed_ahead(
    history: History, origins: Int[np.ndarray, " origin"], ahead: Float[np.ndarray, " lead"]
) -> Float[np.ndarray, "origin lead series"]:
    """The value at the step nearest to each lead; NaN where none is."""
    rows = history.axis.rows
    length = int(rows[-1]) + 1
    row_at = np.full(length, -1)
    row_at[rows] = np.arange(rows.size)
    step = rows[origins][:, None] + np.rint(ahead).astype(int)[None, :]
    row = np.where(step < length, row_at[np.minimum(step, length - 1)], -1)
    return np.where((row >= 0)[..., None], history.values[np.maximum(row, 0)], np.nan)


def _with_offsets(
    prediction: Prediction, offsets: ConformalOffsets, ahead: np.ndarray
) -> Float[np.ndarray, "quantile origin lead series"]:
    added = offsets.at(ahead)[:, None]
    if prediction.widest is not None:
        widest = offsets.widest[:, None, None, :]
        wider = prediction.widest[None] & (np.abs(widest) > np.abs(added))
        added = np.where(wider, widest, added)
    return prediction.mean[None] + added
