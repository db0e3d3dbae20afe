"""Burgers' equation solved exactly, by the transformation of Cole and Hopf."""

import numpy as np

_SPACING = 0.15  # of the trapezoidal rule; 0.24 gives the same digits, 0.3 loses five of them


def burgers_from_sine(t: np.ndarray, x: np.ndarray, viscosity: float) -> np.ndarray:
    """u(t, x) of ∂u/∂t + u ∂u/∂x = ν ∂²u/∂x² with u(0, x) = −sin πx on the line, periodic in x.

    With u = −2ν φₓ/φ the equation becomes the heat equation for φ, and

        u(t, x) = −∫ sin π(x − η) f(x − η) G(η, t) dη / ∫ f(x − η) G(η, t) dη,
        f(y) = exp(−cos(πy) / 2πν),   G(η, t) = exp(−η² / 4νt).

    (Basdevant et al., Computers & Fluids 14, 23–41, 1986.) With η = 2√(νt) z the integrands are analytic
    and vanish at both ends, so that the trapezoidal rule converges faster than any power. The
    exponents are shifted by their largest value: f spans exp(1/πν), 43 decades at ν = 0.01/π.

    Args:
        t: Times, not negative, shape (n,).
        x: Places, shape (m,).
        viscosity: ν.

    Returns:
        u, shape (n, m).
    """
    # Beyond this |z| the Gaussian has lost e^-37 even where f is largest.
    widest = np.sqrt(1.0 / (np.pi * viscosity) + 37.0)
    z = np.linspace(-widest, widest, int(np.ceil(2.0 * widest / _SPACING)) + 1)
    shift = 2.0 * np.sqrt(viscosity * np.asarray(t, dtype=float))[:, None, None] * z
    y = np.asarray(x, dtype=float)[None, :, None] - shift
    exponent = -(z**2) - np.cos(np.pi * y) / (2.0 * np.pi * viscosity)
    exponent -= exponent.max(axis=-1, keepdims=True)
    weight = np.exp(exponent)
    result: np.ndarray = -(np.sin(np.pi * y) * weight).sum(axis=-1) / weight.sum(axis=-1)
    return result
