"""`discover`: from data to a model, step by step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from jaxtyping import Bool, Float

from isocline_sysid.check import constant_controls, inseparable_terms
from isocline_sysid.errors import IdentificationError
from isocline_sysid.identify import Identified, Scales, identify, measure_scales
from isocline_sysid.library import PolynomialLibrary
from isocline_sysid.model import Model
from isocline_sysid.noise import noise_deviation
from isocline_sysid.refine import FINE_STEP, FLOOR, STEP, Dynamics, Nodes, Refined, place_nodes
from isocline_sysid.selection import select_by_evidence, select_by_trajectory
from isocline_sysid.trajectories import Trajectory, trajectories

FEW = 100
"""Samples below which the weak form is too poor to choose terms."""
CLEAN = 1e-4
"""Noise, as a share of a state's deviation, below which data count as clean."""
MISFIT = 5.0
"""Scatter about a relative fit, in noise deviations of the logarithms, above which states do not grow and
decay in proportion to themselves (21 years of lynx and hare: 2.2; a straight ramp: over 100)."""
MISSING = 1.3
"""Scatter about the fit, in noise deviations, above which a term may be missing from the library."""
LEVEL = 0.90
_Z90 = 1.6448536269514722


@dataclass(frozen=True)
class Found:
    """Equations with their fit, before the bootstrap.

    Attributes:
        library: Candidate terms, of states and the inputs that are used.
        states: Names.
        controls: Names of the inputs that are used.
        given: Names of all inputs; one that never changes is not used.
        scales: What makes the fit dimensionless.
        dynamics: The supports.
        nodes: The data as the refinement sees them.
        refined: The fit.
        time_unit: Of the samples.
        sizes: Largest magnitude of each state.
        units: Of each state and input.
        notes: What was noticed, a sentence each.
    """

    library: PolynomialLibrary
    states: tuple[str, ...]
    controls: tuple[str, ...]
    given: tuple[str, ...]
    scales: Scales
    dynamics: Dynamics
    nodes: list[Nodes]
    refined: Refined
    time_unit: str
    sizes: tuple[float, ...]
    units: dict[str, str]
    notes: list[str] = field(default_factory=list)

    @property
    def factors(self) -> Float[np.ndarray, " coefficient"]:
        """What turns scaled coefficients into the user's units."""
        scales = np.concatenate([self.scales.states, self.scales.controls])
        rows = [
            self.library.unscaled(scales, self.scales.states[k], self.scales.time)[support]
            for k, support in enumerate(self.dynamics.supports)
        ]
        return np.concatenate(rows)

    @property
    def initial_state(self) -> Float[np.ndarray, " state"]:
        """Where the first fitted trajectory starts, in the user's units."""
        start = self.refined.states[0][0]
        return (np.exp(start) if self.dynamics.relative else start) * self.scales.states

    def model(self, draws: Float[np.ndarray, "draw coefficient"] | None = None) -> Model:
        """The model in the user's units.

        Args:
            draws: Bootstrapped scaled coefficients; their deviation and quantiles are the errors.
                Without them (or with fewer than 20 that converged) the errors are those of the
                fit's covariance.
        """
        notes = list(self.notes)
        errors = np.sqrt(np.diagonal(self.refined.covariance))
        lower, upper = self.refined.w - _Z90 * errors, self.refined.w + _Z90 * errors
        if draws is not None:
            good = draws[np.isfinite(draws).all(axis=1)]
            if len(good) >= 20:
                errors = good.std(axis=0, ddof=1)
                tail = (1 - LEVEL) / 2
                # The basic interval reflects the draws about the estimate: a biased fit is corrected.
                low, high = np.quantile(good, [tail, 1 - tail], axis=0)
                lower, upper = 2 * self.refined.w - high, 2 * self.refined.w - low
            if len(good) < len(draws):
                notes.append(
                    f"{len(draws) - len(good)} of {len(draws)} bootstrap draws did not converge."
                )
        supports, factors = self.dynamics.supports, self.factors
        columns = {
            "value": self.refined.w,
            "standard_error": errors,
            "lower": lower,
            "upper": upper,
        }
        filled = {}
        for name, values in columns.items():
            table = np.zeros(supports.shape)
            table[supports] = values * factors
            filled[name] = (("equation", "term"), table)
        coordinates = {"equation": list(self.states), "term": list(self.library.term_names)}
        library = PolynomialLibrary((*self.states, *self.given), self.library.degree)
        coefficients = xr.Dataset(filled, coordinates)
        coefficients = coefficients.reindex(term=list(library.term_names), fill_value=0.0)
        noise = (
            self.refined.noise
            if self.dynamics.relative
            else self.refined.noise * self.scales.states
        )
        return Model(
            library,
            self.states,
            self.given,
            coefficients,
            self.sizes,
            self.units,
            self.time_unit,
            tuple(float(n) for n in noise),
            self.dynamics.relative,
            tuple(notes),
        )


