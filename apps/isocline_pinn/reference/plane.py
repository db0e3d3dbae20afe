"""Fields that are periodic in two directions: their Fourier modes, and marching them by ETDRK4."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.fft import irfft2, rfft2

from isocline_pinn.reference.etd import integrate


@dataclass(frozen=True)
class Plane:
    """An even grid of a square period and its modes.

    Attributes:
        number: Of places in each direction, even.
        lower: Where the period begins, in both directions.
        upper: Where it ends.
    """

    number: int
    lower: float
    upper: float

    @property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Coordinates x and y, each of shape (n, n); y runs along the first axis."""
        length = self.upper - self.lower
        x = self.lower + length * np.arange(self.number) / self.number
        along, across = np.meshgrid(x, x)
        return along, across

    @property
    def wavenumbers(self) -> tuple[np.ndarray, np.ndarray]:
        """k_x and k_y of the modes, each of shape (n, n/2 + 1)."""
        unit, n = 2 * np.pi / (self.upper - self.lower), self.number
        along, across = np.meshgrid(unit * np.arange(n // 2 + 1), unit * np.fft.fftfreq(n, 1 / n))
        return along, across

    @property
    def laplacian(self) -> np.ndarray:
        """−k_x² − k_y²."""
        along, across = self.wavenumbers
        result: np.ndarray = -(along**2) - across**2
        return result

    @property
    def kept(self) -> np.ndarray:
        """Modes below two thirds of the highest in both directions, by Orszag's rule; shape as modes."""
        along, across = self.wavenumbers
        limit = 2 * np.pi / (self.upper - self.lower) * self.number / 3
        result: np.ndarray = (np.abs(along) < limit) & (np.abs(across) < limit)
        return result

    def modes(self, fields: np.ndarray) -> np.ndarray:
        """Of fields (..., n, n) at the places."""
        result: np.ndarray = rfft2(fields)
        return result

    def fields(self, modes: np.ndarray) -> np.ndarray:
        """At the places, of modes (..., n, n/2 + 1)."""
        result: np.ndarray = irfft2(modes, s=(self.number, self.number))
        return result


def march(
    plane: Plane,
    initial: np.ndarray,
    linear: np.ndarray,
    nonlinear: Callable[[np.ndarray], np.ndarray],
    t: np.ndarray,
    steps_between: int,
    intervals: int,
) -> np.ndarray:
    """Fields at equally spaced times on a coarser grid that has both ends of the period.

    Args:
        plane: The grid.
        initial: Fields at its places, shape (f, n, n).
        linear: L's eigenvalues, shape (f, n, n/2 + 1).
        nonlinear: From modes (f, n, n/2 + 1) to their change.
        t: Equally spaced times, shape (m,).
        steps_between: Time steps from one time to the next.
        intervals: Of the coarser grid in each direction, a divisor of n.

    Returns:
        Shape (m, f, intervals + 1, intervals + 1), y before x.
    """
    shape = linear.shape

    def change(flat: np.ndarray) -> np.ndarray:
        return nonlinear(flat.reshape(shape)).ravel()

    modes = integrate(plane.modes(initial).ravel(), linear.ravel(), change, t, steps_between)
    stride = plane.number // intervals
    shown = [plane.fields(state.reshape(shape))[:, ::stride, ::stride] for state in modes]
    return np.pad(np.stack(shown), [(0, 0), (0, 0), (0, 1), (0, 1)], mode="wrap")
