"""How far a problem's own quadrature or difference sum is from the integral that it stands for.

DeepXDE replaces a fractional derivative by a Grünwald–Letnikov sum, whose error is of first order in the
step h, and an integral by Gauss quadrature. The solution of the discrete problem may be exact to ten
digits and one per cent off. The same network solved at another resolution tells: where u_h − u_{2h} and
u_{2h} − u_{4h} have the ratio of a first-order method, the limit h → 0 follows by Richardson's
extrapolation,

    u ≈ (4 (2 u_h − u_{2h}) − (2 u_{2h} − u_{4h})) / 3.
"""

import copy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from isocline_pinn.whole.level import Level, Solver
from isocline_pinn.whole.network import WholeNetwork
from isocline_pinn.whole.result import values_of

_FIRST_ORDER = (1.75, 2.25)  # ratios of differences that are taken for those of first order
_COARSEST = 12


@dataclass(frozen=True)
class SchemeCheck:
    """What other resolutions say.

    Attributes:
        error: Relative L2 error that the discretisation itself has at the problem's resolution.
        near: The solution whose distance from the result is the estimate.
        limit: The solution extrapolated to h = 0; None where the differences are not of first order.
        limit_error: Its estimated relative L2 error.
    """

    error: float
    near: Level
    limit: Level | None = None
    limit_error: float = np.inf


def has_scheme(data: Any) -> bool:
    """Whether a problem replaces an integral or a fractional derivative by a sum."""
    return hasattr(data, "disc") or hasattr(data, "quad_deg")


def with_resolution(data: Any, factor: float) -> Any:
    """A copy whose sum has so many times as many terms in its last direction."""
    again = copy.copy(data)
    if hasattr(data, "quad_deg"):
        again.quad_deg = int(np.ceil(factor * data.quad_deg))
        again.quad_x, again.quad_w = np.polynomial.legendre.leggauss(again.quad_deg)
    else:
        again.disc = copy.copy(data.disc)
        *rest, last = data.disc.resolution
        static = data.disc.meshtype == "static"
        finer = round((last - 1) * factor) + 1 if static else round(last * factor)
        again.disc.resolution = [*rest, finer]
        if static:
            again.train_x_all = None
            if hasattr(data.geom, "timedomain"):
                again.num_domain = data.num_domain * (finer - 2) // (last - 2)
    again.train_x = again.train_y = again.train_x_bc = again.train_aux_vars = None
    again.int_mat_train = None
    again.train_next_batch()
    return again


def check_scheme(
    solver: Solver, level: Level, probes: np.ndarray, deadline: float | None = None
) -> SchemeCheck | None:
    """Solve a level again at other resolutions.

    Args:
        solver: Of the problem.
        level: Its solution at its own resolution.
        probes: Points at which solutions are compared, shape (n, d).
        deadline: On the monotonic clock.

    Returns:
        None where the problem has no such sum, or one too coarse to be made coarser.
    """
    data = solver.problem.data
    if hasattr(data, "quad_deg"):
        finer = solver.level(level.degree, level, deadline, with_resolution(data, 2.0))
        return None if finer is None else SchemeCheck(_distance(level, finer, probes), finer)
    if not hasattr(data, "disc") or data.disc.resolution[-1] < 2 * _COARSEST:
        return None
    half = solver.level(level.degree, level, deadline, with_resolution(data, 0.5))
    if half is None:
        return None
    check = SchemeCheck(_distance(level, half, probes), half)
    if solver.problem.unknowns or data.disc.resolution[-1] < 4 * _COARSEST:
        return check
    quarter = solver.level(level.degree, half, deadline, with_resolution(data, 0.25))
    if quarter is None or not quarter.basis.count == half.basis.count == level.basis.count:
        return check
    ratio = _distance(half, quarter, probes) / max(check.error, 1e-300)
    if not _FIRST_ORDER[0] <= ratio <= _FIRST_ORDER[1]:
        return check
    w, w2, w4 = (item.fit.coefficients for item in (level, half, quarter))
    once = _with_coefficients(solver, level, 2 * w - w2)
    limit = _with_coefficients(solver, level, (4 * (2 * w - w2) - (2 * w2 - w4)) / 3)
    return replace(check, near=once, limit=limit, limit_error=_distance(limit, once, probes))


def _with_coefficients(solver: Solver, level: Level, coefficients: np.ndarray) -> Level:
    network = WholeNetwork(level.basis, coefficients, solver.transform)
    return replace(level, network=network, fit=replace(level.fit, coefficients=coefficients))


def _distance(level: Level, other: Level, probes: np.ndarray) -> float:
    found, near = values_of(level.network, probes), values_of(other.network, probes)
    return float(np.linalg.norm(found - near)) / max(float(np.linalg.norm(found)), 1e-300)
