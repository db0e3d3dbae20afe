"""Rows of the least-squares problem: points, the blocks they lie in, and the features there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from isocline_pinn.local.blocks import Mesh
from isocline_pinn.local.features import Alpha, Polynomials
from isocline_pinn.trace import Jet

Side = tuple[int, np.ndarray]
"""A block and the columns that rows have there, shape (rows, unknowns of a block)."""


@dataclass
class Bundle:
    """Rows that touch the same blocks: Σ_sides columns · δ + constants · δθ ≈ −residual.

    Attributes:
        sides: one block, or two across a face.
        residual: shape (rows,); already weighted, as are the columns.
        weights: what was multiplied on, shape (rows,).
        constants: ∂R/∂θ, shape (rows, unknown constants), or None.
        observed: the number of the set of observations that the rows belong to, or None.
    """

    sides: list[Side]
    residual: np.ndarray
    weights: np.ndarray
    constants: np.ndarray | None = None
    observed: int | None = None


@dataclass
class Patch:
    """Points with the same place in each of some blocks, or points of one block.

    Attributes:
        blocks: shape (b,).
        features: D^α φ in reference coordinates, shape (m, features), or (b, m, features) where the
            blocks differ.
        scale: 1/h^α for each block, shape (b,).
        place: for each block, the rows of the sheet's points, shape (b, m).
    """

    blocks: np.ndarray
    features: dict[Alpha, np.ndarray]
    scale: dict[Alpha, np.ndarray]
    place: np.ndarray

    def values(self, alpha: Alpha, coefficients: np.ndarray) -> np.ndarray:
        """D^α of one output, from its coefficients of all blocks, shape (b, m)."""
        own = coefficients[self.blocks]
        table = self.features[alpha]
        product = own @ table.T if table.ndim == 2 else np.einsum("bmr,br->bm", table, own)
        return product * self.scale[alpha][:, None]

    def columns(self, alpha: Alpha, sensitivity: np.ndarray) -> np.ndarray:
        """diag(∂R/∂J) D^α φ, shape (b, m, features), from the sensitivity, shape (b, m)."""
        return (sensitivity * self.scale[alpha][:, None])[:, :, None] * self.features[alpha]


def make_patch(
    mesh: Mesh,
    polynomials: Polynomials,
    blocks: np.ndarray,
    local: np.ndarray,
    place: np.ndarray,
    alphas: Iterable[Alpha],
) -> Patch:
    """A patch of points with local coordinates (m, d), the same in all its blocks, or (b, m, d)."""
    wanted = list(alphas)
    if local.ndim == 2:
        features = polynomials.derivatives(local, wanted)
    else:
        flat = polynomials.derivatives(local.reshape(-1, local.shape[2]), wanted)
        features = {a: v.reshape(*local.shape[:2], -1) for a, v in flat.items()}
    half = mesh.half[blocks]
    scale = {a: np.prod(half ** -np.array(a, dtype=float), axis=1) for a in wanted}
    return Patch(blocks, features, scale, place)


def patches_by_block(
    mesh: Mesh,
    polynomials: Polynomials,
    points: np.ndarray,
    blocks: np.ndarray,
    alphas: Sequence[Alpha],
) -> list[Patch]:
    """One patch a block for scattered points."""
    found = []
    for block in np.unique(blocks):
        place = np.nonzero(blocks == block)[0]
        local = mesh.local(points[place], np.full(len(place), block))
        one = np.array([block])
        found.append(make_patch(mesh, polynomials, one, local, place[None, :], alphas))
    return found


def damping(total_degrees: np.ndarray, order: int, highest: int) -> np.ndarray:
    """(1 + |a|)^−s·order: how row norms discount high features.

    A derivative of order m of the p-th polynomial is of size p^2m; plain row norms would leave
    almost no weight to the low features of a high-order equation, and its forcing would vanish in
    the rounding. Half of that growth is discounted (s = 1), more above second order (measured: an
    Euler beam in eight blocks goes from 1.0 to 1e-16).

    Args:
        total_degrees: |a| of each feature.
        order: of the derivatives in the rows.
        highest: order of the whole problem.
    """
    strength = 1.0 if highest <= 2 else 1.5
    return (1.0 + total_degrees) ** (-strength * order)


def with_value(jets: Iterable[Jet], dimension: int) -> list[Alpha]:
    """The multi-indices of some jets, never empty."""
    return sorted({alpha for _, alpha in jets} | {(0,) * dimension})


@dataclass
class Pairing:
    """Rows that couple a point in one block with a point in another.

    Attributes:
        rows: row numbers, shape (m,).
        first: patch of the points i.
        second: patch of the points i + n/2.
    """

    rows: np.ndarray
    first: Patch
    second: Patch


@dataclass
class Fixed:
    """Linear rows known once and for all: continuity across faces, and what came before in time.

    Attributes:
        sides: weighted columns for one output, as (block, output, matrix (rows, features)).
        values: weighted right-hand side, shape (rows,).
        weights: what was multiplied on, shape (rows,).
    """

    sides: list[tuple[int, int, np.ndarray]]
    values: np.ndarray
    weights: np.ndarray = field(default_factory=lambda: np.ones(1))

    def residual(self, coefficients: np.ndarray) -> np.ndarray:
        """Σ columns · c − values, for coefficients of shape (blocks, outputs, features)."""
        total = -self.values
        for block, output, matrix in self.sides:
            total = total + matrix @ coefficients[block, output]
        return total
