"""Components put together: one linear SDE, one vector of log parameters."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from isocline_de import discretise_linear_sde
from isocline_forecast.state_space.components import Component, Parameter

NOISE = "noise"


@dataclass(frozen=True)
class System:
    """A linear SDE with numbers in it, for a batch of parameter vectors.

    Attributes:
        F: (model, state, state).
        L: (model, state, state), diagonal.
        covariance: (model, state, state) of the first state; its mean is zero.
        noise: (model,) variance of an observation.
    """

    F: Float[np.ndarray, "model state state_again"]
    L: Float[np.ndarray, "model state state_again"]
    covariance: Float[np.ndarray, "model state state_again"]
    noise: Float[np.ndarray, " model"]

    def transitions(
        self, steps: Float[np.ndarray, " step"]
    ) -> tuple[
        Float[np.ndarray, "step model state state"], Float[np.ndarray, "step model state state"]
    ]:
        """exp(F h) and the covariance that noise adds over h, for each step h."""
        A, Q = discretise_linear_sde(
            torch.from_numpy(self.F), torch.from_numpy(self.L), torch.from_numpy(np.array(steps))
        )
        return (
            np.ascontiguousarray(A.transpose(0, 1).numpy()),
            np.ascontiguousarray(Q.transpose(0, 1).numpy()),
        )


class Assembly:
    """The sum of some components, observed with white noise.

    Args:
        components: The parts of the signal.
        noise: First guess of the noise's standard deviation.
    """

    def __init__(self, components: Sequence[Component], noise: float) -> None:
        self.components = tuple(components)
        own = Parameter("observation noise", float(np.log(noise)))
        self.parameters = (*(p for c in self.components for p in c.parameters), own)
        self.size = sum(c.size for c in self.components)

    @property
    def start(self) -> Float[np.ndarray, " parameter"]:
        """The first guess."""
        return np.array([p.start for p in self.parameters])

    @property
    def bounds(self) -> Float[np.ndarray, "parameter 2"]:
        """Lowest and highest log value of each parameter."""
        return np.array([(p.low, p.high) for p in self.parameters])

    def penalty(self, theta: Float[np.ndarray, "model parameter"]) -> Float[np.ndarray, " model"]:
        """Minus the log of the weak prior, up to a constant."""
        spread = np.array([p.spread for p in self.parameters])
        return 0.5 * np.sum(((theta - self.start) / spread) ** 2, axis=1)

    def system(self, theta: Float[np.ndarray, "model parameter"]) -> System:
        """The equation with numbers in it."""
        models, n = len(theta), self.size
        F, L = np.zeros((models, n, n)), np.zeros((models, n, n))
        covariance = np.zeros((models, n, n))
        state = parameter = 0
        for component in self.components:
            part = component.dynamics(theta[:, parameter : parameter + len(component.parameters)])
            rows = np.arange(state, state + component.size)
            F[:, rows[:, None], rows] = part.F
            L[:, rows, rows] = part.diffusion
            covariance[:, rows, rows] = part.covariance
            state += component.size
            parameter += len(component.parameters)
        return System(F, L, covariance, np.exp(2 * theta[:, -1]))

    def observation(
        self, phase: Float[np.ndarray, "time season"]
    ) -> Float[np.ndarray, "time state"]:
        """H at each time."""
        return np.concatenate([c.observation(phase) for c in self.components], axis=1)

    def states(self, index: int) -> slice:
        """Which states belong to a component."""
        start = sum(c.size for c in self.components[:index])
        return slice(start, start + self.components[index].size)
