"""Gram matrices of all windows of a series, without forming the windows.

With w_t = (z_t, …, z_{t+W-1}) the Gram matrix G = Σ_t w_t w_tᵀ over consecutive t is nearly Toeplitz:

    G[i+1, j+1] = G[i, j] + z_{N+i} z_{N+j} − z_i z_j        (N windows),

so that one row of correlations and a walk down the diagonals give it in O(N W + W²) instead of O(N W²).
Subtracting from each window the mean of the last k points of its context is linear in w_t, and so acts
on G alone.
"""

import numpy as np
from jaxtyping import Bool, Float

_SHORT = 200  # windows: below this the direct product is quicker


def window_gram(
    values: Float[np.ndarray, "step series"],
    width: int,
    valid: Bool[np.ndarray, " window"] | None = None,
) -> Float[np.ndarray, "width width_again"]:
    """The sum over windows and series of w wᵀ.

    Args:
        values: Without NaN.
        width: Of a window, context and targets together.
        valid: Which windows count, by their first step; all when None.
    """
    windows = len(values) - width + 1
    gram = np.zeros((width, width))
    for start, stop in _runs(np.ones(windows, dtype=bool) if valid is None else valid):
        part = values[start : stop + width - 1]
        count = stop - start
        gram += _direct(part, width) if count < _SHORT else _by_diagonals(part, width, count)
    return gram


def subtract_level(
    gram: Float[np.ndarray, "width width_again"], lookback: int, average_last: int
) -> Float[np.ndarray, "width width_again"]:
    """The Gram matrix after the mean of the context's last points is taken from each whole window.

    w' = w − (mᵀw) 1 with m = 1/k on the last k points of the context, so G' = MᵀGM, M = I − m1ᵀ.
    """
    chosen = slice(lookback - average_last, lookback)
    Gm = gram[:, chosen].mean(axis=1)
    mGm = Gm[chosen].mean()
    return gram - Gm[:, None] - Gm[None, :] + mGm


def _runs(valid: Bool[np.ndarray, " window"]) -> list[tuple[int, int]]:
    """Stretches of consecutive true values, as (start, stop)."""
    edges = np.diff(np.concatenate([[0], valid.astype(np.int8), [0]]))
    return list(
        zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True)
    )


def _direct(values: np.ndarray, width: int) -> np.ndarray:
    stacked = np.lib.stride_tricks.sliding_window_view(values, width, axis=0).reshape(-1, width)
    return np.asarray(stacked.T @ stacked)


def _by_diagonals(values: np.ndarray, width: int, count: int) -> np.ndarray:
    gram = np.empty((width, width))
    gram[0] = sum(np.correlate(z[: count + width - 1], z[:count], "valid") for z in values.T)
    head, tail = values[:width], values[count : count + width]
    for i in range(1, width):
        j = slice(i - 1, width - 1)
        gram[i, i:] = gram[i - 1, j] + tail[j] @ tail[i - 1] - head[j] @ head[i - 1]
    upper = np.triu_indices(width, 1)
    gram[upper[1], upper[0]] = gram[upper]
    return gram
