"""What a notebook calls: `discover` returns a model, `run_discover` leaves a run folder besides."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import xarray as xr

from isocline_run import Run, open_run, open_source
from isocline_sysid.config import SysidSettings
from isocline_sysid.discovery import Found, find_equations
from isocline_sysid.model import Model
from isocline_sysid.report import write_figures, write_report
from isocline_sysid.trajectories import Trajectory, trajectories
from isocline_sysid.uncertainty import draw_coefficients

FINISHING = 3.5
"""Seconds that simulations, figures and the report take; kept back from the budget."""
EVERY = 20
"""Draws between two checkpoints."""
SMOOTH = 1500
"""Points of a curve that looks smooth in a figure."""


def discover(
    data: xr.Dataset | Sequence[xr.Dataset],
    states: Sequence[str],
    *,
    controls: Sequence[str] = (),
    degree: int = 2,
    draws: int = 100,
    seed: int = 0,
) -> Model:
    """Find the equations that a system's trajectories obey.

    Terms are chosen from all monomials up to `degree` by weak-form regression; coefficients and
    trajectories are then fitted together (errors in variables), and a parametric bootstrap gives the
    error bars.

    Args:
        data: One trajectory, or several of any length; variables of shape (time,), gaps as NaN.
        states: Names of the state variables.
        controls: Names of known inputs.
        degree: Largest total degree of a term.
        draws: Bootstrap draws; 0 takes the errors from the fit's covariance.
        seed: Of the draws.

    Returns:
        The model, in the units of the data.

    Raises:
        IdentificationError: The data do not determine the equations; the sentence says why.
        isocline_data.DataError: A name is unknown, or the time axis is out of order.

    Example:
        >>> from isocline_data import open_dataset
        >>> model = discover(open_dataset("lorenz_noisy"), ["x", "y", "z"], draws=0)
        >>> print(model)
        dx/dt = −(10.0013 ± 0.0052) x + (10.0040 ± 0.0051) y
        dy/dt = (27.9868 ± 0.0097) x − (0.9989 ± 0.0011) y − (0.99956 ± 0.00034) x z
        dz/dt = −(2.66687 ± 0.00051) z + (1.00027 ± 0.00034) x y
    """
    found = find_equations(data, states, controls, degree)
    made = list(
        draw_coefficients(
            found.dynamics, found.nodes, found.refined, seed=seed, first=0, draws=draws
        )
        if found.refined.converged
        else ()
    )
    return found.model(np.array(made) if made else None)


def run_discover(
    source: str | Path,
    settings: SysidSettings,
    out: str | Path | None,
    *,
    force: bool = False,
    resume: bool = False,
    data_dir: str | Path | None = None,
    budget_started: float | None = None,
) -> Model:
    """What `isocline sysid discover` does: a model, and the folder of the run.

    Args:
        source: A path, pattern, URL or catalogue name.
        settings: Names, degree, draws, seed, budget.
        out: The run folder; None keeps nothing.
        force: Replace a folder that exists.
        resume: Go on with a run that was interrupted.
        data_dir: Where the catalogue's files are looked for first.
        budget_started: When the budget began to count; now when None.

    Raises:
        UserError: Input that the user can put right.
    """
    opened = open_source(source, data_dir=data_dir)
    with open_run(
        out,
        application="sysid",
        settings=settings,
        force=force,
        resume=resume,
        sources=opened.files,
        budget_started=budget_started,
    ) as run:
        found = find_equations(
            opened.dataset,
            settings.states,
            settings.controls,
            settings.degree,
            say=lambda text: run.log(step=text),
        )
        model = found.model(_bootstrap(run, found, settings) if settings.draws else None)
        _finish(run, model, found.initial_state, opened.dataset, str(source))
    return model


def _bootstrap(run: Run, found: Found, settings: SysidSettings) -> np.ndarray | None:
    """The draws, resumed from the last checkpoint; fewer than asked for when the budget ends."""
    if not found.refined.converged:
        return None
    saved = run.last_checkpoint()
    made = [] if saved is None else [row.numpy() for row in saved[0]["draws"]]
    budget = run.budget.reserving(FINISHING)
    draws = draw_coefficients(
        found.dynamics,
        found.nodes,
        found.refined,
        seed=settings.seed,
        first=len(made),
        draws=settings.draws,
    )
    with run.progress(total=settings.draws, description="bootstrap") as progress:
        for drawn in draws:
            made.append(drawn)
            progress.update(len(made))
            if len(made) % EVERY == 0:
                run.checkpoint({"draws": torch.from_numpy(np.array(made))}, {"draws": len(made)})
            if budget.exhausted:
                break
    if len(made) < settings.draws:
        found.notes.append(
            f"The budget ended after {len(made)} of {settings.draws} bootstrap draws."
        )
    return np.array(made)


def _finish(run: Run, model: Model, start: np.ndarray, dataset: xr.Dataset, source: str) -> None:
    """Result, numbers, figures and report."""
    (data,) = trajectories(dataset, model.states, model.controls)
    simulated = model.simulate(start, data.times, data.controls)
    scores = model.score(dataset)
    result = model.to_dataset()
    for k, name in enumerate(model.states):
        attributes = {"units": model.units[name]}
        result[f"{name}_observed"] = ("time", data.states[:, k], attributes)
        result[f"{name}_simulated"] = ("time", simulated[name].values, attributes)
    result = result.assign_coords(time=("time", data.times, {"units": model.time_unit}))
    run.result(result)
    run.model({"coefficients": torch.from_numpy(model.values.copy())}, {"equations": str(model)})
    run.metrics(
        {
            "equations": "; ".join(str(model).splitlines()),
            "terms": int((model.values != 0).sum()),
            **{f"r2_{name}": value for name, value in scores.items()},
            **{
                f"noise_{name}": value
                for name, value in zip(model.states, model.noise, strict=True)
            },
        }
    )
    write_figures(run, model, data, _finely(model, start, data, simulated))
    write_report(run, model, scores, source)


def _finely(model: Model, start: np.ndarray, data: Trajectory, simulated: xr.Dataset) -> xr.Dataset:
    """The simulation on a grid that draws a smooth curve."""
    if len(data.times) >= SMOOTH:
        return simulated
    times = np.linspace(data.times[0], data.times[-1], SMOOTH)
    inputs = [np.interp(times, data.times, column) for column in data.controls.T]
    return model.simulate(start, times, np.stack(inputs, axis=1) if inputs else None)
