"""What the data cannot tell apart: inputs that never move, terms that vary together."""

from collections.abc import Sequence

import numpy as np

from isocline_sysid.errors import IdentificationError
from isocline_sysid.identify import Scales, half_width, measure_noise
from isocline_sysid.library import PolynomialLibrary
from isocline_sysid.regression.weak import weak_form
from isocline_sysid.trajectories import Trajectory

EXACT = 1e-5
"""Relative singular value below which clean data do not separate terms."""
NOISE = 1.2
"""A direction whose size is below this many times what noise alone gives it holds nothing but noise: on a
noisy circle the ratio is 0.8 to 1.1, on Lorenz with 30 % noise 1.3 and more."""
INVOLVED = 0.1


def constant_controls(data: Sequence[Trajectory], controls: Sequence[str]) -> list[str]:
    """Inputs that have one value throughout: they cannot be told from the constant term."""
    values = np.concatenate([t.controls for t in data])
    return [name for name, column in zip(controls, values.T, strict=True) if np.ptp(column) == 0]


def inseparable_terms(
    data: Sequence[Trajectory], library: PolynomialLibrary, scales: Scales
) -> list[str]:
    """Terms that a combination of others reproduces on these data, up to their noise.

    On one circular orbit x² + y² is constant, so squares and the constant cannot be told apart: any
    model that fits is one of many. A right singular vector v of the weak regression matrix M is such a
    combination when ‖M v‖ is no larger than noise makes it: its mean square is then
    Σ_ri φ_r(t_i)² Σ_k (v · ∂θ/∂x_k)² σ_k².

    Returns:
        The names of the terms involved; empty when all are separable.

    Raises:
        IdentificationError: There are fewer test functions than terms.
    """
    weak = weak_form([t.times / scales.time for t in data], half_width(data, scales) / scales.time)
    if len(weak.integral) < len(library.exponents):
        spacing = float(np.median(np.concatenate([np.diff(t.times) for t in data])))
        raise IdentificationError(
            f"the record holds {len(weak.integral)} usable test windows, where the "
            f"{len(library.exponents)} candidate terms need at least as many: a window must hold 5 "
            f"samples or more, and the states move by their deviation in {scales.time:.3g}, where "
            f"samples are {spacing:.3g} apart; give a longer or denser record, or lower the degree"
        )
    states = np.concatenate([t.states / scales.states for t in data])
    controls = np.concatenate([t.controls / scales.controls for t in data])
    z = np.concatenate([states, controls], axis=1)
    matrix = weak.integral @ library.values(z)
    norms = np.linalg.norm(matrix, axis=0)
    norms = np.where(norms > 0, norms, 1.0)
    _, singular, right = np.linalg.svd(matrix / norms, full_matrices=False)
    noise = measure_noise(data) / scales.states
    slopes = (right / norms) @ library.gradients(z)[:, :, : len(noise)]
    by_noise = np.sqrt(np.einsum("i,ivk,k->v", (weak.integral**2).sum(axis=0), slopes**2, noise**2))
    null = (singular < EXACT * singular[0]) | (singular < NOISE * by_noise)
    share = np.abs(right[null]).max(axis=0, initial=0.0)
    return [name for name, s in zip(library.term_names, share, strict=True) if s > INVOLVED]
