"""Gauss–Newton for the coefficients of a network that is linear in them, by orthogonal factors.

Each step minimises ‖D (r + J δ)‖ with D the weights of the rows: by singular values, never by JᵀJ, whose
condition is the square. Constants change by at most 0.6 of their size a step; the coefficients' step is
then found again with the constants' step as it was cut.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from isocline_pinn.whole.basis import Basis
from isocline_pinn.whole.coupling import CoupledSystem, Linearised

_STEPS = (1.0, 0.5, 0.25, 0.125, 0.03)
_FREE = 4  # first iterations in which the full step may raise the cost
_MOST = 30
_SETTLED = 1e-13  # relative change of the coefficients that ends the iteration
_STILL = 1e-9
_CUT = 1e-14  # of the largest singular value: directions below it are left alone
_CLIP = 0.6


@dataclass(frozen=True)
class Fit:
    """Coefficients found.

    Attributes:
        coefficients: W, shape (features, outputs).
        deviations: Standard deviations of the unknowns, shape (unknowns,).
        residuals: Root mean square of each term's residuals, by name.
        iterations: Done.
        rows: Number of rows.
        linear: Whether one step was enough.
    """

    coefficients: np.ndarray
    deviations: np.ndarray
    residuals: dict[str, float]
    iterations: int
    rows: int
    linear: bool


def fit(
    system: CoupledSystem,
    basis: Basis,
    start: np.ndarray,
    emphasis: np.ndarray | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Fit:
    """Least squares from a first guess.

    Args:
        system: Its unknowns are moved too.
        basis: The features.
        start: W to begin with, shape (features, outputs).
        emphasis: A factor on the square of each term's rows, beside their balance; ones when None.
        stop: Asked before each iteration after the first.

    Returns:
        The fit.

    Raises:
        FloatingPointError: The residuals are not numbers where the iteration stands.
    """
    coefficients, linear, iterations = start, False, 0
    found = system.linearise(basis, coefficients)
    cost = np.inf
    while True:
        rows = _Rows.of(found, emphasis)
        residual = rows.weigh(found.values)
        cost = 0.5 * float(residual @ residual)
        if not np.isfinite(cost):
            raise FloatingPointError("residuals are not finite")
        if iterations >= _MOST or (iterations and (linear or stop())):
            break
        change, constants = _step(rows, residual, system)
        free = iterations < _FREE and not len(constants)
        trial, after, size = _search(
            system, basis, coefficients, change, constants, rows, cost, free
        )
        if trial is None:
            break
        promised = residual + size * (rows.jacobian @ np.append(change.ravel("F"), constants))
        scale = max(float(np.abs(coefficients).max()), float(np.abs(trial).max()), 1e-300)
        moved = float(np.abs(trial - coefficients).max()) / scale
        settled = moved < _SETTLED or _still(system, constants, moved)
        coefficients = trial
        iterations += 1
        agrees = np.abs(after - promised).max() <= 1e-9 * max(float(np.abs(residual).max()), 1e-300)
        if agrees and size == 1.0 and not len(constants):
            coefficients, linear = _refined(system, basis, coefficients, rows, after), True
        found = system.linearise(basis, coefficients)
        if settled:
            linear = linear or not len(constants)
            break
    return _finished(system, coefficients, found, emphasis, iterations, linear)


def _still(system: CoupledSystem, constants: np.ndarray, moved: float) -> bool:
    """With constants, whose columns are differences, nine digits are what a step can settle."""
    sizes = [abs(float(u.detach())) for u in system.unknowns]
    far = [abs(c) > _STILL * s for c, s in zip(constants, sizes, strict=True)]
    return bool(sizes) and moved < _STILL and not any(far)


@dataclass(frozen=True)
class _Rows:
    factors: list[float]
    jacobian: np.ndarray

    @classmethod
    def of(cls, found: Linearised, emphasis: np.ndarray | None) -> "_Rows":
        factors = []
        for index, rows in enumerate(found.rows):
            norm = float(np.sqrt(np.mean(np.sum(rows**2, axis=1)))) if len(rows) else 0.0
            weight = 1.0 if emphasis is None else float(np.sqrt(emphasis[index]))
            factors.append(weight / norm if norm > 0 else 0.0)
        parts = zip(factors, found.rows, found.constants, strict=True)
        return cls(factors, np.vstack([f * np.hstack([a, b]) for f, a, b in parts]))

    def weigh(self, values: list[np.ndarray]) -> np.ndarray:
        parts = [f * v for f, v in zip(self.factors, values, strict=True)]
        return np.concatenate(parts)


def _step(
    rows: _Rows, residual: np.ndarray, system: CoupledSystem
) -> tuple[np.ndarray, np.ndarray]:
    unknowns = len(system.unknowns)
    split = rows.jacobian.shape[1] - unknowns
    full = least_squares(rows.jacobian, -residual)
    change, constants = full[:split], full[split:]
    if unknowns:
        sizes = np.array([abs(float(u.detach())) for u in system.unknowns])
        limit = _CLIP * np.where(sizes > 0, sizes, 1.0)
        cut = np.clip(constants, -limit, limit)
        if np.any(cut != constants):
            change = least_squares(
                rows.jacobian[:, :split], -(residual + rows.jacobian[:, split:] @ cut)
            )
            constants = cut
    return change.reshape((-1, system.outputs), order="F"), constants


def least_squares(matrix: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The smallest x, its entries measured by their columns, that minimises ‖A x − b‖."""
    norms = np.sqrt(np.sum(matrix**2, axis=0))
    norms = np.where(norms > 0, norms, 1.0)
    if matrix.shape[0] > matrix.shape[1]:
        triangle = scipy.linalg.qr(
            np.column_stack([matrix / norms, right]), mode="r", check_finite=False
        )[0]
        top = triangle[: matrix.shape[1]]
        table, right = top[:, :-1], top[:, -1]
    else:
        table = matrix / norms
    found = scipy.linalg.lstsq(table, right, cond=_CUT, check_finite=False)[0]
    solution: np.ndarray = found / norms
    return solution


