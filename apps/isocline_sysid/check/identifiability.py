"""What the data cannot tell apart: inputs that never move, terms that vary together."""

from collections.abc import Sequence

import numpy as np

from isocline_sysid.identify import Scales, half_width, measure_noise
from isocline_sysid.library import PolynomialLibrary
from isocline_sysid.regression.weak import weak_form
from isocline_sysid.trajectories import Trajectory

EXACT = 1e-5
"""Relative singular value below which clean data do not separate terms."""
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
    model that fits is one of many.

    Returns:
        The names of the terms involved; empty when all are separable.
    """
    weak = weak_form([t.times / scales.time for t in data], half_width(data, scales) / scales.time)
    if len(weak.integral) < len(library.exponents):
        return list(library.term_names)
    states = np.concatenate([t.states / scales.states for t in data])
    controls = np.concatenate([t.controls / scales.controls for t in data])
    matrix = weak.integral @ library.values(np.concatenate([states, controls], axis=1))
    norms = np.linalg.norm(matrix, axis=0)
    _, singular, right = np.linalg.svd(
        matrix / np.where(norms > 0, norms, 1.0), full_matrices=False
    )
    # Noise fills the null directions with its own average over a window.
    spacing = float(np.median(np.concatenate([np.diff(t.times) for t in data])))
    samples = max(2 * weak.half_width * scales.time / spacing, 1.0)
    noise = float((measure_noise(data) / scales.states).max()) / np.sqrt(samples)
    null = singular < max(EXACT, 0.5 * noise) * singular[0]
    share = np.abs(right[null]).max(axis=0, initial=0.0)
    return [name for name, s in zip(library.term_names, share, strict=True) if s > INVOLVED]
