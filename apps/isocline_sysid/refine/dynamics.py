"""Right-hand sides as linear combinations of terms, in the states or in their logarithms."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from isocline_sysid.library import PolynomialLibrary


@dataclass(frozen=True)
class Dynamics:
    """dξ_k/dτ = Σ_m w_km θ_m(ξ, c), or the same for υ = log ξ: dυ_k/dτ = Σ_m w_km θ_m(e^υ, c) e^{-υ_k}.

    Attributes:
        library: The terms, over states and controls.
        supports: (equation, term): which coefficients there are; they are numbered equation by equation.
        relative: Whether the state is υ.
    """

    library: PolynomialLibrary
    supports: Bool[np.ndarray, "equation term"]
    relative: bool

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return int(self.supports.sum())

    def evaluate(
        self,
        state: Float[np.ndarray, "time state"],
        controls: Float[np.ndarray, "time control"],
        w: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The field, its features and its Jacobian.

        Returns:
            f (time, state); ∂f/∂w (time, state, coefficient); ∂f/∂state (time, state, state).
        """
        d = state.shape[1]
        with np.errstate(over="ignore", invalid="ignore"):
            x = np.exp(state) if self.relative else state
            z = np.concatenate([x, controls], axis=1)
            theta = self.library.values(z)
            slopes = self.library.gradients(z)[:, :, :d]
            if self.relative:
                slopes = slopes * x[:, None, :]
            features = np.zeros((len(x), d, self.size))
            jacobian = np.zeros((len(x), d, d))
            start = 0
            for k in range(d):
                active = self.supports[k]
                stop = start + int(active.sum())
                divisor = x[:, k, None] if self.relative else 1.0
                features[:, k, start:stop] = theta[:, active] / divisor
                own = w[start:stop]
                jacobian[:, k] = np.einsum("tms,m->ts", slopes[:, active], own) / divisor
                if self.relative:
                    jacobian[:, k, k] -= features[:, k, start:stop] @ own
                start = stop
            return features @ w, features, jacobian
