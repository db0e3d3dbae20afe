r"""The diagonal state-space layer S4D (Gu, Gupta, Goel & Ré, NeurIPS 2022, arXiv:2206.11893).

Each channel drives its own bank of N damped complex modes,

    x'(t) = Λ x(t) + 1 u(t),    y(t) = 2 Re(C x(t)) + D u(t),    Re Λ < 0,

starting from S4D-Lin, λₙ = -1/2 + iπn. With u held constant over the time Δₖ before input k
(zero-order hold) the solution is exact for any Δₖ,

    xₖ = exp(Λ Δₖ) xₖ₋₁ + (exp(Λ Δₖ) - 1) / Λ · uₖ,

so irregular sampling costs nothing. Regular sampling turns it into a convolution with the kernel
Kⱼ = 2 Re(C exp(Λ Δ)ʲ (exp(Λ Δ) - 1) / Λ). An unobserved input drives nothing: the modes decay.
"""

import math

import torch
from jaxtyping import Bool, Complex, Float
from torch import Tensor, nn

from isocline_de.layers.sequence import check_sequence
from isocline_de.scan import diagonal_scan


class DiagonalStateSpace(nn.Module):
    """S4D on irregular series with gaps; recurrence, scan and convolution give the same numbers.

    Args:
        channels: Input and output channels; they do not mix.
        modes: Complex modes of each channel, N.
        timescales: Range of the time scales (in the unit of dt) that channels start from, log-uniform.
        generator: Source of the random start.
        dtype: Real dtype of inputs and parameters.
    """

    def __init__(
        self,
        channels: int,
        modes: int = 16,
        *,
        timescales: tuple[float, float] = (1.0, 1000.0),
        generator: torch.Generator | None = None,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        low, high = math.log(timescales[0]), math.log(timescales[1])
        uniform = torch.rand(channels, 1, generator=generator, dtype=dtype)
        self.channels = channels
        self.log_rate = nn.Parameter(-(low + (high - low) * uniform))
        self.log_decay = nn.Parameter(torch.full((channels, modes), math.log(0.5), dtype=dtype))
        self.frequency = nn.Parameter(
            math.pi * torch.arange(modes, dtype=dtype).repeat(channels, 1)
        )
        self.readout = nn.Parameter(
            torch.randn(channels, modes, 2, generator=generator, dtype=dtype) / modes**0.5
        )
        self.skip = nn.Parameter(torch.ones(channels, dtype=dtype))

    def forward(
        self,
        u: Float[Tensor, "batch time channel"],
        dt: Float[Tensor, "..."] | None = None,
        mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch time channel"]:
        """The whole series by a parallel scan.

        Raises:
            ProblemError: Shapes do not fit, an observed input is not finite, or dt is negative.
        """
        u, steps = check_sequence(u, dt, mask, self.channels)
        decay, gain = self._transition(steps)
        x = diagonal_scan(decay, gain * u[..., None])
        return self._read(x, u)

    def step(
        self,
        u: Float[Tensor, "batch channel"],
        dt: Float[Tensor, "batch"],
        x: Complex[Tensor, "batch channel mode"] | None = None,
    ) -> tuple[Float[Tensor, "batch channel"], Complex[Tensor, "batch channel mode"]]:
        """One input of the recurrence: (output, new state)."""
        decay, gain = self._transition(dt)
        x = gain * u[..., None] if x is None else decay * x + gain * u[..., None]
        return self._read(x, u), x

    def convolve(
        self, u: Float[Tensor, "batch time channel"], dt: float = 1.0
    ) -> Float[Tensor, "batch time channel"]:
        """The whole series, sampled every ``dt`` without gaps, by FFT."""
        u, _ = check_sequence(u, None, None, self.channels)
        length = u.shape[1]
        decay, gain = self._transition(u.new_full((1,), dt))
        ages = torch.arange(length, dtype=u.dtype, device=u.device)
        powers = torch.exp(torch.log(decay[0]) * ages[:, None, None])
        kernel = 2 * (powers * gain[0] * torch.view_as_complex(self.readout)).sum(-1).real
        # Twice the length keeps the circular convolution from wrapping.
        spectrum = torch.fft.rfft(u, n=2 * length, dim=1) * torch.fft.rfft(
            kernel, n=2 * length, dim=0
        )
        return torch.fft.irfft(spectrum, n=2 * length, dim=1)[:, :length] + self.skip * u

    def _transition(self, dt: Tensor) -> tuple[Tensor, Tensor]:
        """exp(Λ Δ) and (exp(Λ Δ) - 1) / Λ, shape (*dt, channel, mode), Δ in each channel's own unit."""
        eigenvalues = torch.complex(-torch.exp(self.log_decay), self.frequency)
        exponent = dt[..., None, None] * torch.exp(self.log_rate) * eigenvalues
        decay = torch.exp(exponent)
        return decay, (decay - 1) / eigenvalues

    def _read(self, x: Tensor, u: Tensor) -> Tensor:
        return 2 * (x * torch.view_as_complex(self.readout)).sum(-1).real + self.skip * u


__all__ = ["DiagonalStateSpace"]
