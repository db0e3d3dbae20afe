r"""The parts a linear stochastic model is made of, each a small linear SDE in time counted in steps.

    dx = F x dt + L dβ,      y(t) = h(t)ᵀ x(t)

A component says how large its state is, which parameters it has (as logarithms), and builds F, the
diffusion and the state's first covariance for a batch of parameter vectors at once.  Only h depends on the
date.  See Särkkä & Solin, *Applied Stochastic Differential Equations*, 2019, ch. 12; Harvey,
*Forecasting, Structural Time Series Models and the Kalman Filter*, 1989.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Float

Batch = Float[np.ndarray, " model"]
WIDE = 10.0  # standard deviations of the series: wide for a first value


@dataclass(frozen=True)
class Parameter:
    """One parameter on a log scale.

    Attributes:
        name: What it is.
        start: Log of the first guess.
        spread: How far, in natural logs, the weak normal prior around the guess lets it go.
        low: Lowest log value.
        high: Highest log value.
    """

    name: str
    start: float
    spread: float = 3.0
    low: float = -14.0
    high: float = 5.0


@dataclass(frozen=True)
class Dynamics:
    """A component's equation for a batch of parameter vectors.

    Attributes:
        F: (model, state, state).
        diffusion: (model, state): square roots of the noise intensity of each state.
        covariance: (model, state): variances of the first state.
    """

    F: Float[np.ndarray, "model state state_again"]
    diffusion: Float[np.ndarray, "model state"]
    covariance: Float[np.ndarray, "model state"]


class Component(Protocol):
    """A part of the signal."""

    name: str
    size: int
    parameters: tuple[Parameter, ...]

    def dynamics(self, theta: Float[np.ndarray, "model parameter"]) -> Dynamics:
        """The equation, from log parameters."""
        ...

    def observation(
        self, phase: Float[np.ndarray, "time season"]
    ) -> Float[np.ndarray, "time state"]:
        """H at each time, from the phases of the seasons there."""
        ...


class Trend:
    """Level and slope: d level = slope dt + σ_level dβ₁, d slope = σ_slope dβ₂.

    Args:
        level: First guess of σ_level; None for a level that moves by its slope alone.
        slope: First guess of σ_slope; None for a level without a slope.
    """

    name = "trend"

    def __init__(self, level: float | None, slope: float | None) -> None:
        self.rough, self.size = level is not None, 1 if slope is None else 2
        self.parameters: tuple[Parameter, ...] = ()
        if level is not None:
            self.parameters += (Parameter("level noise", np.log(level)),)
        if slope is not None:
            self.parameters += (Parameter("slope noise", np.log(slope), low=-20.0),)

    def dynamics(self, theta: Float[np.ndarray, "model parameter"]) -> Dynamics:
        """Brownian level, on a Brownian slope if there is one."""
        models = len(theta)
        F = np.zeros((models, self.size, self.size))
        covariance = np.full((models, self.size), WIDE**2)
        if self.size == 2:
            F[:, 0, 1] = 1.0
            covariance[:, 1] = 1.0
        diffusion = np.zeros((models, self.size))
        diffusion[:, 0 if self.rough else 1 :] = np.exp(theta)
        return Dynamics(F, diffusion, covariance)

    def observation(
        self, phase: Float[np.ndarray, "time season"]
    ) -> Float[np.ndarray, "time state"]:
        """The level."""
        h = np.zeros((len(phase), self.size))
        h[:, 0] = 1.0
        return h


class Seasonal:
    """A season whose shape changes slowly: Σ_k a_k(t) cos 2πkφ + b_k(t) sin 2πkφ, Brownian a and b.

    The same process as a rotating pair for each harmonic, written in the frame that rotates with the
    calendar's phase φ, so that leap years and months of unequal length are right.

    Args:
        season: Index of its phase.
        harmonics: How many.
        noise: First guess of the noise of a and b.
        name: In reports.
    """

    def __init__(self, season: int, harmonics: tuple[int, ...], noise: float, name: str) -> None:
        self.name = name
        self.season, self.harmonics = season, harmonics
        self.size = 2 * len(harmonics)
        self.parameters: tuple[Parameter, ...] = (Parameter(f"{name} noise", np.log(noise)),)

    def dynamics(self, theta: Float[np.ndarray, "model parameter"]) -> Dynamics:
        """Independent Brownian motions."""
        models = len(theta)
        F = np.zeros((models, self.size, self.size))
        diffusion = np.repeat(np.exp(theta), self.size, axis=1)
        return Dynamics(F, diffusion, np.full((models, self.size), 4.0))

    def observation(
        self, phase: Float[np.ndarray, "time season"]
    ) -> Float[np.ndarray, "time state"]:
        """Cosine and sine of each harmonic."""
        angle = 2 * np.pi * phase[:, [self.season]] * np.array(self.harmonics)
        return np.concatenate([np.cos(angle), np.sin(angle)], axis=1)


class ShortTerm:
    """What is forgotten again: a Matérn process of smoothness 1/2 (Ornstein–Uhlenbeck) or 3/2.

    Args:
        deviation: First guess of its standard deviation.
        length: First guess of its time scale, in steps.
        smooth: Smoothness 3/2 instead of 1/2.
        name: In reports.
    """

    def __init__(self, deviation: float, length: float, *, smooth: bool = False, name: str) -> None:
        self.name = name
        self.size = 2 if smooth else 1
        self.parameters: tuple[Parameter, ...] = (
            Parameter(f"{name} deviation", np.log(deviation), spread=2.0),
            Parameter(f"{name} length", np.log(length), spread=1.5, low=-3.0, high=9.0),
        )

    def dynamics(self, theta: Float[np.ndarray, "model parameter"]) -> Dynamics:
        """The stationary process of that deviation and length."""
        deviation, length = np.exp(theta).T
        models = len(theta)
        F = np.zeros((models, self.size, self.size))
        if self.size == 1:
            F[:, 0, 0] = -1 / length
            return Dynamics(F, (deviation * np.sqrt(2 / length))[:, None], deviation[:, None] ** 2)
        rate = np.sqrt(3) / length
        F[:, 0, 1], F[:, 1, 0], F[:, 1, 1] = 1.0, -(rate**2), -2 * rate
        diffusion = np.stack([np.zeros(models), 2 * rate**1.5 * deviation], axis=1)
        return Dynamics(F, diffusion, np.stack([deviation, rate * deviation], axis=1) ** 2)

    def observation(
        self, phase: Float[np.ndarray, "time season"]
    ) -> Float[np.ndarray, "time state"]:
        """The process itself."""
        h = np.zeros((len(phase), self.size))
        h[:, 0] = 1.0
        return h


class Cycle:
    """A quasi-periodic swing: a rotating pair that is damped and kept going by noise.

    Args:
        deviation: First guess of its standard deviation.
        period: First guess of its period, in steps.
    """

    name = "cycle"
    size = 2

    def __init__(self, deviation: float, period: float) -> None:
        self.parameters: tuple[Parameter, ...] = (
            Parameter("cycle deviation", np.log(deviation), spread=1.0),
            Parameter("cycle period", np.log(period), spread=0.15, low=0.7, high=12.0),
            Parameter("cycle memory", np.log(4 * period), spread=1.5, low=0.0, high=14.0),
        )

    def dynamics(self, theta: Float[np.ndarray, "model parameter"]) -> Dynamics:
        """Rotation by 2π a period, damping by 1 a memory."""
        deviation, period, memory = np.exp(theta).T
        F = np.zeros((len(theta), 2, 2))
        F[:, 0, 0] = F[:, 1, 1] = -1 / memory
        F[:, 1, 0] = 2 * np.pi / period
        F[:, 0, 1] = -F[:, 1, 0]
        noise = np.repeat((deviation * np.sqrt(2 / memory))[:, None], 2, axis=1)
        return Dynamics(F, noise, np.repeat(deviation[:, None] ** 2, 2, axis=1))

    def observation(
        self, phase: Float[np.ndarray, "time season"]
    ) -> Float[np.ndarray, "time state"]:
        """The first of the pair."""
        h = np.zeros((len(phase), 2))
        h[:, 0] = 1.0
        return h
