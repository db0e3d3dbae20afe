"""The two ways to fit equations, absolute and relative noise, and which of them the samples prefer."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Bool

from isocline_sysid.check import inseparable_terms
from isocline_sysid.errors import IdentificationError
from isocline_sysid.identify import Identified, Scales, identify
from isocline_sysid.library import PolynomialLibrary
from isocline_sysid.noise import noise_deviation
from isocline_sysid.refine import FINE_STEP, FLOOR, STEP, Dynamics, Nodes, Refined, place_nodes
from isocline_sysid.selection import select_by_evidence, select_by_trajectory
from isocline_sysid.selection.few_samples import VERY_STRONG
from isocline_sysid.trajectories import Trajectory

FEW = 100
"""Samples below which the weak form is too poor to choose terms."""
CLEAN = 1e-4
"""Noise, as a share of a state's deviation, below which data count as clean."""
MISFIT = 5.0
"""Scatter about a relative fit, in noise deviations of the logarithms, above which states do not grow and
decay in proportion to themselves (21 years of lynx and hare: 2.2; a straight ramp: over 100)."""
MISSING = 1.3
"""Scatter about the fit, in noise deviations, above which a term may be missing from the library."""

Fitted = tuple[Dynamics, list[Nodes], Refined, list[str]]
"""Supports, the data as the fit sees them, the fit, and what was noticed."""


def fit_equations(
    data: Sequence[Trajectory],
    library: PolynomialLibrary,
    scales: Scales,
    states: Sequence[str],
    tell: Callable[[str], None],
) -> Fitted:
    """Choose the terms and fit them.

    Few samples of positive states are fitted twice: as states that grow and decay in proportion to
    themselves, with relative noise, and without either assumption. Both are densities of the same samples
    x = e^υ once Σ 2 log x is added to the criterion of the fit to υ, so the criterion decides.

    Args:
        data: Samples.
        library: Candidate terms.
        scales: Of states, inputs and time.
        states: Names, for sentences.
        tell: Receives what is being done.

    Raises:
        IdentificationError: The data do not determine the equations; the sentence says why.
    """
    if not _is_few_and_positive(data):
        return _absolute(data, library, scales, states, tell)
    relative = _relative(data, library, scales, tell)
    misfit = relative is not None and _misfit(relative[2], data)
    try:
        absolute = _absolute(data, library, scales, states, tell)
    except IdentificationError:
        if relative is None:
            raise IdentificationError(
                "no model of up to three terms an equation follows these few samples; give a longer record"
            ) from None
        if misfit:
            raise
        return relative
    if relative is None or misfit:
        return absolute
    density = 2 * sum(float(np.nansum(n.samples)) for n in relative[1])
    better = absolute[2].criterion < relative[2].criterion + density - VERY_STRONG
    return absolute if better else relative


def _is_few_and_positive(data: Sequence[Trajectory]) -> bool:
    values = np.concatenate([t.states for t in data])
    return (
        len(values) < FEW
        and bool((values > 0).all())
        and bool((values.max(axis=0) > 4 * values.min(axis=0)).all())
    )


def _relative(
    data: Sequence[Trajectory],
    library: PolynomialLibrary,
    scales: Scales,
    tell: Callable[[str], None],
) -> Fitted | None:
    """Each term holds its own state, noise is relative; None when no such model follows the samples."""
    tell("comparing models by their fitted trajectories")
    nodes = place_nodes(data, scales.states, scales.controls, scales.time, relative=True)
    chosen = select_by_trajectory(library, nodes, len(scales.states))
    if chosen is None:
        return None
    notes = [
        "Few samples of positive states: noise is taken as relative, and each term holds its own state."
    ]
    near = sum(above < 6 for _, above, _ in chosen.rivals)
    if near:
        models = "other model fits" if near == 1 else "other models fit"
        notes.append(f"{near} {models} these samples about as well.")
    return chosen.dynamics, nodes, chosen.refined, notes


def _misfit(refined: Refined, data: Sequence[Trajectory]) -> bool:
    """Whether samples scatter about a relative fit by far more than about a smooth curve."""
    noise = np.median(
        [[noise_deviation(np.log(column)) for column in t.states.T] for t in data], axis=0
    )
    return bool((refined.noise > MISFIT * np.maximum(noise, FLOOR)).any())


def _absolute(
    data: Sequence[Trajectory],
    library: PolynomialLibrary,
    scales: Scales,
    states: Sequence[str],
    tell: Callable[[str], None],
) -> Fitted:
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
