"""How noisy the samples are, read off the samples alone."""

from math import comb

import numpy as np
from jaxtyping import Float

ORDERS = range(3, 9)


def noise_deviation(values: Float[np.ndarray, " time"]) -> float:
    """Deviation of white noise on a smooth, evenly sampled signal: the least of difference estimates.

    The p-th difference of white noise has variance σ² Σ_j C(p, j)² = σ² C(2p, p); a smooth signal
    adds to it, so the smallest estimate over orders 3 to 8 is taken (it is a few per cent low).
    """
    estimates = []
    for order in ORDERS:
        if len(values) <= 2 * order:
            break
        differences = np.diff(values, order)
        estimates.append(float(np.sqrt(np.mean(differences**2) / comb(2 * order, order))))
    floor = 1e-9 * float(np.std(values))  # clean data still carries rounding and quadrature errors
    return max(min(estimates, default=floor), floor)
