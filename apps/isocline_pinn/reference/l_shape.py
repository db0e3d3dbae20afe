"""−Δu = 1 on an L, u = 0 on its boundary, to ten digits, corners included.

The L is [−1, 1]² without its upper right quarter. With r, φ around the corner that points inwards,
φ from 0 to 3π/2 between its two edges,

    u = p + Σₖ aₖ r^{2k/3} sin(2kφ/3) + Re Σⱼ bⱼ / (z − zⱼ)

where p is a particular solution that vanishes on both edges of that corner,

    p = −r²/4 + r²/4 cos 2φ − r²/(3π) (log r sin 2φ + φ cos 2φ),

and the poles zⱼ crowd exponentially towards the other five corners from outside (Gopal & Trefethen,
SIAM J. Numer. Anal. 57, 2074–2094, 2019). Everything but p is harmonic, so by the maximum principle the
error inside is nowhere larger than the largest value left on the boundary, which is computed.
"""

from functools import cache
from itertools import pairwise

import numpy as np

_TERMS = 40
_POLES = 24  # per corner
# The outward-facing corners, and the direction from each into the domain.
_CORNERS = {-1 + 1j: 1 - 1j, -1 - 1j: 1 + 1j, 1 - 1j: -1 + 1j, 1j: -1 - 1j, 1 + 0j: -1 - 1j}


def poisson_on_l(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """U at points of the L; NaN outside of it.

    Args:
        x: Coordinates, any shape.
        y: Of the same shape.

    Example:
        >>> round(float(poisson_on_l(np.array([0.0]), np.array([-0.5]))[0]), 6)
        0.131454
    """
    coefficients, _ = _fit()
    outside = ((x > 0) & (y > 0)) | (np.abs(x) > 1) | (np.abs(y) > 1)
    z = np.where(outside, -0.5 - 0.5j, x + 1j * y).reshape(-1)
    u = _particular(z) + _harmonics(z) @ coefficients
    return np.where(outside, np.nan, u.reshape(np.shape(x)))


def largest_error() -> float:
    """A bound of the error anywhere in the L: the largest |u| on its boundary, on a fine grid."""
    coefficients, _ = _fit()
    z = _boundary(997)
    return float(np.abs(_particular(z) + _harmonics(z) @ coefficients).max())


@cache
def _fit() -> tuple[np.ndarray, float]:
    """Coefficients by least squares on the boundary, and the residual's root mean square."""
    z = _boundary(300)
    matrix, target = _harmonics(z), -_particular(z)
    scale = np.linalg.norm(matrix, axis=0)
    found = np.linalg.lstsq(matrix / scale, target, rcond=1e-15)[0] / scale
    return found, float(np.sqrt(np.mean((matrix @ found - target) ** 2)))


def _polar(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.abs(z), np.mod(np.angle(z) - np.pi / 2, 2 * np.pi)


def _particular(z: np.ndarray) -> np.ndarray:
    r, phi = _polar(z)
    log_r = np.log(np.where(r > 0, r, 1.0))
    singular = log_r * np.sin(2 * phi) + phi * np.cos(2 * phi)
    result: np.ndarray = r**2 * (np.cos(2 * phi) - 1) / 4 - r**2 / (3 * np.pi) * singular
    return result


def _harmonics(z: np.ndarray) -> np.ndarray:
    """The harmonic functions at points, shape (points, functions)."""
    r, phi = _polar(z)
    # Scaled by the distance of the farthest corner, √2, so that no column dwarfs another.
    columns = [
        (r / np.sqrt(2)) ** (2 * k / 3) * np.sin(2 * k * phi / 3) for k in range(1, _TERMS + 1)
    ]
    order = np.arange(1, _POLES + 1)
    distances = np.exp(-4 * (np.sqrt(_POLES) - np.sqrt(order)))
    for corner, inwards in _CORNERS.items():
        for distance in distances:
            pole = distance / (z - (corner - distance * inwards / abs(inwards)))
            columns += [pole.real, pole.imag]
    return np.stack(columns, axis=1)


def _boundary(number: int) -> np.ndarray:
    """Points on the six edges, crowded towards their ends."""
    even = (1 - np.cos(np.pi * (np.arange(number) + 0.5) / number)) / 2
    near = np.logspace(-9, -1, 100)
    s = np.concatenate([even, near, 1 - near])
    ends = [-1 + 1j, -1 - 1j, 1 - 1j, 1 + 0j, 0j, 1j, -1 + 1j]
    edges = [a + (b - a) * s for a, b in pairwise(ends)]
    return np.concatenate(edges)
