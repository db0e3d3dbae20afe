"""A linear stochastic differential equation as a forecasting model: gaps and irregular times as they are."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from isocline_forecast.contract import Model, Prediction, UnsuitableError
from isocline_forecast.history import History
from isocline_forecast.search import Search
from isocline_forecast.state_space.kalman import Distances, Filtered, kalman_filter, smooth
from isocline_forecast.state_space.likelihood import Fit, maximise_likelihood
from isocline_forecast.state_space.replay import replayed_crps
from isocline_forecast.state_space.structure import Structure, propose_structure

LONGEST = 4000  # values that the likelihood looks at; the filter runs over all
_FEW = 10  # values: below this the interval gets a floor


class LinearSDE(Model):
    """Level, slope, seasons, cycle and a short-term process in continuous time.

    The equation is discretised exactly over whatever time lies between two observations; states come
    from the Kalman filter, parameters from maximum likelihood, intervals from the predictive distribution
    of an observation.

    Args:
        season: "day", "week", "year", a number of steps, or several; by the calendar when None.
    """

    name = "linear_sde"
    summary = "linear stochastic differential equation: trend, seasons, cycle, short-term process"
    has_distribution = True

    def __init__(self, season: str | float | Sequence[str | float] | None = None) -> None:
        super().__init__()
        self.season = season
        self.structures: list[Structure] = []
        self.theta: list[np.ndarray] = []
        self.degrees: list[float] = []
        self.floor: list[float] = []

    def fit(self, history: History, horizon: int, search: Search) -> None:
        """Fit each series by itself: several structures, of which the best at this horizon is kept.

        Raises:
            UnsuitableError: A series has fewer than 3 values.
        """
        self.structures, self.theta, self.degrees, self.floor, self.notes = [], [], [], [], []
        part = history.last(LONGEST)
        if len(part.values) < len(history.values):
            self.notes.append(f"parameters come from the last {LONGEST} stamps")
        for series in range(history.values.shape[1]):
            count = int(history.observed[:, series].sum())
            if count < 3:
                raise UnsuitableError(
                    f"'{history.names[series]}' has {count} values; linear_sde needs at least 3"
                )
            if not part.observed[:, series].any():
                part = history
            structure, fit = self._fit_one(part, series, horizon, search)
            self.structures.append(structure)
            self.theta.append(fit.theta)
            self.degrees.append(float(max(count - 2 - 2 * sum(k for _, k in structure.seasons), 2)))
            self.floor.append(_smallest_deviation(history.values[:, series], count))
            label = "" if history.values.shape[1] == 1 else f"{history.names[series]}: "
            self.notes.append(label + structure.words)
            if not fit.complete:
                self.notes.append(
                    f"{label}the budget ended the search for parameters after {fit.evaluations} steps"
                )

    def _fit_one(
        self, history: History, series: int, horizon: int, search: Search
    ) -> tuple[Structure, Fit]:
        """Fit each structure, and keep the one whose replayed forecasts over the horizon score best."""
        axis, values = history.axis, history.values[:, series]
        proposal = propose_structure(history, series, self.season)
        phase = proposal.phases(axis, axis.positions, axis.stamps)
        fits: list[tuple[float, Structure, Fit]] = []
        near: dict[str, float] = {}
        for structure in proposal.alternatives(int((~np.isnan(values)).sum())):
            if fits and search.budget.exhausted:
                search.cut_short = True
                break
            name = f"series{series}.{structure.trend}"
            assembly = structure.assembly()
            fit = maximise_likelihood(
                assembly, axis.positions, phase, values, search, name, near=near
            )
            near |= zip((p.name for p in assembly.parameters), fit.theta.tolist(), strict=True)
            fits.append((self._replay(history, series, horizon, structure, fit), structure, fit))
        best = min(fits, key=lambda entry: entry[0])
        return best[1], best[2]

    def _replay(
        self, history: History, series: int, horizon: int, structure: Structure, fit: Fit
    ) -> float:
        """Mean CRPS of forecasts from past origins; the likelihood where those cannot be scored."""
        one = history.with_values(history.values[:, [series]])
        model = LinearSDE()
        model.structures, model.theta = [structure], [fit.theta]
        model.degrees, model.floor = [np.inf], [0.0]
        score = replayed_crps(model, one, horizon)
        return fit.value if score is None else score

    def predict(
        self,
        history: History,
        origins: Int[np.ndarray, " origin"],
        ahead: Float[np.ndarray, " lead"],
    ) -> Prediction:
        """Mean and deviation of an observation at each lead, from the filtered state at each origin."""
        shape = (origins.size, ahead.size, len(self.theta))
        mean, deviation = np.empty(shape), np.empty(shape)
        axis = history.axis
        targets = axis.positions[origins][:, None] + ahead[None, :]
        unique, inverse = np.unique(targets.ravel(), return_inverse=True)
        stamps = axis.stamps_at(unique)
        for series, structure in enumerate(self.structures):
            filtered, system = self._filter(history.upto(int(origins.max()) + 1), series)
            assembly = structure.assembly()
            h = assembly.observation(structure.phases(axis, unique, stamps))[inverse]
            h = h.reshape(origins.size, ahead.size, -1)
            A, Q = (x[:, 0] for x in system.transitions(ahead))
            g = np.einsum("oki,kij->okj", h, A)
            mean[..., series] = np.einsum("okj,oj->ok", g, filtered.mean[origins])
            known = np.einsum("okj,okj->ok", g @ filtered.covariance[origins], g)
            added = np.einsum("okj,okj->ok", np.einsum("oki,kij->okj", h, Q), h)
            deviation[..., series] = np.sqrt(known + added + system.noise[0])
        deviation = np.maximum(deviation, np.array(self.floor))
        return Prediction(mean, deviation, degrees=np.array(self.degrees))

    def _filter(self, history: History, series: int) -> tuple[Filtered, Any]:
        structure, axis = self.structures[series], history.axis
        assembly = structure.assembly()
        system = assembly.system(self.theta[series][None])
        h = assembly.observation(structure.phases(axis, axis.positions, axis.stamps))
        distances = Distances.between(axis.positions)
        return kalman_filter(system, distances, h, history.values[:, series]), system

    def components(
        self, history: History, series: int = 0
    ) -> dict[str, tuple[Float[np.ndarray, " time"], Float[np.ndarray, " time"]]]:
        """Each component's smoothed mean and standard deviation, and those of their sum ("signal")."""
        structure, axis = self.structures[series], history.axis
        filtered, system = self._filter(history, series)
        smoothed = smooth(system, Distances.between(axis.positions), filtered)
        assembly = structure.assembly()
        h = assembly.observation(structure.phases(axis, axis.positions, axis.stamps))
        found = {"signal": _project(h, smoothed)}
        for index, component in enumerate(assembly.components):
            only = np.zeros_like(h)
            only[:, assembly.states(index)] = h[:, assembly.states(index)]
            found[component.name] = _project(only, smoothed)
        return found

    def parameters(self, series: int = 0) -> dict[str, float]:
        """The fitted parameters by name, in standardised values and steps."""
        names = [p.name for p in self.structures[series].assembly().parameters]
        return dict(zip(names, np.exp(self.theta[series]).tolist(), strict=True))

    def tensors(self) -> dict[str, np.ndarray]:
        """Log parameters of each series."""
        return {f"theta.{i}": theta for i, theta in enumerate(self.theta)}

    def settings(self) -> dict[str, Any]:
        """The structure of each series."""
        return {
            "structures": [structure.as_plain() for structure in self.structures],
            "degrees": self.degrees,
            "floor": self.floor,
        }

    def restore(self, tensors: Mapping[str, np.ndarray], settings: Mapping[str, Any]) -> None:
        """Take up structures and parameters."""
        self.structures = [Structure.from_plain(plain) for plain in settings["structures"]]
        self.theta = [tensors[f"theta.{i}"] for i in range(len(self.structures))]
        self.degrees, self.floor = settings["degrees"], settings["floor"]


def _project(h: np.ndarray, states: Filtered) -> tuple[np.ndarray, np.ndarray]:
    variance = np.einsum("ti,tij,tj->t", h, states.covariance, h)
    return np.einsum("ti,ti->t", h, states.mean), np.sqrt(np.maximum(variance, 0))


def _smallest_deviation(values: np.ndarray, count: int) -> float:
    """A floor for short series, whose likelihood may vanish by luck: the size of one change, over √2."""
    if count >= _FEW:
        return 0.0
    change = np.diff(values[~np.isnan(values)])
    return float(np.sqrt(np.mean(change**2) / 2))
