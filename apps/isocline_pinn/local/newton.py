"""Gauss–Newton on a discretisation, with chord steps on the last factorisation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from isocline_pinn.local.discretisation import Discretisation
from isocline_pinn.local.elimination import Node
from isocline_pinn.local.errors import OutOfTimeError
from isocline_pinn.local.orthonormal import OrthonormalLeastSquares
from isocline_pinn.local.rows import Bundle
from isocline_pinn.local.weighted import WeightedRows

_STEPS = (1.0, 0.5, 0.25, 0.125)
_FREE = 4


@dataclass(frozen=True)
class Factored:
    """A factorisation and the rows it was made of, for a like system."""

    bundles: list[Bundle]
    factor: OrthonormalLeastSquares

    def fits(self, system: Discretisation) -> bool:
        """Whether the other system has as many blocks and unknowns."""
        blocks, outputs, features = system.shape
        return (self.factor.blocks, self.factor.unknowns) == (blocks, outputs * features)


@dataclass
class NewtonOutcome:
    """What a solve reached.

    Attributes:
        coefficients: shape (blocks, outputs, features).
        iterations: factorisations made.
        cost: Σ residual² of the weighted rows.
        settled: whether the last full step was below the tolerance.
        factored: the last factorisation with its rows, for the next slab on the same blocks.
        rows: the weighted rows at the end.
    """

    coefficients: np.ndarray
    iterations: int
    cost: float
    settled: bool
    factored: Factored
    rows: WeightedRows

    @property
    def factor(self) -> OrthonormalLeastSquares:
        """The last factorisation."""
        return self.factored.factor

    @property
    def tree(self) -> Node:
        """Its elimination tree, to be used again on the same blocks."""
        return self.factor.tree

    def misfit(self) -> np.ndarray:
        """Root of the sum of squares of the weighted residuals of each block's rows, (blocks,)."""
        square = np.zeros(len(self.coefficients))
        residuals = self.rows.residuals(self.coefficients)
        for bundle, residual in zip(self.factored.bundles, residuals, strict=True):
            for block, _ in bundle.sides:
                square[block] += (residual**2).sum()
        return np.sqrt(square)


def _square(residuals: Sequence[np.ndarray]) -> float:
    return float(sum((r**2).sum() for r in residuals))


def gauss_newton(
    system: Discretisation,
    start: np.ndarray,
    *,
    tolerance: float = 1e-13,
    iterations: int = 25,
    ridge: float = 1e-12,
    deadline: float | None = None,
    tree: Node | None = None,
    like: Factored | None = None,
) -> NewtonOutcome:
    """Minimise the weighted residuals from given coefficients.

    The first four full steps may raise the cost: strict descent never leaves zero on flows.

    Args:
        system: the rows.
        start: coefficients, shape (blocks, outputs, features).
        tolerance: of the last step, relative to the coefficients.
        iterations: factorisations at most.
        ridge: of the orthonormal unknowns.
        deadline: of `time.monotonic`, or None.
        tree: an elimination tree of the same blocks.
        like: the factors of a like system (the slab before on the same blocks): while steps with
            them contract, no new ones are made.

    Raises:
        OutOfTimeError: the deadline passed.
    """
    current, free = start.copy(), 0 if system.linear else _FREE
    rows = WeightedRows(system)
    if like is not None and like.fits(system):
        known = _with_old_factors(rows, current, like, tolerance)
        if known is not None:
            return known
        rows = WeightedRows(system)
    for iteration in range(1, iterations + 1):
        if deadline is not None and time.monotonic() > deadline:
            raise OutOfTimeError("the budget ran out within a level")
        made = _factored(rows, current, ridge, tree)
        factor, tree = made.factor, made.factor.tree
        residuals = [bundle.residual for bundle in made.bundles]
        if system.linear:
            current, cost = _refine(rows, current, factor, residuals)
            return NewtonOutcome(current, iteration, cost, True, made, rows)
        cost = _square(residuals)
        moved = _search(rows, current, factor, residuals, iteration <= free)
        if moved is None:
            return NewtonOutcome(current, iteration, cost, False, made, rows)
        current, length, relative = moved
        if length == 1.0 and relative < 1e-2:
            # Close enough for the factors at hand: each chord step gains about two digits.
            current, relative = _chords(rows, current, factor, relative, tolerance)
        stalled = iteration >= 3 and relative < 1e-9
        if relative < tolerance or stalled or iteration == iterations:
            after = _square(rows.residuals(current))
            if relative < tolerance or (stalled and after > 0.8 * cost):
                return NewtonOutcome(current, iteration, after, True, made, rows)
    return NewtonOutcome(current, iterations, after, relative < 1e-6, made, rows)


