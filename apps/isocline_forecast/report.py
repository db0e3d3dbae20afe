"""What a forecast run leaves in its folder: result, model, metrics, figures, report."""

from collections.abc import Sequence

import numpy as np

from isocline_forecast.api import ForecastRun
from isocline_forecast.figures import components_figure, forecast_figure, lead_figure
from isocline_forecast.saved import pack
from isocline_forecast.state_space import LinearSDE
from isocline_run import Run, Section

_SHOWN = 6  # series with figures


def write_results(found: ForecastRun, run: Run) -> None:
    """Write everything that belongs to a run."""
    forecaster = found.forecaster
    run.result(found.dataset)
    run.model(*pack(forecaster.fitted, forecaster.history, forecaster.trials))
    run.metrics(found.metrics)
    sections = [_forecast_section(found, run)]
    if found.held_out is not None:
        sections += [_table_section(found), _lead_section(found, run)]
    if forecaster.trials:
        sections.append(_trials_section(found))
    if isinstance(forecaster.model, LinearSDE):
        sections.append(_components_section(found, forecaster.model, run))
    names = ", ".join(map(str, forecaster.history.template.data_vars))
    run.report(f"Forecast of {names}", sections, summary=summary(found))


def summary(found: ForecastRun) -> str:
    """What was found, in a sentence or two."""
    metrics, model = found.metrics, found.forecaster.model.name
    time = found.forecaster.history.axis.name
    stamps = found.dataset[time].values
    from isocline_data.times import show

    text = (
        f"{model}, {metrics['horizon_steps']} steps from {show(stamps[0])} to {show(stamps[-1])}."
    )
    if "rmse_ratio" in metrics:
        baseline = "seasonal naive" if "rmse_seasonal_naive" in metrics else "naive"
        text += (
            f" On the held-out part its RMSE is {metrics['rmse']:.4g}, "
            f"{metrics['rmse_ratio']:.3f} of that of {baseline}"
        )
        if "coverage_90" in metrics:
            text += f", and the 90 % interval holds {metrics['coverage_90']:.1%} of the values"
        text += "."
    return text


def _forecast_section(found: ForecastRun, run: Run) -> Section:
    history, figures = found.forecaster.history, []
    for name in _drawn(found):
        key = f"forecast-{name}" if len(_drawn(found)) > 1 else "forecast"
        figure = forecast_figure(history, found.dataset, name)
        run.figure(key, figure, "History, point forecast and predictive intervals.")
        figures.append(key)
    notes = ". ".join(note[:1].upper() + note[1:] for note in found.forecaster.notes)
    return Section("Forecast", text=f"{notes}." if notes else "", figures=figures)


def _table_section(found: ForecastRun) -> Section:
    assert found.held_out is not None
    keys = ["rmse", "mae", "crps", "coverage_90", "width_90", "mase"]
    rows: list[Sequence[object]] = []
    for model, variables in found.held_out.scores.items():
        for variable, numbers in variables.items():
            label = model if len(variables) == 1 else f"{model}, {variable}"
            rows.append([label, *(numbers.get(key) for key in keys)])
    text = (
        "Scores on the held-out part, in the units of the data. CRPS is twice the mean pinball loss "
        "over the quantiles; coverage and width are of the 90 % interval; MASE is the mean absolute "
        "error over that of the one-step naive forecast in the history."
    )
    header = ["model", "RMSE", "MAE", "CRPS", "coverage", "width", "MASE"]
    return Section("Models on the held-out part", text=text, header=header, table=rows)


def _lead_section(found: ForecastRun, run: Run) -> Section:
    assert found.held_out is not None
    figures, drawn = [], _drawn(found)
    several = len(found.forecaster.history.template.data_vars) > 1
    for name in drawn:
        key = f"lead-{name}" if len(drawn) > 1 else "lead"
        units = str(found.forecaster.history.template[name].attrs.get("units", ""))
        prefix = f"{name}_" if several else ""
        chosen = found.forecaster.model.name
        run.figure(key, lead_figure(found.held_out.by_lead, prefix, chosen, units))
        figures.append(key)
    text = (
        "Forecasts from origins that move through the held-out part, each seeing what came before it; "
        "the parameters stay as they were fitted. Long leads have few origins."
    )
    return Section("Error by lead time", text=text, figures=figures)


def _trials_section(found: ForecastRun) -> Section:
    rows = [
        [
            trial.model,
            _or_none(trial.crps),
            _or_none(trial.mae),
            _or_none(trial.score),
            trial.seconds,
            trial.reason,
        ]
        for trial in found.forecaster.trials
    ]
    text = (
        "Each model was fitted to the first part of the history and scored on the last part of it, in "
        "standard deviations of the series; the one with the least mean of CRPS and MAE was taken. The "
        "held-out part, where there is one, played no role."
    )
    header = ["model", "CRPS", "MAE", "mean of both", "seconds", "why not"]
    return Section("What was tried", text=text, header=header, table=rows)


def _components_section(found: ForecastRun, model: LinearSDE, run: Run) -> Section:
    forecaster, fitted = found.forecaster, found.forecaster.fitted
    history = forecaster.history
    standard = history.with_values((history.values - fitted.centre) / fitted.scale)
    components = {}
    for name, (mean, deviation) in model.components(standard).items():
        centre = fitted.centre[0] if name in ("signal", "trend") else 0.0
        components[name] = (mean * fitted.scale[0] + centre, deviation * fitted.scale[0])
    first = history.names[0]
    units = str(next(iter(history.template.data_vars.values())).attrs.get("units", ""))
    run.figure(
        "signal-components",
        components_figure(history.axis.stamps, components, units),
        f"Components of {first}, smoothed, with two standard deviations.",
    )
    rows = [[name, value] for name, value in model.parameters().items()]
    text = f"{model.structures[0].words}. Parameters are of the standardised series, per step."
    header = ["parameter", "value"]
    return Section(
        "Components", text=text, table=rows, header=header, figures=["signal-components"]
    )


def _drawn(found: ForecastRun) -> list[str]:
    """The variables that get a figure: those that are one series."""
    template = found.forecaster.history.template
    return [str(name) for name, variable in template.data_vars.items() if variable.size == 1][
        :_SHOWN
    ]


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
