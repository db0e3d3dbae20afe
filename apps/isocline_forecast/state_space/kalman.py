"""Kalman filter and smoother over irregular times with gaps, for a batch of models at once.

Times may lie any distance apart: the transition over each distinct distance is computed once and looked up.
A missing value is a step without an update.  (Särkkä, *Bayesian Filtering and Smoothing*, 2013, ch. 4 and 8.)
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from isocline_forecast.state_space.assembly import System

LOG_2PI = float(np.log(2 * np.pi))


@dataclass(frozen=True)
class Distances:
    """Steps between consecutive times, each distinct one once.

    Attributes:
        distinct: The lengths.
        index: Which of them leads to each time but the first.
    """

    distinct: Float[np.ndarray, " distinct"]
    index: Int[np.ndarray, " time_but_first"]

    @classmethod
    def between(cls, positions: Float[np.ndarray, " time"]) -> "Distances":
        """From increasing positions; lengths closer than a billionth are one."""
        distinct, index = np.unique(np.round(np.diff(positions), 9), return_inverse=True)
        return cls(distinct, index)


@dataclass(frozen=True)
class Filtered:
    """States given the values up to each time.

    Attributes:
        mean: (time, state).
        covariance: (time, state, state).
    """

    mean: Float[np.ndarray, "time state"]
    covariance: Float[np.ndarray, "time state state_again"]


def log_likelihood(
    system: System,
    distances: Distances,
    h: Float[np.ndarray, "time state"],
    y: Float[np.ndarray, " time"],
) -> Float[np.ndarray, " model"]:
    """Log density of the values under each model of the batch; y holds no NaN."""
    A, Q = system.transitions(distances.distinct)
    At = np.ascontiguousarray(A.swapaxes(-1, -2))
    models, n = system.F.shape[:2]
    # G = [[P, m], [mᵀ, ·]] moves by diag(A, 1) and is corrected by one outer product: most steps are
    # then one operation on covariance and mean together.
    A, At, Q = (_bordered(x, corner) for x, corner in ((A, 1.0), (At, 1.0), (Q, 0.0)))
    G = _bordered(system.covariance, 0.0)
    rows = np.concatenate([h, np.zeros((len(h), 1))], axis=1)
    moved, change = np.empty_like(G), np.empty_like(G)
    S_all, v_all = np.empty((len(y), models)), np.empty((len(y), models))
    index, noise = distances.index.tolist(), system.noise
    for t, (row, value) in enumerate(zip(rows, y.tolist(), strict=True)):
        if t:
            d = index[t - 1]
            np.matmul(A[d], G, out=moved)
            np.matmul(moved, At[d], out=G)
            G += Q[d]
        projected = G @ row  # P h and mᵀh
        S = projected @ row + noise
        projected[:, n] -= value
        S_all[t], v_all[t] = S, projected[:, n]
        np.multiply((projected / S[:, None])[:, :, None], projected[:, None, :], out=change)
        G -= change
    with np.errstate(invalid="ignore", divide="ignore"):
        terms = np.log(S_all) + v_all**2 / S_all + LOG_2PI
    return np.where((S_all > 0).all(axis=0), -0.5 * terms.sum(axis=0), -np.inf)


def _bordered(matrices: np.ndarray, corner: float) -> np.ndarray:
    """Matrices with one more row and column of zeros, and a number in the corner."""
    size = matrices.shape[-1]
    found = np.zeros((*matrices.shape[:-2], size + 1, size + 1))
    found[..., :size, :size] = matrices
    found[..., size, size] = corner
    return found


def kalman_filter(
    system: System,
    distances: Distances,
    h: Float[np.ndarray, "time state"],
    y: Float[np.ndarray, " time"],
) -> Filtered:
    """The filtered states of one model; y may hold NaN."""
    A, Q = (x[:, 0] for x in system.transitions(distances.distinct))
    noise = float(system.noise[0])
    n = h.shape[1]
    mean, covariance = np.empty((len(y), n)), np.empty((len(y), n, n))
    m, P = np.zeros(n), system.covariance[0].copy()
    for t in range(len(y)):
        if t:
            d = distances.index[t - 1]
            m, P = A[d] @ m, A[d] @ P @ A[d].T + Q[d]
        if not np.isnan(y[t]):
            Ph = P @ h[t]
            S = Ph @ h[t] + noise
            m = m + Ph * ((y[t] - m @ h[t]) / S)
            P = P - np.outer(Ph, Ph / S)
            P = 0.5 * (P + P.T)
        mean[t], covariance[t] = m, P
    return Filtered(mean, covariance)


def smooth(system: System, distances: Distances, filtered: Filtered) -> Filtered:
    """States given all values, before and after (Rauch, Tung & Striebel, AIAA J. 3, 1965)."""
    A, Q = (x[:, 0] for x in system.transitions(distances.distinct))
    mean, covariance = filtered.mean.copy(), filtered.covariance.copy()
    for t in range(len(mean) - 2, -1, -1):
        d = distances.index[t]
        m, P = filtered.mean[t], filtered.covariance[t]
        ahead = A[d] @ P @ A[d].T + Q[d]
        # A state without noise makes `ahead` nearly singular: the pseudo-inverse leaves it alone.
        gain = P @ A[d].T @ np.linalg.pinv(ahead, rcond=1e-13, hermitian=True)
        mean[t] = m + gain @ (mean[t + 1] - A[d] @ m)
        change = P + gain @ (covariance[t + 1] - ahead) @ gain.T
        covariance[t] = 0.5 * (change + change.T)
    return Filtered(mean, covariance)