def _factored(rows: WeightedRows, current: np.ndarray, ridge: float, tree: Node | None) -> Factored:
    bundles = rows.linearise(current)
    system = rows.system
    unknowns = current.shape[1] * current.shape[2]
    factor = OrthonormalLeastSquares(
        bundles,
        system.mesh.centre,
        unknowns,
        constants=len(system.unknowns),
        ridge=ridge,
        tree=tree,
    )
    return Factored(bundles, factor)


def _with_old_factors(
    rows: WeightedRows, current: np.ndarray, like: Factored, tolerance: float
) -> NewtonOutcome | None:
    """Chord steps from the start; None where they do not contract to the tolerance."""
    rows.like(like.bundles)
    residuals = rows.residuals(current)
    factor, last = like.factor, np.inf
    for _ in range(12):
        step = factor.step(residuals)
        size = float(np.linalg.norm(step[0]) / (1e-300 + np.linalg.norm(current)))
        if not np.isfinite(size) or size > 0.3 * last:
            # At the end of all digits a step no longer contracts, and need not.
            if last < 30 * tolerance:
                break
            return None
        current = _apply(rows, current, step, 1.0)
        residuals = rows.residuals(current)
        last = size
        if size < tolerance:
            break
    else:
        return None
    return NewtonOutcome(current, 0, _square(residuals), True, like, rows)


def _apply(
    rows: WeightedRows, current: np.ndarray, step: tuple[np.ndarray, np.ndarray], length: float
) -> np.ndarray:
    with torch.no_grad():
        for unknown, change in zip(rows.system.unknowns, step[1], strict=True):
            unknown += length * float(change)
    return current + length * step[0].reshape(current.shape)


def _refine(
    rows: WeightedRows,
    current: np.ndarray,
    factor: OrthonormalLeastSquares,
    residuals: list[np.ndarray],
) -> tuple[np.ndarray, float]:
    """A linear problem: one factorisation, two more solves with the residual computed anew."""
    for repeat in range(3):
        step = factor.step(residuals)
        current = _apply(rows, current, step, 1.0)
        size = np.linalg.norm(step[0]) / (1e-300 + np.linalg.norm(current))
        residuals = rows.residuals(current)
        if repeat and size < 1e-14:
            break
    return current, _square(residuals)


def _search(
    rows: WeightedRows,
    current: np.ndarray,
    factor: OrthonormalLeastSquares,
    residuals: list[np.ndarray],
    free: bool,
) -> tuple[np.ndarray, float, float] | None:
    """The first acceptable step, its length, and its size relative to the solution."""
    cost = _square(residuals)
    step = factor.step(residuals)
    theta = [float(u.detach()) for u in rows.system.unknowns]
    if theta:
        limit = _most(theta)
        if np.any(np.abs(step[1]) > limit):
            step = factor.step(residuals, np.clip(step[1], -limit, limit))
    relative = float(
        np.linalg.norm(step[0]) / (1e-300 + np.linalg.norm(current) + np.linalg.norm(step[0]))
    )
    if theta:
        relative = max(relative, float(np.max(np.abs(step[1]) / np.maximum(np.abs(theta), 1e-8))))
    for length in _STEPS:
        tried = _apply(rows, current, step, length)
        after = _square(rows.residuals(tried))
        fine = np.isfinite(after) and after < cost * (1 - 1e-4 * length)
        if fine or (
            free and length == 1.0 and np.isfinite(after) and after < 1e4 * max(cost, 1e-12)
        ):
            return tried, length, relative
        if relative < 1e-8 and after < 4 * cost:
            return tried, length, relative
        _reset(rows, theta)
    return None


def _most(theta: Sequence[float]) -> np.ndarray:
    """How far each constant may move at once: a known size by 60 %, from zero anywhere to ±1.

    A constant whose linear prediction lies beyond zero comes nearer step by step: many cannot
    change their sign (a conductivity), and one that can crosses at a thousandth.
    """
    size = np.abs(theta)
    return np.where(size == 0, 1.0, 0.6 * np.maximum(size, 1e-3))


def _reset(rows: WeightedRows, theta: Sequence[float]) -> None:
    with torch.no_grad():
        for unknown, value in zip(rows.system.unknowns, theta, strict=True):
            unknown.fill_(value)


def _chords(
    rows: WeightedRows,
    current: np.ndarray,
    factor: OrthonormalLeastSquares,
    relative: float,
    tolerance: float,
) -> tuple[np.ndarray, float]:
    """Steps with old factors while they contract; the last relative step tells how far it got."""
    unknowns = rows.system.unknowns
    for _ in range(8):
        step = factor.step(rows.residuals(current))
        size = float(np.linalg.norm(step[0]) / (1e-300 + np.linalg.norm(current)))
        if len(unknowns):
            values = np.array([abs(float(u.detach())) for u in unknowns])
            size = max(size, float(np.max(np.abs(step[1]) / np.maximum(values, 1e-8))))
        if not np.isfinite(size) or size > 0.3 * relative:
            break
        current = _apply(rows, current, step, 1.0)
        relative = size
        if relative < tolerance:
            break
    return current, relative
