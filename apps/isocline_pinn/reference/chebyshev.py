"""Chebyshev points: differentiation and interpolation (Trefethen, Spectral Methods in MATLAB, 2000)."""

import numpy as np


def chebyshev_points(number: int) -> np.ndarray:
    """cos(kπ/N), k = 0 … N, from 1 to −1, shape (N + 1,)."""
    points: np.ndarray = np.cos(np.pi * np.arange(number + 1) / number)
    return points


def differentiation_matrix(number: int) -> np.ndarray:
    """The matrix that differentiates the polynomial through values at the points, shape (N + 1, N + 1)."""
    x = chebyshev_points(number)
    c = np.ones(number + 1)
    c[[0, -1]] = 2.0
    c *= (-1.0) ** np.arange(number + 1)
    with np.errstate(divide="ignore"):
        matrix = np.outer(c, 1.0 / c) / (x[:, None] - x[None, :] + np.eye(number + 1))
    # Each row sums to zero: the derivative of a constant.
    matrix -= np.diag(matrix.sum(axis=1))
    result: np.ndarray = matrix
    return result


def interpolate(values: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The polynomial through values at the points, by the barycentric formula.

    Args:
        values: At the points, shape (..., N + 1).
        x: Places in [−1, 1], shape (m,).

    Returns:
        Shape (..., m).
    """
    number = values.shape[-1] - 1
    nodes = chebyshev_points(number)
    weights = (-1.0) ** np.arange(number + 1)
    weights[[0, -1]] *= 0.5
    difference = x[:, None] - nodes[None, :]
    hit = np.isclose(difference, 0.0, atol=1e-15)
    kernel = weights / np.where(hit, 1.0, difference)
    kernel = np.where(hit.any(axis=1, keepdims=True), hit.astype(float), kernel)
    result: np.ndarray = values @ (kernel / kernel.sum(axis=1, keepdims=True)).T
    return result
