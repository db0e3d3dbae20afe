"""From trajectories to equations: weak form, covariance of the noise, selection, in turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse
from jaxtyping import Float

from isocline_sysid.library import PolynomialLibrary
from isocline_sysid.noise import noise_deviation
from isocline_sysid.regression.weak import WeakForm, weak_form
from isocline_sysid.regression.whitened import whiten
from isocline_sysid.selection import Selected, select_terms
from isocline_sysid.trajectories import Trajectory

WINDOW = 2.0
"""Half width of a test function, in units of (deviation of a state) / (its rms speed)."""
ROUNDS = 6
"""Of covariance → selection; the support settles in two or three."""


@dataclass(frozen=True)
class Scales:
    """What makes the problem dimensionless: x = scale · ξ, t = time · τ."""

    states: Float[np.ndarray, " state"]
    controls: Float[np.ndarray, " control"]
    time: float


@dataclass(frozen=True)
class Identified:
    """Equations in scaled variables.

    Attributes:
        selected: One an equation.
        scales: What leads back to the user's units.
        noise: Estimated deviation of each state's noise, scaled.
        weak: The test functions used.
    """

    selected: tuple[Selected, ...]
    scales: Scales
    noise: Float[np.ndarray, " state"]
    weak: WeakForm


def measure_scales(data: Sequence[Trajectory]) -> Scales:
    """Deviations of states and controls, and the time in which a state moves by its deviation."""
    states = np.concatenate([t.states for t in data])
    controls = np.concatenate([t.controls for t in data])
    deviation = states.std(axis=0)
    squares, duration = np.zeros(states.shape[1]), 0.0
    for trajectory in data:
        # Over a third of a window the slope is mostly signal even where samples are noisy.
        stride = max(1, len(trajectory.times) // 400)
        steps = np.diff(trajectory.times[::stride])
        moves = np.diff(trajectory.states[::stride], axis=0)
        squares += (moves**2 / steps[:, None]).sum(axis=0)
        duration += float(steps.sum())
    speed = np.sqrt(squares / duration) / deviation
    largest = np.abs(controls).max(axis=0) if controls.size else np.ones(controls.shape[1])
    return Scales(
        deviation, np.where(largest > 0, largest, 1.0), float(1 / np.sqrt(np.mean(speed**2)))
    )


def half_width(data: Sequence[Trajectory], scales: Scales) -> float:
    """Half width of the test functions, in the user's time: wide enough to hold six samples."""
    spacing = float(np.median(np.concatenate([np.diff(t.times) for t in data])))
    longest = max(float(t.times[-1] - t.times[0]) for t in data)
    return float(min(max(WINDOW * scales.time, 3 * spacing), longest / 4))


def measure_noise(data: Sequence[Trajectory]) -> Float[np.ndarray, " state"]:
    """Deviation of each state's noise, in its units: the median over trajectories."""
    states = data[0].states.shape[1]
    return np.array(
        [np.median([noise_deviation(t.states[:, k]) for t in data]) for k in range(states)]
    )


def identify(data: Sequence[Trajectory], library: PolynomialLibrary) -> Identified:
    """Select and fit every equation.

    Args:
        data: Samples.
        library: Over the states and controls.

    Returns:
        Equations in scaled variables, with what scales them.
    """
    scales = measure_scales(data)
    scaled_times = [t.times / scales.time for t in data]
    weak = weak_form(scaled_times, half_width(data, scales) / scales.time)
    x = np.concatenate([t.states / scales.states for t in data])
    z = np.concatenate([x, np.concatenate([t.controls / scales.controls for t in data])], axis=1)
    theta, gradients = library.values(z), library.gradients(z)
    matrix, targets = weak.integral @ theta, weak.derivative @ x
    noise = measure_noise(data) / scales.states
    spread = _Spread(weak, gradients, noise)
    selected = [
        select_terms(*whiten(matrix, targets[:, k], spread(k, None))) for k in range(x.shape[1])
    ]
    for _ in range(ROUNDS):
        before = [s.fit.support for s in selected]
        selected = [
            select_terms(*whiten(matrix, targets[:, k], spread(k, selected[k].fit.coefficients)))
            for k in range(x.shape[1])
        ]
        if all(np.array_equal(b, s.fit.support) for b, s in zip(before, selected, strict=True)):
            break
    return Identified(tuple(selected), scales, noise, weak)


@dataclass(frozen=True)
class _Spread:
    """The covariance of weak residuals, from how they move with the noise of every sample.

    A test function sees few of the samples, so the rows are sparse: the products cost by the overlap.
    """

    weak: WeakForm
    gradients: Float[np.ndarray, "time term variable"]
    noise: Float[np.ndarray, " state"]

    def __call__(
        self, equation: int, w: Float[np.ndarray, " term"] | None
    ) -> Float[np.ndarray, "test test"]:
        integral, derivative = self._rows
        covariance = scipy.sparse.csr_array((integral.shape[0],) * 2)
        for k in range(len(self.noise)):
            rows = -derivative if k == equation else scipy.sparse.csr_array(integral.shape)
            if w is not None:
                slope = self.gradients[:, :, k] @ w
                rows = rows + scipy.sparse.csr_array(integral.multiply(slope[None, :]))
            covariance = covariance + self.noise[k] ** 2 * (rows @ rows.T)
        return np.asarray(covariance.toarray())

    @cached_property
    def _rows(self) -> tuple[scipy.sparse.csr_array, scipy.sparse.csr_array]:
        return (
            scipy.sparse.csr_array(self.weak.integral),
            scipy.sparse.csr_array(self.weak.derivative),
        )
