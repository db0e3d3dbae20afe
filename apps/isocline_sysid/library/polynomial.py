"""All monomials up to a total degree in the states and controls."""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement

import numpy as np
import sympy
from jaxtyping import Float


@dataclass(frozen=True)
class PolynomialLibrary:
    """θ_m(z) = Π_v z_v^{a_mv} with Σ_v a_mv ≤ degree, the constant first.

    Attributes:
        names: Variables z: the states, then the controls.
        degree: Largest total degree.
    """

    names: tuple[str, ...]
    degree: int

    @cached_property
    def exponents(self) -> np.ndarray:
        """(terms, variables), integers, by degree and then in the variables' order."""
        variables = range(len(self.names))
        rows = [
            [chosen.count(v) for v in variables]
            for degree in range(self.degree + 1)
            for chosen in combinations_with_replacement(variables, degree)
        ]
        return np.array(rows, dtype=int)

    @cached_property
    def symbols(self) -> tuple[sympy.Expr, ...]:
        """The terms as sympy expressions."""
        variables = [sympy.Symbol(name, real=True) for name in self.names]
        terms: list[sympy.Expr] = []
        for row in self.exponents:
            term: sympy.Expr = sympy.Integer(1)
            for variable, power in zip(variables, row, strict=True):
                term *= variable ** int(power)
            terms.append(term)
        return tuple(terms)

    @property
    def term_names(self) -> tuple[str, ...]:
        """The terms as text: "1", "x", "x y", "x^2"."""
        return tuple(
            " ".join(
                name if power == 1 else f"{name}^{power}"
                for name, power in zip(self.names, row, strict=True)
                if power
            )
            or "1"
            for row in self.exponents
        )

    def values(self, z: Float[np.ndarray, "time variable"]) -> Float[np.ndarray, "time term"]:
        """θ_m at each row of z."""
        return np.prod(z[:, None, :] ** self.exponents[None], axis=2)

    def gradients(
        self, z: Float[np.ndarray, "time variable"]
    ) -> Float[np.ndarray, "time term variable"]:
        """∂θ_m/∂z_v at each row of z."""
        result = np.zeros((len(z), len(self.exponents), len(self.names)))
        for v in range(len(self.names)):
            lowered = self.exponents.copy()
            lowered[:, v] = np.maximum(lowered[:, v] - 1, 0)
            result[:, :, v] = self.exponents[:, v] * np.prod(z[:, None, :] ** lowered[None], axis=2)
        return result

    def unscaled(
        self, scales: Float[np.ndarray, " variable"], state_scale: float, time_scale: float
    ) -> Float[np.ndarray, " term"]:
        """Factors that turn coefficients of z/scales and t/time_scale into those of z and t.

        With ζ = z/s and τ = t/T, dζ_k/dτ = Σ w_m θ_m(ζ) means
        dz_k/dt = Σ w_m (s_k/T) Π_v s_v^{-a_mv} θ_m(z).
        """
        return state_scale / time_scale / np.prod(scales**self.exponents, axis=1)
