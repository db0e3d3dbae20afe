"""A found model: equations one can read, simulate, score, save and load."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import sympy
import xarray as xr
from jaxtyping import Float
from scipy.integrate import solve_ivp

from isocline_data import open_dataset, to_netcdf
from isocline_sysid.errors import IdentificationError
from isocline_sysid.library import PolynomialLibrary
from isocline_sysid.text import equation_lines, latex_lines
from isocline_sysid.trajectories import trajectories

BLOW_UP = 1e6
"""A simulated state this many times its largest observed or initial value has run away."""


@dataclass(frozen=True)
class Model:
    """dx_k/dt = Σ_m w_km θ_m(x, u), with how sure each w is.

    Attributes:
        library: The candidate terms.
        states: Names of the states.
        controls: Names of the inputs.
        coefficients: `value`, `standard_error`, `lower` and `upper` (90 %) over (equation, term), in
            the user's units; value and error 0 where a term is not in the equation.
        sizes: Largest observed magnitude of each state: it sets the absolute tolerance of a simulation,
            and when one has run away.
        units: Of each state and input, "" where unknown.
        time_unit: In which t counts.
        noise: Deviation of the samples about the fitted trajectories, by state ("relative" noise is a
            fraction).
        relative: Whether noise is relative (states are positive and were fitted as logarithms).
        notes: What the user should know, a sentence each.
    """

    library: PolynomialLibrary
    states: tuple[str, ...]
    controls: tuple[str, ...]
    coefficients: xr.Dataset
    sizes: tuple[float, ...]
    units: dict[str, str]
    time_unit: str
    noise: tuple[float, ...]
    relative: bool
    notes: tuple[str, ...]

    @cached_property
    def values(self) -> Float[np.ndarray, "equation term"]:
        """The coefficients as an array."""
        return np.asarray(self.coefficients["value"].values, dtype=float)

    @property
    def equations(self) -> dict[str, sympy.Expr]:
        """The right-hand side of each state as a sympy expression in the names of the variables."""
        return {
            state: sympy.Add(
                *(float(w) * term for w, term in zip(row, self.library.symbols, strict=True) if w)
            )
            for state, row in zip(self.states, self.values, strict=True)
        }

    def __str__(self) -> str:
        return "\n".join(equation_lines(self))

    def latex(self) -> str:
        """The equations with their standard errors, for a LaTeX `align` environment."""
        return "\n".join(latex_lines(self))

    def right_hand_side(
        self,
        states: Float[np.ndarray, "time state"],
        controls: Float[np.ndarray, "time control"] | None = None,
    ) -> Float[np.ndarray, "time state"]:
        """dx/dt at given states and inputs."""
        z = states if controls is None else np.concatenate([states, controls], axis=1)
        return self.library.values(z) @ self.values.T

    def simulate(
        self,
        initial_state: Sequence[float] | np.ndarray,
        times: Sequence[float] | np.ndarray,
        controls: xr.Dataset | np.ndarray | None = None,
    ) -> xr.Dataset:
        """Integrate the equations (LSODA, rtol 1e-8).

        Args:
            initial_state: At the first time, (states,).
            times: Increasing, in `time_unit`.
            controls: Inputs at those times, (time, control), linear in between; needed when the
                model has inputs.

        Returns:
            The states over `time`; NaN after the time at which a state ran away.

        Raises:
            IdentificationError: The initial state or the inputs have another shape or a missing value,
                or the times do not increase.
        """
        t = np.asarray(times, dtype=float)
        if t.ndim != 1 or len(t) < 2 or not (np.diff(t) > 0).all():
            raise IdentificationError(
                "a simulation needs two or more times, each later than the last"
            )
        start = self._start(initial_state)
        inputs = self._inputs(controls, t)

        def field(time: float, state: np.ndarray) -> np.ndarray:
            u = np.array([[np.interp(time, t, column) for column in inputs.T]])
            return self.right_hand_side(state[None], u)[0]

        size = np.maximum(self.sizes, np.abs(start))

        def ran_away(time: float, state: np.ndarray) -> float:
            del time
            return BLOW_UP - float((np.abs(state) / size).max())

        ran_away.terminal = True  # type: ignore[attr-defined]
        solved = solve_ivp(
            field,
            (t[0], t[-1]),
            start,
            "LSODA",
            t,
            events=ran_away,
            rtol=1e-8,
            atol=1e-10 * size,
        )
        values = np.full((len(t), len(self.states)), np.nan)
        values[: solved.y.shape[1]] = solved.y.T
        return xr.Dataset(
            {
                name: ("time", values[:, k], {"units": self.units.get(name, "")})
                for k, name in enumerate(self.states)
            },
            {"time": ("time", t, {"units": self.time_unit})},
        )

    def score(self, dataset: xr.Dataset) -> dict[str, float]:
        """How well a simulation from the first sample follows a record.

        Args:
            dataset: With the states and inputs.

        Returns:
            R² = 1 − Σ(x − x̂)²/Σ(x − x̄)² of each state (1 is perfect, below 0 is worse than the mean;
            −inf when the simulation runs away).
        """
        (data,) = trajectories(dataset, self.states, self.controls)
        simulated = self.simulate(data.states[0], data.times, data.controls)
        scores = {}
        for k, name in enumerate(self.states):
            error = simulated[name].values - data.states[:, k]
            spread = ((data.states[:, k] - data.states[:, k].mean()) ** 2).sum()
            finite = np.isfinite(error).all()
            scores[name] = float(1 - (error**2).sum() / spread) if finite else float("-inf")
        return scores

    def to_dataset(self) -> xr.Dataset:
        """The model as a labelled dataset; `from_netcdf` reads it back."""
        record: dict[str, Any] = {
            "states": list(self.states),
            "controls": list(self.controls),
            "degree": self.library.degree,
            "sizes": list(self.sizes),
            "units": self.units,
            "noise": list(self.noise),
            "relative": self.relative,
            "notes": list(self.notes),
        }
        return self.coefficients.assign_attrs(
            title="Identified equations",
            equations=str(self),
            time_unit=self.time_unit,
            model=json.dumps(record),
        )

    def to_netcdf(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write the model."""
        return to_netcdf(self.to_dataset(), path, overwrite=overwrite)

    @classmethod
    def from_netcdf(cls, path: str | Path) -> "Model":
        """Read a model that `to_netcdf` wrote.

        Raises:
            IdentificationError: The file holds no model.
        """
        dataset = open_dataset(path)
        if "model" not in dataset.attrs:
            raise IdentificationError(
                f"{path} holds no identified model; give a file that Model.to_netcdf wrote"
            )
        record = json.loads(dataset.attrs["model"])
        names = (*record["states"], *record["controls"])
        return cls(
            library=PolynomialLibrary(names, record["degree"]),
            states=tuple(record["states"]),
            controls=tuple(record["controls"]),
            coefficients=dataset[["value", "standard_error", "lower", "upper"]].drop_attrs(),
            sizes=tuple(record["sizes"]),
            units=record["units"],
            time_unit=dataset.attrs["time_unit"],
            noise=tuple(record["noise"]),
            relative=record["relative"],
            notes=tuple(record["notes"]),
        )

    def _start(self, initial_state: Sequence[float] | np.ndarray) -> np.ndarray:
        start = np.asarray(initial_state, dtype=float)
        if start.shape != (len(self.states),):
            raise IdentificationError(
                f"the initial state has shape {start.shape}, where ({len(self.states)},) was expected: "
                f"one number for each of {', '.join(self.states)}"
            )
        if not np.isfinite(start).all():
            raise IdentificationError(
                f"the initial state is {start.tolist()}; a simulation needs a finite number for each state"
            )
        return start

    def _inputs(self, controls: xr.Dataset | np.ndarray | None, t: np.ndarray) -> np.ndarray:
        if isinstance(controls, xr.Dataset):
            controls = np.stack(
                [np.asarray(controls[name].values) for name in self.controls], axis=1
            )
        given = np.zeros((len(t), 0)) if controls is None else np.asarray(controls, dtype=float)
        given = given[:, None] if given.ndim == 1 else given
        if given.shape != (len(t), len(self.controls)):
            raise IdentificationError(
                f"the inputs have shape {given.shape}, where ({len(t)}, {len(self.controls)}) was "
                f"expected: a row a time, a column for each of {', '.join(self.controls) or 'none'}"
            )
        if not np.isfinite(given).all():
            raise IdentificationError(
                "the inputs have missing values; fill them before the simulation, for example with "
                "dataset.interpolate_na"
            )
        return given
