"""The figures of a forecast."""

from typing import Any

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from isocline_forecast.history import History
from isocline_forecast.time_axis import year_phase

INK, BLUE, ORANGE, GREY = "#222222", "#1f5fa8", "#d1561f", "#8a8a8a"
_BASELINES = {"naive": "#7a7a7a", "seasonal_naive": ORANGE, "drift": "#5b9e5b", "mean": "#b8a23c"}
_BANDS = ((0.025, 0.975, 0.12), (0.05, 0.95, 0.2), (0.25, 0.75, 0.3))


def forecast_figure(history: History, forecast: xr.Dataset, name: str) -> Figure:
    """The series with its forecast fan: all of it above, the forecast and some past below."""
    figure = Figure(figsize=(9, 6.4), layout="constrained")
    whole, near = figure.subplots(2, 1, height_ratios=[2, 3])
    values = history.values[:, history.names.index(name)]
    steps = forecast.sizes[history.axis.name]
    recent = max(len(values) - max(2 * steps, 20), 0)
    for axes, start in ((whole, 0), (near, recent)):
        x = dates(history.axis.stamps[start:])
        style = {"marker": ".", "markersize": 3} if len(x) < 150 else {}
        axes.plot(x, values[start:], color=INK, linewidth=0.9, label="history", **style)
        _fan(axes, forecast, name, history.axis.name)
        axes.margins(x=0.01)
        axes.spines[["top", "right"]].set_visible(False)
    near.legend(loc="upper left", frameon=False, fontsize=9)
    units = str(history.template[name].attrs.get("units", ""))
    label = str(history.template[name].attrs.get("long_name", name))
    for axes in (whole, near):
        axes.set_ylabel(f"{label} [{units}]" if units and len(label) < 24 else units or name)
    whole.set_title(f"{label}: {forecast.attrs['model']}", loc="left")
    return figure


def _fan(axes: Axes, forecast: xr.Dataset, name: str, time: str) -> None:
    x = dates(forecast[time].values)
    levels = forecast["quantile"].values
    for low, high, shade in _BANDS:
        bounds = [int(np.abs(levels - level).argmin()) for level in (low, high)]
        if np.allclose(levels[bounds], (low, high)):
            lower, upper = (forecast[name].isel(quantile=i).values for i in bounds)
            label = f"{high - low:.0%} interval"
            axes.fill_between(x, lower, upper, color=BLUE, alpha=shade, linewidth=0, label=label)
    axes.plot(x, forecast[f"{name}_mean"].values, color=BLUE, linewidth=1.3, label="forecast")
    if f"{name}_observed" in forecast:
        observed = forecast[f"{name}_observed"].values
        axes.plot(x, observed, color=ORANGE, linewidth=1.0, label="held out, not seen by the fit")


def lead_figure(by_lead: dict[str, xr.Dataset], prefix: str, chosen: str, units: str) -> Figure:
    """Mean absolute error against lead time, of the model and of the baselines."""
    figure = Figure(figsize=(8, 3.8), layout="constrained")
    axes = figure.subplots()
    for name, found in by_lead.items():
        colour = BLUE if name == chosen else _BASELINES.get(name, GREY)
        width = 2.2 if name == chosen else 1.2
        error = found[f"{prefix}mae"]
        axes.plot(found["lead"], error, color=colour, linewidth=width, label=name)
    # The mean of a series with a trend would squeeze the others to the floor.
    shown = [found for name, found in by_lead.items() if name != "mean" or name == chosen]
    worst = max(float(found[f"{prefix}mae"].max()) for found in shown)
    axes.set_ylim(0, 1.15 * worst if worst > 0 else 1)
    if "mean" in by_lead and float(by_lead["mean"][f"{prefix}mae"].min()) > 1.15 * worst:
        axes.lines[list(by_lead).index("mean")].set_label("mean (beyond the top)")
    axes.set_xlabel("steps ahead")
    axes.set_ylabel(f"mean absolute error{f' [{units}]' if units else ''}")
    figure.legend(loc="outside right upper", frameon=False, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def components_figure(
    stamps: np.ndarray, components: dict[str, tuple[np.ndarray, np.ndarray]], units: str
) -> Figure:
    """The smoothed components of a state-space model, each with two standard deviations."""
    figure = Figure(figsize=(8, 1.7 * len(components)), layout="constrained")
    panels = np.atleast_1d(figure.subplots(len(components), 1, sharex=True))
    x = dates(stamps)
    for axes, (name, (mean, deviation)) in zip(panels, components.items(), strict=True):
        axes.fill_between(
            x, mean - 2 * deviation, mean + 2 * deviation, color=BLUE, alpha=0.2, lw=0
        )
        axes.plot(x, mean, color=BLUE, linewidth=0.9)
        axes.set_title(name, loc="left", fontsize=10)
        axes.set_ylabel(units)
        axes.margins(x=0.01)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def dates(stamps: np.ndarray) -> Any:
    """Stamps as matplotlib can place them: other calendars as decimal years."""
    if stamps.dtype.kind != "O":
        return stamps
    return np.array([stamp.year for stamp in stamps]) + year_phase(stamps)
