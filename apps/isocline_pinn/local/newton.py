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

_STEPS = (1.0, 0.5, 0.25, 0.125)
_FREE = 4


@dataclass
class NewtonOutcome:
    """What a solve reached.

    Attributes:
        coefficients: shape (blocks, outputs, features).
        iterations: factorisations made.
        cost: Σ residual² of the weighted rows.
        settled: whether the last full step was below the tolerance.
        tree: elimination tree, to be used again on the same blocks.
        factor: the last factorisation (its covariance is of use for unknown constants).
    """

    coefficients: np.ndarray
    iterations: int
    cost: float
    settled: bool
    tree: Node
    factor: OrthonormalLeastSquares


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
) -> NewtonOutcome:
    """Minimise the weighted residuals from given coefficients.

    The first four full steps may raise the cost: strict descent never leaves zero on flows.

    Raises:
        OutOfTimeError: the deadline (of `time.monotonic`) passed.
    """
    current, free = start.copy(), 0 if system.linear else _FREE
    for iteration in range(1, iterations + 1):
        if deadline is not None and time.monotonic() > deadline:
            raise OutOfTimeError("the budget ran out within a level")
        bundles = system.linearise(current)
        factor = OrthonormalLeastSquares(
            bundles,
            system.mesh.centre,
            current.shape[1] * current.shape[2],
            constants=len(system.unknowns),
            ridge=ridge,
            tree=tree,
        )
        tree = factor.tree
        residuals = [bundle.residual for bundle in bundles]
        if system.linear:
            current, cost = _refine(system, current, bundles, factor, residuals)
            return NewtonOutcome(current, iteration, cost, True, factor.tree, factor)
        cost = _square(residuals)
        moved = _search(system, current, bundles, factor, residuals, iteration <= free)
        if moved is None:
            return NewtonOutcome(current, iteration, cost, False, factor.tree, factor)
        current, length, relative = moved
        if length == 1.0 and relative < 1e-2:
            # Close enough for the factors at hand: each chord step gains about two digits.
            current, cost, relative = _chords(system, current, bundles, factor, relative, tolerance)
        if relative < tolerance:
            return NewtonOutcome(current, iteration, cost, True, factor.tree, factor)
        if iteration >= 3 and relative < 1e-9 and _stalled(cost, system, current, bundles):
            return NewtonOutcome(current, iteration, cost, True, factor.tree, factor)
    return NewtonOutcome(current, iterations, cost, relative < 1e-6, factor.tree, factor)


def _stalled(
    cost: float, system: Discretisation, current: np.ndarray, bundles: Sequence[Bundle]
) -> bool:
    return _square(system.residuals(current, bundles)) > 0.8 * cost


def _apply(
    system: Discretisation, current: np.ndarray, step: tuple[np.ndarray, np.ndarray], length: float
) -> np.ndarray:
    with torch.no_grad():
        for unknown, change in zip(system.unknowns, step[1], strict=True):
            unknown += length * float(change)
    return current + length * step[0].reshape(current.shape)


def _refine(
    system: Discretisation,
    current: np.ndarray,
    bundles: Sequence[Bundle],
    factor: OrthonormalLeastSquares,
    residuals: list[np.ndarray],
) -> tuple[np.ndarray, float]:
    """A linear problem: one factorisation, two more solves with the residual computed anew."""
    for repeat in range(3):
        step = factor.step(residuals)
        current = _apply(system, current, step, 1.0)
        size = np.linalg.norm(step[0]) / (1e-300 + np.linalg.norm(current))
        residuals = system.residuals(current, bundles)
        if repeat and size < 1e-14:
            break
    return current, _square(residuals)


def _search(
    system: Discretisation,
    current: np.ndarray,
    bundles: Sequence[Bundle],
    factor: OrthonormalLeastSquares,
    residuals: list[np.ndarray],
    free: bool,
) -> tuple[np.ndarray, float, float] | None:
    """The first acceptable step, its length, and its size relative to the solution."""
    cost = _square(residuals)
    step = factor.step(residuals)
    theta = [float(u.detach()) for u in system.unknowns]
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
        tried = _apply(system, current, step, length)
        after = _square(system.residuals(tried, bundles))
        fine = np.isfinite(after) and after < cost * (1 - 1e-4 * length)
        if fine or (
            free and length == 1.0 and np.isfinite(after) and after < 1e4 * max(cost, 1e-12)
        ):
            return tried, length, relative
        if relative < 1e-8 and after < 4 * cost:
            return tried, length, relative
        _reset(system, theta)
    return None


def _most(theta: Sequence[float]) -> np.ndarray:
    """How far each constant may move at once: a known size by 60 %, from zero anywhere to ±1.

    A constant whose linear prediction lies beyond zero comes nearer step by step: many cannot
    change their sign (a conductivity), and one that can crosses at a thousandth.
    """
    size = np.abs(theta)
    return np.where(size == 0, 1.0, 0.6 * np.maximum(size, 1e-3))


def _reset(system: Discretisation, theta: Sequence[float]) -> None:
    with torch.no_grad():
        for unknown, value in zip(system.unknowns, theta, strict=True):
            unknown.fill_(value)


def _chords(
    system: Discretisation,
    current: np.ndarray,
    bundles: Sequence[Bundle],
    factor: OrthonormalLeastSquares,
    relative: float,
    tolerance: float,
) -> tuple[np.ndarray, float, float]:
    """Steps with old factors while they contract; the last relative step tells how far it got."""
    for _ in range(8):
        residuals = system.residuals(current, bundles)
        step = factor.step(residuals)
        size = float(np.linalg.norm(step[0]) / (1e-300 + np.linalg.norm(current)))
        if len(system.unknowns):
            values = np.array([abs(float(u.detach())) for u in system.unknowns])
            size = max(size, float(np.max(np.abs(step[1]) / np.maximum(values, 1e-8))))
        if not np.isfinite(size) or size > 0.3 * relative:
            break
        current = _apply(system, current, step, 1.0)
        relative = size
        if relative < tolerance:
            break
    return current, _square(system.residuals(current, bundles)), relative
