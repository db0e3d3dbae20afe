"""Figures and the page of an identification."""

import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from isocline_run import Run, Section
from isocline_sysid.model import Model
from isocline_sysid.trajectories import Trajectory

_DATA, _MODEL = "#5b6573", "#0b6e6e"


def write_figures(run: Run, model: Model, data: Trajectory, simulated: xr.Dataset) -> None:
    """The simulation beside the data, the coefficients with their errors, and the phase portrait."""
    run.figure(
        "simulation",
        draw_simulation(model, data, simulated),
        "Samples, and the model simulated from the fitted start. A chaotic system leaves its record "
        "after a few Lyapunov times, however good the model.",
    )
    run.figure(
        "coefficients",
        draw_coefficients(model),
        "Coefficients with 90 % intervals, as shares of their value.",
    )
    if len(model.states) >= 2:
        run.figure(
            "phase", draw_phase(model, data, simulated), "The first two states against each other."
        )


def draw_simulation(model: Model, data: Trajectory, simulated: xr.Dataset) -> Figure:
    """One panel a state."""
    count = len(model.states)
    figure, axes = plt.subplots(
        count, 1, figsize=(8, 0.8 + 1.7 * count), sharex=True, squeeze=False, layout="constrained"
    )
    for k, (name, axis) in enumerate(zip(model.states, axes[:, 0], strict=True)):
        axis.plot(
            data.times,
            data.states[:, k],
            ".",
            ms=5 if len(data.times) < 200 else 2,
            color=_DATA,
            label="data",
        )
        axis.plot(simulated["time"], simulated[name], color=_MODEL, lw=1.4, label="model")
        axis.set_ylabel(_label(name, model.units[name]))
        axis.margins(x=0.01)
    axes[0, 0].legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False)
    axes[-1, 0].set_xlabel(_label("time", model.time_unit))
    return figure


def draw_coefficients(model: Model) -> Figure:
    """Each coefficient's interval relative to its value: how well is each known."""
    rows = [
        (f"d{state}/dt: {term}", k, m)
        for k, state in enumerate(model.states)
        for m, term in enumerate(model.library.term_names)
        if model.values[k, m]
    ]
    figure, axis = plt.subplots(figsize=(7, 0.9 + 0.34 * max(len(rows), 1)), layout="constrained")
    lower, upper = (np.asarray(model.coefficients[name].values) for name in ("lower", "upper"))
    for place, (_, k, m) in enumerate(rows):
        value = model.values[k, m]
        span = sorted([100 * (lower[k, m] / value - 1), 100 * (upper[k, m] / value - 1)])
        axis.plot(span, [place, place], color=_MODEL, lw=3, solid_capstyle="round")
        axis.plot(0, place, "o", color=_MODEL)
        text = f"{value:.4g}".replace("-", "−")
        axis.annotate(
            text,
            (span[1], place),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=9,
        )
    axis.set_yticks(range(len(rows)), [label for label, _, _ in rows])
    # Half a row above the first and below the last: no marker sits on the frame.
    axis.set_ylim(max(len(rows), 1) - 0.5, -0.5)
    if not rows:
        axis.annotate("no terms", (0, 0), ha="center", va="center", color=_DATA)
    axis.axvline(0, color="#c8ccd0", lw=0.8, zorder=0)
    axis.margins(x=0.2)
    axis.set_xlabel("90 % interval, per cent of the value")
    return figure


def draw_phase(model: Model, data: Trajectory, simulated: xr.Dataset) -> Figure:
    """The first state against the second."""
    first, second = model.states[:2]
    figure, axis = plt.subplots(figsize=(5.2, 4.6), layout="constrained")
    axis.plot(
        data.states[:, 0],
        data.states[:, 1],
        ".",
        ms=5 if len(data.times) < 200 else 2,
        color=_DATA,
        label="data",
    )
    axis.plot(simulated[first], simulated[second], color=_MODEL, lw=1, alpha=0.8, label="model")
    axis.set_xlabel(_label(first, model.units[first]))
    axis.set_ylabel(_label(second, model.units[second]))
    axis.legend(frameon=False)
    return figure


def write_report(run: Run, model: Model, scores: dict[str, float], source: str) -> None:
    """The page: equations, coefficients, how well they follow the data, and what was noticed."""
    table = []
    for state in model.states:
        for term in model.library.term_names:
            entry = model.coefficients.sel(equation=state, term=term)
            if float(entry["value"]):
                numbers = [
                    f"{float(entry[c]):.5g}" for c in ("value", "standard_error", "lower", "upper")
                ]
                table.append([f"d{state}/dt", term, *numbers])
    header = ["equation", "term", "value", "standard error", "5 %", "95 %"]
    fits = [
        [
            name,
            f"{scores[name]:.4f}",
            f"{noise:.3g}" + (" (relative)" if model.relative else f" {model.units[name]}"),
        ]
        for name, noise in zip(model.states, model.noise, strict=True)
    ]
    run.report(
        f"Equations identified from {source}",
        [
            Section("Equations", code=str(model)),
            Section("Coefficients", table=table, header=header, figures=["coefficients"]),
            Section(
                "Against the data",
                text="R² of a simulation from the first sample; deviation of the samples about the fit.",
                table=fits,
                header=["state", "R²", "noise"],
                figures=["simulation", *(["phase"] if len(model.states) >= 2 else [])],
            ),
            Section("Noticed", text=" ".join(model.notes) or "Nothing that needs a word."),
        ],
    )


def _label(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit not in {"", "1"} else name
