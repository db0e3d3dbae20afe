"""Weights that let no equation or condition drown another."""

import numpy as np


def balanced_weights(matrices: list[np.ndarray]) -> np.ndarray:
    """Weight of each term: one over the mean square of its Jacobian's rows.

    A change of the parameters of a given size then moves each term by about as much.

    Args:
        matrices: Rows of the Jacobian, a term, each of shape (n, P).

    Returns:
        Weights, relative to the first term's, shape (terms,).
    """
    squares = np.array([float(np.mean(np.sum(m * m, axis=1))) if len(m) else 1.0 for m in matrices])
    largest = squares.max()
    weights: np.ndarray = 1.0 / np.maximum(squares, 1e-12 * largest)
    return weights


def weigh(values: list[np.ndarray], weights: np.ndarray) -> np.ndarray:
    """Rows of all terms stacked, those of a term multiplied by √(weight / number of rows).

    Args:
        values: Residuals (n,) or rows of the Jacobian (n, P), a term.
        weights: Shape (terms,).
    """
    factors = [np.sqrt(w / max(len(v), 1)) for v, w in zip(values, weights, strict=True)]
    return np.concatenate([f * v for f, v in zip(factors, values, strict=True)])
