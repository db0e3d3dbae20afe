"""Least squares in block-orthonormal unknowns.

All rows that touch block k, those it shares with a neighbour included, are factored as
A_k = Q_k R_k (Householder). In the unknowns z_k = R_k u_k the normal matrix has the identity on
its diagonal and −Q_kᵀQ_l of the shared rows beside it: the conditioning inside blocks, which costs
normal equations half their digits, is gone, and no product AᵀA is ever formed within a block. A
block is seen by others only through its shared rows, so z_k is reduced to their span before the
elimination.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import scipy.linalg as sl

from isocline_pinn.local.elimination import Cholesky, Node, dissect
from isocline_pinn.local.rows import Bundle

_NOTHING = 1e-14
_DEGENERATE = 1e-11
_HOLD = 1e-11
_WELL_CONDITIONED = 1e-6


class OrthonormalLeastSquares:
    """The factored problem min Σ ‖columns · δ + residual‖² + ridge ‖z‖².

    Args:
        bundles: weighted rows.
        centres: block centres, for the elimination order, shape (blocks, d).
        unknowns: unknowns of a block.
        constants: how many unknown constants border the system.
        ridge: of the orthonormal unknowns.
        tree: an elimination tree of the same block graph, when one is at hand.
    """

    def __init__(
        self,
        bundles: Sequence[Bundle],
        centres: np.ndarray,
        unknowns: int,
        *,
        constants: int = 0,
        ridge: float = 1e-12,
        tree: Node | None = None,
    ) -> None:
        self.blocks, self.unknowns, self.constants = len(centres), unknowns, constants
        self._place: list[list[tuple[int, slice]]] = []
        self._bundle_rows = [len(b.residual) for b in bundles]
        self._orthonormalise(bundles)
        self._ridge = ridge
        self._constant_columns = [b.constants for b in bundles]
        self._scale_constants()
        self._reduce(bundles)
        self.tree = tree if tree is not None else self._dissect(centres)
        self._factor()

    def _orthonormalise(self, bundles: Sequence[Bundle]) -> None:
        rows: list[list[np.ndarray]] = [[] for _ in range(self.blocks)]
        filled = [0] * self.blocks
        for bundle in bundles:
            places = []
            for block, matrix in bundle.sides:
                places.append((block, slice(filled[block], filled[block] + len(matrix))))
                filled[block] += len(matrix)
                rows[block].append(matrix)
            self._place.append(places)
        for parts in rows:
            missing = self.unknowns - sum(len(p) for p in parts)
            if missing > 0:
                parts.append(np.zeros((missing, self.unknowns)))
        self._own = [_OwnRows(np.concatenate(parts)) for parts in rows]

    def _scale_constants(self) -> None:
        square = np.zeros(self.constants)
        for columns in self._constant_columns:
            if columns is not None:
                square += (columns**2).sum(axis=0)
        self._constant_scale = 1 / np.sqrt(np.where(square > 0, square, 1.0))

    def _constant_coupling(self, block_count: int) -> list[np.ndarray]:
        """Q_kᵀ ∂R/∂θ of each block, shape (unknowns, constants)."""
        found = [np.zeros((self.unknowns, self.constants)) for _ in range(block_count)]
        for places, columns in zip(self._place, self._constant_columns, strict=True):
            if columns is not None:
                for block, rows in places:
                    found[block] += self._own[block].q(rows).T @ (columns * self._constant_scale)
        return found

    def _reduce(self, bundles: Sequence[Bundle]) -> None:
        """The span of each block's shared rows (and constants): all that its neighbours see."""
        shared: list[list[np.ndarray]] = [[] for _ in range(self.blocks)]
        for bundle, places in zip(bundles, self._place, strict=True):
            if len(bundle.sides) > 1:
                for block, rows in places:
                    shared[block].append(self._own[block].q(rows))
        if self.constants:
            self._border = self._constant_coupling(self.blocks)
            for block, columns in enumerate(self._border):
                shared[block].append(columns.T)
        self._span: list[np.ndarray | None] = []
        self._sizes: list[int] = []
        for parts in shared:
            count = sum(len(p) for p in parts)
            if count >= 0.9 * self.unknowns:
                self._span.append(None)
                self._sizes.append(self.unknowns)
            else:
                together = np.concatenate(parts) if parts else np.zeros((0, self.unknowns))
                self._span.append(np.linalg.qr(together.T)[0])
                self._sizes.append(count)

    def _seen(self, block: int, rows: np.ndarray) -> np.ndarray:
        span = self._span[block]
        return rows if span is None else rows @ span

    def _neighbours(self) -> list[set[int]]:
        found: list[set[int]] = [set() for _ in range(self.blocks + bool(self.constants))]
        for places in self._place:
            if len(places) > 1:
                k, other = places[0][0], places[1][0]
                found[k].add(other)
                found[other].add(k)
        if self.constants:
            for k in range(self.blocks):
                found[k].add(self.blocks)
                found[self.blocks].add(k)
        return found

    def _dissect(self, centres: np.ndarray) -> Node:
        if not self.constants:
            return dissect(centres, self._neighbours())
        with_border = np.concatenate([centres, centres[:1]])
        return dissect(with_border, self._neighbours(), last=[self.blocks])

    def _factor(self) -> None:
        couplings: dict[tuple[int, int], np.ndarray] = {}
        for places in self._place:
            if len(places) < 2:
                continue
            (k, rows_k), (other, rows_other) = places
            left = self._seen(k, self._own[k].q(rows_k))
            right = self._seen(other, self._own[other].q(rows_other))
            product = left.T @ right
            if (other, k) in couplings:
                couplings[other, k] += product.T
            elif (k, other) in couplings:
                couplings[k, other] += product
            else:
                couplings[k, other] = product
        diagonal: dict[int, np.ndarray] = {}
        sizes = list(self._sizes)
        if self.constants:
            for k in range(self.blocks):
                couplings[k, self.blocks] = self._seen(k, self._border[k].T).T
            diagonal[self.blocks] = self._constant_square()
            sizes.append(self.constants)
        self._cholesky = Cholesky(self.tree, sizes, diagonal, couplings, self._ridge)
        self.ridge = self._cholesky.ridge

    def _constant_square(self) -> np.ndarray:
        total = np.zeros((self.constants, self.constants))
        for columns in self._constant_columns:
            if columns is not None:
                scaled = columns * self._constant_scale
                total += scaled.T @ scaled
        return total

    def step(
        self, residuals: Sequence[np.ndarray], constants: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """The minimiser for these weighted residuals, bundle by bundle.

        Args:
            residuals: one array a bundle.
            constants: δθ where it is given; the rest is then the minimiser beside it.

        Returns:
            δ, shape (blocks, unknowns), and δθ, shape (constants,).
        """
        gathered = [np.zeros(own.count) for own in self._own]
        theta = np.zeros(self.constants)
        for places, residual, columns in zip(
            self._place, residuals, self._constant_columns, strict=True
        ):
            for block, rows in places:
                gathered[block][rows] = residual
            if columns is not None:
                theta -= (columns * self._constant_scale).T @ residual
        gradient = [-own.transposed(g) for own, g in zip(self._own, gathered, strict=True)]
        right = [self._seen(k, g[None, :])[0] for k, g in enumerate(gradient)]
        if self.constants:
            right.append(theta)
        known = None if constants is None else {self.blocks: constants / self._constant_scale}
        solved = self._cholesky.solve(right, known)
        step = np.empty((self.blocks, self.unknowns))
        for k in range(self.blocks):
            span = self._span[k]
            z = solved[k]
            if span is not None:
                own = (gradient[k] - span @ right[k]) / (1 + self.ridge)
                z = span @ z + own
            step[k] = self._own[k].solved(z)
        return step, solved[-1] * self._constant_scale if self.constants else theta

    def constant_deviations(self, cost: float) -> np.ndarray:
        """Standard deviations of the constants: √(s² (H⁻¹)_θθ), s² = cost / degrees of freedom."""
        rows = sum(self._bundle_rows)
        spread = cost / max(1, rows - self.blocks * self.unknowns - self.constants)
        found = np.zeros(self.constants)
        for i in range(self.constants):
            right = [np.zeros(size) for size in self._sizes]
            unit = np.zeros(self.constants)
            unit[i] = 1.0
            solved = self._cholesky.solve([*right, unit])
            found[i] = self._constant_scale[i] * np.sqrt(max(0.0, spread * solved[-1][i]))
        return found


class _OwnRows:
    """The rows of one block, A = Q R.

    Q is formed only where A is ill-conditioned; elsewhere Q = A R⁻¹ is applied (the corrected
    seminormal equations of Björck 1987: Gauss–Newton's next step is the correction), which saves
    half of the factorisation.
    """

    def __init__(self, matrix: np.ndarray) -> None:
        self.count = len(matrix)
        self._q: np.ndarray | None = None
        self._matrix = matrix
        r: np.ndarray = np.asarray(np.linalg.qr(matrix, mode="r"))
        condition = _reciprocal_condition(r)
        if condition <= _WELL_CONDITIONED:
            if condition <= _DEGENERATE:
                matrix = _held(matrix)
                self.count = len(matrix)
            self._q, r = map(np.asarray, np.linalg.qr(matrix))
        diagonal = np.abs(np.diag(r))
        highest = diagonal.max(initial=0.0)
        # An unknown that no row determines stays where it is.
        free = diagonal <= _NOTHING * highest
        r[free, free] = 1e250
        self._r = r
        self._parts: dict[tuple[int, int], np.ndarray] = {}

    def q(self, rows: slice) -> np.ndarray:
        """These rows of Q."""
        if self._q is not None:
            return self._q[rows]
        key = (rows.start, rows.stop)
        if key not in self._parts:
            part = self._matrix[rows].T
            self._parts[key] = sl.solve_triangular(self._r, part, trans=1, check_finite=False).T
        return self._parts[key]

    def transposed(self, vector: np.ndarray) -> np.ndarray:
        """Qᵀ times a vector."""
        if self._q is not None:
            product: np.ndarray = self._q.T @ vector
            return product
        return self._solve(self._matrix.T @ vector, 1)

    def solved(self, z: np.ndarray) -> np.ndarray:
        """R⁻¹ z."""
        return self._solve(z, 0)

    def _solve(self, vector: np.ndarray, trans: int) -> np.ndarray:
        found: np.ndarray = sl.solve_triangular(self._r, vector, trans=trans, check_finite=False)
        return found


def _reciprocal_condition(r: np.ndarray) -> float:
    """1 / condition of a triangular matrix whose columns are scaled to one; 0 where one vanishes.

    Its diagonal does not tell: a block that the geometry cuts had 2e-4 there, and a condition of 1e15.
    """
    size = np.sqrt((r**2).sum(axis=0))
    if not size.size or not size.all():
        return 0.0
    found, _ = sl.lapack.dtrcon(r / size)
    return float(found)


def _held(matrix: np.ndarray) -> np.ndarray:
    """The rows, and one more for each unknown that keeps it from running away.

    In a block that the geometry cuts, high polynomials that differ outside only are hardly told apart;
    their coefficients would grow until their rounding drowned the equation (measured: to 2e9, and an
    error of 0.6 where the level before had 1e-9).
    """
    size = np.sqrt((matrix**2).sum(axis=0))
    return np.concatenate([matrix, np.diag(_HOLD * size)])