def find_equations(
    datasets: xr.Dataset | Sequence[xr.Dataset],
    states: Sequence[str],
    controls: Sequence[str] = (),
    degree: int = 2,
    say: Callable[[str], None] | None = None,
) -> Found:
    """Check the data, choose the terms, and fit coefficients and trajectories together.

    Args:
        datasets: One trajectory or several.
        states: State variables.
        controls: Inputs.
        degree: Of the polynomial library.
        say: Receives what is being done.

    Raises:
        IdentificationError: The data do not determine the equations; the sentence says why.
    """
    tell = say or (lambda _: None)
    if degree < 1:
        raise IdentificationError(f"the degree is {degree}, where 1 or more was expected")
    notes: list[str] = []
    data = trajectories(datasets, states, controls)
    first = datasets if isinstance(datasets, xr.Dataset) else next(iter(datasets))
    given = tuple(controls)
    stuck = constant_controls(data, controls) if controls else []
    if stuck:
        notes.append(
            f"Input {', '.join(stuck)} never changes, so its effect cannot be told from the constant "
            "term; it was left out."
        )
        kept = [name for name in controls if name not in stuck]
        data, controls = trajectories(datasets, states, kept), kept
    dropped = sum(t.dropped for t in data)
    if dropped:
        samples = "1 sample" if dropped == 1 else f"{dropped} samples"
        left = "was" if dropped == 1 else "were"
        notes.append(f"{samples} with a missing value {left} left out.")
    library = PolynomialLibrary((*states, *controls), degree)
    scales = measure_scales(data)
    units = {name: str(first[name].attrs.get("units", "")) for name in (*states, *given)}
    path = _from_few(data, library, scales, tell) if _is_few_and_positive(data) else None
    if path is None:
        path = _from_many(data, library, scales, states, tell)
    dynamics, nodes, refined, more = path
    notes += more
    return Found(
        library,
        tuple(states),
        tuple(controls),
        given,
        scales,
        dynamics,
        nodes,
        refined,
        data[0].time_unit,
        tuple(np.max([np.abs(t.states).max(axis=0) for t in data], axis=0).tolist()),
        units,
        notes,
    )


def _is_few_and_positive(data: Sequence[Trajectory]) -> bool:
    values = np.concatenate([t.states for t in data])
    return (
        len(values) < FEW
        and bool((values > 0).all())
        and bool((values.max(axis=0) > 4 * values.min(axis=0)).all())
    )


_Path = tuple[Dynamics, list[Nodes], Refined, list[str]]


def _from_few(
    data: Sequence[Trajectory],
    library: PolynomialLibrary,
    scales: Scales,
    tell: Callable[[str], None],
) -> _Path | None:
    """None where states do not grow and decay in proportion to themselves."""
    tell("comparing models by their fitted trajectories")
    nodes = place_nodes(data, scales.states, scales.controls, scales.time, relative=True)
    chosen = select_by_trajectory(library, nodes, len(scales.states))
    if chosen is None:
        raise IdentificationError(
            "no model of up to three terms an equation follows these few samples; give a longer record"
        )
    noise = np.median(
        [[noise_deviation(np.log(column)) for column in t.states.T] for t in data], axis=0
    )
    if (chosen.refined.noise > MISFIT * np.maximum(noise, FLOOR)).any():
        return None
    notes = [
        "Few samples of positive states: noise is taken as relative, and each term holds its own state."
    ]
    near = sum(above < 6 for _, above, _ in chosen.rivals)
    if near:
        models = "other model fits" if near == 1 else "other models fit"
        notes.append(f"{near} {models} these samples about as well.")
    return chosen.dynamics, nodes, chosen.refined, notes


