"""The fit of a linear SDE: maximum likelihood with a weak prior, by L-BFGS.

The gradient comes from one run of the filter over a batch of models, the point and a small step along each
parameter: with states this small the time goes to the loop over times, not to the algebra, and seven
models in a batch cost little more than one.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from isocline_forecast.search import Search
from isocline_forecast.state_space.assembly import Assembly
from isocline_forecast.state_space.kalman import Distances, log_likelihood

STEP = 1e-5  # in log parameters
_BAD = 1e10  # a value no optimiser keeps, where the likelihood cannot be computed


@dataclass(frozen=True)
class Fit:
    """The result.

    Attributes:
        theta: Log parameters.
        value: Minus the penalised log likelihood.
        evaluations: Of value and gradient.
        complete: Whether the search converged within the budget.
    """

    theta: Float[np.ndarray, " parameter"]
    value: float
    evaluations: int
    complete: bool


def maximise_likelihood(
    assembly: Assembly,
    positions: Float[np.ndarray, " time"],
    phase: Float[np.ndarray, "time season"],
    values: Float[np.ndarray, " time"],
    search: Search,
    name: str,
    *,
    near: dict[str, float] | None = None,
) -> Fit:
    """Fit the parameters to one series.

    Args:
        assembly: The model.
        positions: Times in steps, increasing.
        phase: Of each season at each time.
        values: Standardised; times without a value are left out here.
        search: Clock and memory.
        name: Of this search.
        near: Where to start: log parameters by name, of a similar model; its own guess for others.
    """
    seen = ~np.isnan(values)
    distances = Distances.between(positions[seen])
    h, y = assembly.observation(phase[seen]), values[seen]
    bounds = assembly.bounds

    def objective(theta: np.ndarray) -> tuple[float, np.ndarray]:
        # A step that would leave the box is taken the other way.
        steps = np.where(theta + STEP > bounds[:, 1], -STEP, STEP)
        batch = np.concatenate([theta[None], theta + np.diag(steps)])
        value = -log_likelihood(assembly.system(batch), distances, h, y) + assembly.penalty(batch)
        if not np.isfinite(value).all():
            return _BAD, np.zeros(theta.size)
        return float(value[0]), (value[1:] - value[0]) / steps

    start = np.array([(near or {}).get(p.name, p.start) for p in assembly.parameters])
    found = search.minimise(name, objective, start, bounds)
    return Fit(found.point, found.value, found.evaluations, found.complete)
