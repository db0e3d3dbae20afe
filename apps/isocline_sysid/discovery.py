"""`discover`: from data to a model, step by step."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from jaxtyping import Float

from isocline_sysid.check import constant_controls
from isocline_sysid.errors import IdentificationError
from isocline_sysid.fitting import fit_equations
from isocline_sysid.identify import Scales, measure_scales
from isocline_sysid.library import PolynomialLibrary
from isocline_sysid.model import Model
from isocline_sysid.refine import Dynamics, Nodes, Refined
from isocline_sysid.trajectories import trajectories

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
    dynamics, nodes, refined, more = fit_equations(data, library, scales, states, tell)
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
