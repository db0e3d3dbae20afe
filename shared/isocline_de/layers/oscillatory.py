r"""Linear oscillatory state-space layer LinOSS (Rusch & Rus, ICLR 2025, arXiv:2410.03943).

A bank of forced harmonic oscillators,

    y''(t) = -A y(t) + B u(t),    o(t) = C y(t) + D u(t),    A = diag(a) ≥ 0,

as a first-order system with z = y', taken by one of two schemes with step Δₖ:

    implicit    zₖ = zₖ₋₁ + Δₖ(-A yₖ + B uₖ),      yₖ = yₖ₋₁ + Δₖ zₖ
    symplectic  zₖ = zₖ₋₁ + Δₖ(-A yₖ₋₁ + B uₖ),    yₖ = yₖ₋₁ + Δₖ zₖ

The implicit scheme (LinOSS-IM) dissipates and is stable for any step; the symplectic one (LinOSS-IMEX) keeps
|eigenvalues| = 1, so it remembers, as long as Δ² a < 4. Both are linear in the state, hence a scan of 2 × 2
matrices.
"""

from typing import Literal

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from isocline_de.errors import ProblemError
from isocline_de.layers.sequence import check_sequence
from isocline_de.scan import matrix_scan


class OscillatoryStateSpace(nn.Module):
    """LinOSS on irregular series with gaps; recurrence and scan give the same numbers.

    Args:
        inputs: Input channels.
        oscillators: Size of the bank.
        outputs: Output channels.
        scheme: "implicit" forgets slowly and takes any gap, "symplectic" keeps what it has seen.
        generator: Source of the random start.
        dtype: Dtype of inputs and parameters.

    Raises:
        ProblemError: There is no such scheme.
    """

    def __init__(
        self,
        inputs: int,
        oscillators: int,
        outputs: int,
        *,
        scheme: Literal["implicit", "symplectic"] = "implicit",
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        if scheme not in {"implicit", "symplectic"}:
            raise ProblemError(f"there is no scheme {scheme!r}; choose 'implicit' or 'symplectic'")

        def uniform(*shape: int, scale: float) -> nn.Parameter:
            return nn.Parameter(
                scale * (2 * torch.rand(*shape, generator=generator, dtype=dtype) - 1)
            )

        self.inputs = inputs
        self.scheme = scheme
        self.stiffness_root = nn.Parameter(
            torch.rand(oscillators, generator=generator, dtype=dtype).sqrt()
        )
        self.step_logit = uniform(oscillators, scale=1.0)
        self.B = uniform(oscillators, inputs, scale=inputs**-0.5)
        self.C = uniform(outputs, oscillators, scale=oscillators**-0.5)
        self.D = uniform(outputs, inputs, scale=inputs**-0.5)

    def forward(
        self,
        u: Float[Tensor, "batch time channel"],
        dt: Float[Tensor, "..."] | None = None,
        mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch time output"]:
        """The whole series by a parallel scan.

        Raises:
            ProblemError: Shapes do not fit, an observed input is not finite, or dt is negative.
        """
        u, steps = check_sequence(u, dt, mask, self.inputs)
        matrix, forcing = self._scheme(steps, u @ self.B.mT)
        state = matrix_scan(matrix, forcing)
        return state[..., 1] @ self.C.mT + u @ self.D.mT

    def step(
        self,
        u: Float[Tensor, "batch channel"],
        dt: Float[Tensor, "batch"],
        state: Float[Tensor, "batch oscillator 2"] | None = None,
    ) -> tuple[Float[Tensor, "batch output"], Float[Tensor, "batch oscillator 2"]]:
        """One input of the recurrence: (output, new state); the state holds (z, y)."""
        matrix, forcing = self._scheme(dt, u @ self.B.mT)
        state = forcing if state is None else (matrix @ state[..., None])[..., 0] + forcing
        return state[..., 1] @ self.C.mT + u @ self.D.mT, state

    def _scheme(self, dt: Tensor, force: Tensor) -> tuple[Tensor, Tensor]:
        """The matrix of one step and what the input adds, shapes (*dt, oscillator, 2, 2) and (…, 2)."""
        a = self.stiffness_root**2
        h = dt[..., None] * torch.sigmoid(self.step_logit)
        if self.scheme == "implicit":
            s = 1 / (1 + h**2 * a)
            rows = (s, -h * a * s, h * s, s)
            forcing = (h * s * force, h**2 * s * force)
        else:
            one = torch.ones_like(h)
            rows = (one, -h * a, h, 1 - h**2 * a)
            forcing = (h * force, h**2 * force)
        return torch.stack(rows, -1).unflatten(-1, (2, 2)), torch.stack(forcing, -1)


__all__ = ["OscillatoryStateSpace"]
