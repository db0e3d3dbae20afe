"""−Δw + k² w = 0 in a rectangle with round holes, w given on the whole boundary, to many digits.

With K_n, I_n the modified Bessel functions, and r, θ about the point that is named,

    w = Σₙ Iₙ(kr)/Iₙ(kR) (aₙ cos nθ + bₙ sin nθ)                        about the middle,
      + Σₙ Kₙ(kr)/Kₙ(kρ) (cₙ cos nθ + dₙ sin nθ)                        about each hole of radius ρ,
      + Σⱼ K₀(krⱼ) eⱼ + K₁(krⱼ) (fⱼ cos θⱼ + gⱼ sin θⱼ)                 about poles outside the corners,

where the poles crowd exponentially towards each corner (Gopal & Trefethen, SIAM J. Numer. Anal. 57,
2074–2094, 2019); for k = 0 powers of r and log r take the place of I, K (Trefethen, ANZIAM J. 60, 1–26,
2018). Least squares on the boundary give the coefficients. Each term satisfies the equation, so by the
maximum principle the error inside is nowhere larger than the largest one on the boundary, which is computed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr
from scipy.special import ive, kve

Hole = tuple[float, float, float]  # centre and radius
# From points, shape (n, 2), to values, shape (n,).
Values = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class PerforatedRectangle:
    """The series for one domain, equation and boundary values.

    Attributes:
        half: Half width and half height of the rectangle, whose middle is at 0.
        holes: The holes.
        wave: k.
        on_rectangle: w on the rectangle.
        on_holes: w on the holes.
        terms: Of the sum about the middle.
        terms_of_hole: Of the sum about each hole.
        poles: At each corner.
    """

    half: tuple[float, float]
    holes: Sequence[Hole]
    wave: float
    on_rectangle: Values
    on_holes: Values
    terms: int = 100
    terms_of_hole: int = 40
    poles: int = 20

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """W at points, shape (n, 2) → (n,)."""
        coefficients, scale = self._fit
        result: np.ndarray = self._functions(points) @ (coefficients / scale)
        return result

    def largest_error(self) -> float:
        """The largest |w − given| on a fine grid of the boundary, a bound of the error anywhere."""
        points, given = self._boundary(397, 311)
        return float(np.abs(self(points) - given).max())

    @cached_property
    def _fit(self) -> tuple[np.ndarray, np.ndarray]:
        points, given = self._boundary(240, 160)
        matrix = self._functions(points)
        scale = np.linalg.norm(matrix, axis=0)
        return np.linalg.lstsq(matrix / scale, given, rcond=1e-15)[0], scale

    def _functions(self, points: np.ndarray) -> np.ndarray:
        z = points[:, 0] + 1j * points[:, 1]
        columns = _regular(z, self.wave, self.terms, float(np.hypot(*self.half)))
        for x, y, radius in self.holes:
            columns += _singular(z - (x + 1j * y), self.wave, self.terms_of_hole, radius)
        order = np.arange(1, self.poles + 1)
        distances = 0.5 * np.exp(-4 * (np.sqrt(self.poles) - np.sqrt(order)))
        for corner in self._corners:
            for distance in distances:
                pole = corner + distance * corner / abs(corner)
                columns += _singular(z - pole, self.wave, 1, float(distance))
        return np.stack(columns, axis=1)

    @property
    def _corners(self) -> list[complex]:
        a, b = self.half
        return [a + 1j * b, -a + 1j * b, -a - 1j * b, a - 1j * b]

    def _boundary(self, on_edge: int, on_circle: int) -> tuple[np.ndarray, np.ndarray]:
        """Points of the boundary, crowded towards the corners, and the values given there."""
        even = (1 - np.cos(np.pi * (np.arange(on_edge) + 0.5) / on_edge)) / 2
        near = np.logspace(-8, -1, 60) if self.poles else np.zeros(0)
        s = np.concatenate([even, near, 1 - near])
        corners = self._corners
        edges = [a + (b - a) * s for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
        angle = 2 * np.pi * np.arange(on_circle) / on_circle
        circles = [x + 1j * y + r * np.exp(1j * angle) for x, y, r in self.holes]
        rim, round_ = np.concatenate(edges), np.concatenate(circles)
        points = [np.stack([z.real, z.imag], axis=1) for z in (rim, round_)]
        given = [self.on_rectangle(points[0]), self.on_holes(points[1])]
        return np.concatenate(points), np.concatenate(given)


def _regular(z: np.ndarray, wave: float, terms: int, radius: float) -> list[np.ndarray]:
    r, angle = np.abs(z), np.angle(z)
    columns = []
    for n in range(terms + 1):
        if wave:
            growth = ive(n, wave * r) / ive(n, wave * radius) * np.exp(wave * (r - radius))
        else:
            growth = (r / radius) ** n
        columns += [growth * np.cos(n * angle)] + ([growth * np.sin(n * angle)] if n else [])
    return columns


def _singular(z: np.ndarray, wave: float, terms: int, radius: float) -> list[np.ndarray]:
    r, angle = np.abs(z), np.angle(z)
    columns = []
    for n in range(terms + 1):
        if wave:
            decay = kve(n, wave * r) / kve(n, wave * radius) * np.exp(-wave * (r - radius))
        else:
            decay = (radius / r) ** n if n else np.log(r / radius)
        columns += [decay * np.cos(n * angle)] + ([decay * np.sin(n * angle)] if n else [])
    return columns


def outside_holes(x: np.ndarray, y: np.ndarray, holes: Sequence[Hole], u: Values) -> xr.Dataset:
    """Values of u on the grid of x and y as a dataset, NaN within the holes."""
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    there = np.full(len(points), True)
    for a, b, radius in holes:
        there &= np.hypot(points[:, 0] - a, points[:, 1] - b) >= radius - 1e-12
    values = np.full(len(points), np.nan)
    values[there] = u(points[there])
    return xr.Dataset({"u": (("y", "x"), values.reshape(len(y), len(x)))}, coords={"y": y, "x": x})