def _search(
    system: CoupledSystem,
    basis: Basis,
    coefficients: np.ndarray,
    change: np.ndarray,
    constants: np.ndarray,
    rows: _Rows,
    cost: float,
    free: bool,
) -> tuple[np.ndarray | None, np.ndarray, float]:
    """The longest step that lowers the cost; the full one, early on, if it raises it little."""
    before = [float(u.detach()) for u in system.unknowns]
    for size in _STEPS:
        _set(system, [b + size * c for b, c in zip(before, constants, strict=True)])
        trial = coefficients + size * change
        after = rows.weigh([t.values.detach().numpy() for t in system.residuals(basis, trial)])
        reached = 0.5 * float(after @ after)
        allowed = 10.0 * cost if free and size == 1.0 else cost
        if np.isfinite(reached) and reached <= allowed:
            return trial, after, size
    _set(system, before)
    return None, np.empty(0), 0.0


def _refined(
    system: CoupledSystem,
    basis: Basis,
    coefficients: np.ndarray,
    rows: _Rows,
    residual: np.ndarray,
) -> np.ndarray:
    """One more solve for what rounding left: the residual recomputed at the solution."""
    change = least_squares(rows.jacobian, -residual).reshape((-1, system.outputs), order="F")
    better = rows.weigh(
        [t.values.detach().numpy() for t in system.residuals(basis, coefficients + change)]
    )
    return coefficients + change if better @ better < residual @ residual else coefficients


def _finished(
    system: CoupledSystem,
    coefficients: np.ndarray,
    found: Linearised,
    emphasis: np.ndarray | None,
    iterations: int,
    linear: bool,
) -> Fit:
    sizes = {
        name: float(np.sqrt(np.mean(values**2))) if len(values) else 0.0
        for name, values in zip(found.names, found.values, strict=True)
    }
    deviations = np.empty(0)
    if system.unknowns:
        deviations = _deviations(_Rows.of(found, emphasis), found, len(system.unknowns))
    rows = sum(map(len, found.values))
    return Fit(coefficients, deviations, sizes, iterations, rows, linear)


def _deviations(rows: _Rows, found: Linearised, unknowns: int) -> np.ndarray:
    """√diag (JᵀJ)⁻¹ s² of the unknowns: what the coefficients cannot mimic, from the factor R."""
    residual = rows.weigh(found.values)
    free = max(len(residual) - rows.jacobian.shape[1], 1)
    triangle = scipy.linalg.qr(rows.jacobian, mode="r", check_finite=False)[0]
    size = rows.jacobian.shape[1]
    if triangle.shape[0] < size:
        return np.full(unknowns, np.inf)
    corner = triangle[size - unknowns : size, size - unknowns :]
    try:
        inverse = np.linalg.inv(corner)
    except np.linalg.LinAlgError:
        return np.full(unknowns, np.inf)
    spread = np.sqrt(float(residual @ residual) / free)
    deviations: np.ndarray = spread * np.sqrt(np.sum(inverse**2, axis=1))
    return deviations


def _set(system: CoupledSystem, values: list[float]) -> None:
    import torch

    with torch.no_grad():
        for unknown, value in zip(system.unknowns, values, strict=True):
            unknown.fill_(value)