def _from_many(
    data: Sequence[Trajectory],
    library: PolynomialLibrary,
    scales: Scales,
    states: Sequence[str],
    tell: Callable[[str], None],
) -> _Path:
    together = inseparable_terms(data, library, scales)
    if together:
        raise IdentificationError(_not_identifiable(data, scales, together))
    tell("choosing terms by the weak form")
    found = identify(data, library)
    supports: Bool[np.ndarray, "equation term"] = np.stack([s.fit.support for s in found.selected])
    w = np.concatenate([s.fit.coefficients[s.fit.support] for s in found.selected])
    notes: list[str] = []
    dynamics = Dynamics(library, supports, relative=False)
    step = FINE_STEP if (found.noise < CLEAN).all() else STEP
    nodes = place_nodes(
        data, scales.states, scales.controls, scales.time, relative=False, step=step
    )
    if not supports.any():
        notes.append("No term stands out of the noise: every equation is d/dt = 0.")
        return dynamics, nodes, _weak_only(nodes, w, supports, found), notes
    tell("fitting coefficients and trajectories together")
    try:
        settled = select_by_evidence(dynamics, nodes, w, np.maximum(found.noise, FLOOR))
    except np.linalg.LinAlgError:
        settled = None
    if settled is None:
        notes += [
            f"d{name}/dt: {chosen.ties} other {'choice' if chosen.ties == 1 else 'choices'} of terms "
            "would do about as well."
            for name, chosen in zip(states, found.selected, strict=True)
            if chosen.ties
        ]
        notes.append(
            "The fit of whole trajectories did not converge; coefficients are those of the weak form."
        )
        return dynamics, nodes, _weak_only(nodes, w, supports, found), notes
    scatter = settled.refined.noise / np.hypot(found.noise, 2 * FLOOR)
    notes += [
        f"{states[k]}: samples scatter by {scatter[k]:.2g} times their own noise about the fit; a term may "
        "be missing from the library."
        for k in np.flatnonzero(scatter > MISSING).tolist()
    ]
    for k, m in settled.doubtful:
        verdict = "stayed" if settled.dynamics.supports[k, m] else "was left out"
        notes.append(f"d{states[k]}/dt: the term {library.term_names[m]} only just {verdict}.")
    return settled.dynamics, nodes, settled.refined, notes


def _weak_only(
    nodes: list[Nodes], w: np.ndarray, supports: np.ndarray, found: Identified
) -> Refined:
    """The weak form's coefficients and covariance, in the refinement's shape."""
    size = int(supports.sum())
    covariance, start = np.zeros((size, size)), 0
    for chosen in found.selected:
        active = chosen.fit.support
        stop = start + int(active.sum())
        covariance[start:stop, start:stop] = chosen.fit.covariance[np.ix_(active, active)]
        start = stop
    return Refined(w, covariance, tuple(n.states for n in nodes), found.noise, False, float("nan"))


def _not_identifiable(data: Sequence[Trajectory], scales: Scales, together: list[str]) -> str:
    spacing = float(np.median(np.concatenate([np.diff(t.times) for t in data])))
    if scales.time < spacing:
        return (
            f"the equations are not identifiable: samples are {spacing:.3g} apart, and the states move by "
            f"more than their deviation in {scales.time:.3g}; give a denser record"
        )
    return (
        f"the equations are not identifiable from {_orbits(data)}: on these data the terms "
        f"{_listed(together)} cannot be told apart; add a trajectory from another start, or lower the "
        "degree"
    )


def _listed(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _orbits(data: Sequence[Trajectory]) -> str:
    return "one orbit" if len(data) == 1 else f"these {len(data)} trajectories"
