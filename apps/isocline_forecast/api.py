"""`forecast`: what the command does, as one function."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import xarray as xr

from isocline_forecast.config import ForecastSettings
from isocline_forecast.forecaster import Forecaster
from isocline_forecast.held_out import HeldOut, hold_out, score_held_out
from isocline_forecast.history import History, read_history
from isocline_forecast.search import Search
from isocline_run import Progress, Run, open_run, open_source

_ENDING = 4.0  # seconds kept for scores, figures and report, at least
_ENDING_PER_START = 1.3  # seconds they take for each one from the start of the process to the fit


@dataclass(frozen=True)
class ForecastRun:
    """What a run leaves.

    Attributes:
        dataset: The forecast: each target (quantile, time, …) and `NAME_mean`; with `holdout` also
            `NAME_observed`.
        metrics: Numbers by name.
        forecaster: Fitted.
        held_out: Scores on the held-out part, where there is one.
        folder: Where it was written; None where it was not.
    """

    dataset: xr.Dataset
    metrics: dict[str, Any]
    forecaster: Forecaster
    held_out: HeldOut | None
    folder: Path | None


def forecast(
    source: "str | Path | xr.Dataset",
    target: str | Sequence[str] | None = None,
    *,
    horizon: str | int | None = None,
    model: str = "auto",
    holdout: bool = False,
    settings: ForecastSettings | None = None,
    out: str | Path | None = None,
    force: bool = False,
    resume: bool = False,
    data_dir: str | Path | None = None,
    budget_started: float | None = None,
    **changes: Any,
) -> ForecastRun:
    """Forecast variables of a dataset.

    Args:
        source: Path, pattern, URL, catalogue name or dataset.
        target: Variables to forecast; may be left out where there is one.
        horizon: Steps or duration ("30D", "3y"); a tenth of the data when None.
        model: "auto" or a model's name.
        holdout: Keep the last `horizon` from the fit, forecast it, and score the forecast.
        settings: In place of the four above.
        out: Run folder; nothing is kept when None.
        force: Replace the run in `out`.
        resume: Go on with an unfinished run in `out`.
        data_dir: Folder searched first for files of the catalogue.
        budget_started: When the clock of the budget started; now when None.
        changes: Other settings by name, such as `budget="30s"` or `season=24`.

    Raises:
        DataError: The source cannot be read, or a variable or its time axis is at fault.
        UserError: A setting, the horizon or the folder cannot be used.
        Interrupted: Ctrl-C; the run can be resumed where `out` was given.

    Example:
        >>> run = forecast("co2", "co2", horizon="1y", model="drift", holdout=True)
        >>> sorted(run.dataset)
        ['co2', 'co2_mean', 'co2_observed']
    """
    if settings is None:
        changes |= {"target": target, "horizon": horizon, "model": model, "holdout": holdout}
    settings = (settings or ForecastSettings()).changed(**changes)
    opened = open_source(
        source,
        data_dir=data_dir,
        time=settings.time,
        time_zone=settings.time_zone,
        on_duplicates=settings.on_duplicates,
    )
    with open_run(
        out,
        application="forecast",
        settings=settings,
        force=force,
        resume=resume,
        sources=opened.files,
        budget_started=budget_started,
    ) as run:
        found = _forecast(opened.dataset, settings, run, Path(out) if out is not None else None)
        if out is not None:
            from isocline_forecast.report import write_results

            write_results(found, run)
    return found


def _forecast(
    dataset: xr.Dataset, settings: ForecastSettings, run: Run, folder: Path | None
) -> ForecastRun:
    history = read_history(dataset, settings.target)
    past = history
    steps: str | int | None = settings.horizon
    if settings.holdout:
        past, steps = hold_out(history, settings.horizon or str(max(len(history.values) // 10, 1)))
    forecaster = Forecaster(
        settings.model,
        season=settings.season,
        lookback=settings.lookback,
        quantiles=settings.quantiles,
    )
    with run.progress(description="fitting") as progress:
        search = _search(run, progress)
        forecaster.fit_history(past, horizon=steps, search=search)
    fit_seconds = run.wall_seconds
    if search.cut_short:
        forecaster.notes.append("the budget was spent before the fit had tried everything")
    if settings.holdout:
        kept = len(past.values)
        made = forecaster.predict(stamps=history.axis.stamps[kept:])
        held = score_held_out(forecaster, history, kept, made, Search(run.budget))
        for name, observed in held.observed.items():
            made[f"{name}_observed"] = observed
    else:
        made, held = forecaster.predict(), None
    metrics = _metrics(forecaster, past, made, held) | {"fit_seconds": round(fit_seconds, 3)}
    return ForecastRun(made, metrics, forecaster, held, folder)


def _search(run: Run, progress: Progress) -> Search:
    """A search that shows itself, keeps checkpoints and takes up the last one."""

    def shown(count: int, value: float) -> None:
        progress.update(count, **({} if value != value else {"loss": value}))

    def kept(memory: dict[str, torch.Tensor]) -> None:
        run.checkpoint(memory, {"evaluations": sum(len(rows) for rows in memory.values())})

    # Imports and figures are slowed alike by whatever else the machine does: one foretells the other.
    reserve = 0.0 if run.out is None else max(_ENDING, _ENDING_PER_START * run.budget.elapsed)
    search = Search(run.budget.reserving(reserve), on_step=shown, on_checkpoint=kept)
    last = run.last_checkpoint()
    if last is not None:
        search.remember(last[0])
    return search


def _metrics(
    forecaster: Forecaster, past: History, made: xr.Dataset, held: HeldOut | None
) -> dict[str, Any]:
    name = forecaster.model.name
    found: dict[str, Any] = {}
    if held is not None:
        variables = held.scores[name]
        single = len(variables) == 1
        baseline = "seasonal_naive" if "seasonal_naive" in held.scores else "naive"
        for variable, numbers in variables.items():
            own = dict(numbers)
            other = held.scores[baseline][variable]["rmse"]
            own[f"rmse_{baseline}"] = other
            if other > 0:
                own["rmse_ratio"] = own["rmse"] / other
            found |= own if single else {variable: own}
    return found | {
        "model": name,
        "horizon_steps": int(made.sizes[past.axis.name]),
        "observations": int(past.observed.sum()),
        "missing": int((~past.observed).sum()),
    }
