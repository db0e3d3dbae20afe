"""Periodic functions of one coordinate by their Fourier modes, and waves that advect themselves."""

from collections.abc import Callable

import numpy as np

from isocline_pinn.reference.etd import integrate

_FINE = 2**20  # places by which modes of a function with a kink are found


def places(number: int, lower: float, upper: float) -> np.ndarray:
    """Evenly spaced places of a period, the upper end left out, shape (number,)."""
    found: np.ndarray = lower + (upper - lower) * np.arange(number) / number
    return found


def wavenumbers(number: int, lower: float, upper: float) -> np.ndarray:
    """2πn / (upper − lower), n = 0 … number/2, of the modes that `numpy.fft.rfft` gives."""
    found: np.ndarray = 2 * np.pi / (upper - lower) * np.arange(number // 2 + 1)
    return found


def project(
    function: Callable[[np.ndarray], np.ndarray], number: int, lower: float, upper: float
) -> np.ndarray:
    """The lowest modes of a function, scaled as `rfft` of its values at `number` places.

    Values at those places themselves would do for a smooth function. One whose slope jumps has modes that
    fall with n⁻² only, and what lies above the grid aliases: it is sampled more finely first.

    Args:
        function: From places (n,) to (n,).
        number: A power of two, at most 2²⁰.
        lower: Where the period begins.
        upper: Where it ends.

    Returns:
        Shape (number/2 + 1,), complex; the last is zero.
    """
    modes: np.ndarray = np.fft.rfft(function(places(_FINE, lower, upper)))[: number // 2 + 1]
    modes[-1] = 0.0
    return modes * (number / _FINE)


def evaluate(
    modes: np.ndarray, x: np.ndarray, lower: float, upper: float, derivative: int = 0
) -> np.ndarray:
    """A real periodic function, or its derivative, anywhere.

    Args:
        modes: As `numpy.fft.rfft` of its values at `places`, an even number of them: shape (..., n/2 + 1).
        x: Places, shape (m,).
        lower: Where the period begins.
        upper: Where it ends.
        derivative: Its order.

    Returns:
        Shape (..., m).
    """
    number = 2 * (modes.shape[-1] - 1)
    k = wavenumbers(number, lower, upper)
    weight = np.full(len(k), 2.0 / number)
    weight[[0, -1]] /= 2
    waves = (weight * (1j * k) ** derivative)[:, None] * np.exp(1j * k[:, None] * (x - lower))
    # Real products: half the work of complex ones.
    result: np.ndarray = modes.real @ waves.real - modes.imag @ waves.imag
    return result


def self_advection(
    initial: Callable[[np.ndarray], np.ndarray],
    linear: Callable[[np.ndarray], np.ndarray],
    speed: float,
    interval: tuple[float, float],
    t: np.ndarray,
    number: int,
    steps_between: int,
) -> np.ndarray:
    """Modes of u in ∂u/∂t + a u ∂u/∂x = L u, periodic, by ETDRK4.

    Args:
        initial: u at the first time, from places (n,) to (n,); smooth across the period.
        linear: L's eigenvalues from wave numbers; complex where it disperses.
        speed: a.
        interval: Both ends of the period.
        t: Equally spaced times, shape (m,).
        number: Of places, even.
        steps_between: Time steps from one time to the next.

    Returns:
        Shape (m, number/2 + 1), for `evaluate`.
    """
    k = wavenumbers(number, *interval)
    # Orszag's rule of two thirds: products of what is kept do not alias onto it.
    kept = np.arange(len(k)) < number / 3
    factor = np.where(kept, -0.5j * speed * k, 0.0)

    def advection(modes: np.ndarray) -> np.ndarray:
        u = np.fft.irfft(modes, number)
        product: np.ndarray = factor * np.fft.rfft(u * u)
        return product

    start = np.where(kept, np.fft.rfft(initial(places(number, *interval))), 0.0)
    return integrate(start, linear(k), advection, t, steps_between)
