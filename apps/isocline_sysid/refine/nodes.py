"""Nodes between the samples, so that each step is short against the system's own time."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.interpolate import make_interp_spline

from isocline_sysid.refine.errors_in_variables import Nodes
from isocline_sysid.trajectories import Trajectory

STEP = 0.2
"""Longest step in scaled time; the defect's error there is about 1e-7 of the state."""
FINE_STEP = 0.03
"""The same for clean data, whose coefficients are known to more digits than the defects of a long step."""
GAP = 3.0
"""A gap longer than this, in scaled time, starts a new trajectory: nothing is known inside it."""


def place_nodes(
    data: Sequence[Trajectory],
    state_scales: np.ndarray,
    control_scales: np.ndarray,
    time_scale: float,
    *,
    relative: bool,
    step: float = STEP,
) -> list[Nodes]:
    """Scaled nodes of each stretch without a long gap.

    Args:
        data: Samples.
        state_scales: Divides the states.
        control_scales: Divides the controls.
        time_scale: Divides the times.
        relative: States as logarithms.
        step: Longest step between nodes, in scaled time.
    """
    found = []
    for trajectory in data:
        t = trajectory.times / time_scale
        x = trajectory.states / state_scales
        x = np.log(x) if relative else x
        c = trajectory.controls / control_scales
        starts = [0, *(np.flatnonzero(np.diff(t) > GAP) + 1), len(t)]
        for first, last in pairwise(starts):
            if last - first >= 4:
                found.append(_between(t[first:last], x[first:last], c[first:last], step))
    return found


def _between(t: np.ndarray, x: np.ndarray, c: np.ndarray, step: float) -> Nodes:
    counts = np.maximum(np.ceil(np.diff(t) / step), 1).astype(int)
    fine = [
        np.linspace(a, b, n, endpoint=False) for a, b, n in zip(t[:-1], t[1:], counts, strict=True)
    ]
    times = np.append(np.concatenate(fine), t[-1])
    at_samples = np.append(0, np.cumsum(counts))
    samples = np.full((len(times), x.shape[1]), np.nan)
    samples[at_samples] = x
    states = make_interp_spline(t, x, k=3)(times)
    controls = (
        np.stack([np.interp(times, t, column) for column in c.T], axis=1)
        if c.size
        else np.zeros((len(times), c.shape[1]))
    )
    return Nodes(times, states, controls, samples)
