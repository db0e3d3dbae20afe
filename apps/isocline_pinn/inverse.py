"""How sure the unknown constants are."""

import numpy as np

from isocline_pinn.trained.residuals import ResidualSystem

_RIDGE = 1e-12


def standard_errors(system: ResidualSystem) -> np.ndarray:
    """Standard errors of the unknowns, from the Gauss–Newton curvature at the solution.

    Each term's residuals are divided by their own root mean square s, so that a noisy observation counts by
    its noise and an equation that is well satisfied almost as a constraint. With J the Jacobian of
    these rows, the covariance of parameters and unknowns is (JᵀJ)⁻¹, and that of the unknowns is the
    inverse of the Schur complement of the network's block (Bates & Watts, Nonlinear Regression Analysis,
    1988).

    Args:
        system: At its solution.

    Returns:
        Shape (number of unknowns,); infinite where the data says nothing about one.
    """
    terms, matrices = system.jacobian()
    largest = max(float(np.sqrt(np.mean(t.values.cpu().numpy() ** 2))) for t in terms)
    rows = []
    for term, matrix in zip(terms, matrices, strict=True):
        spread = float(np.sqrt(np.mean(term.values.cpu().numpy() ** 2)))
        rows.append(matrix / max(spread, 1e-8 * largest, 1e-300))
    jacobian = np.vstack(rows)
    split = system.network_size
    network, unknown = jacobian[:, :split], jacobian[:, split:]
    normal = network.T @ network
    normal[np.diag_indices_from(normal)] += _RIDGE * float(np.trace(normal)) / split
    # What the network can mimic by changing itself says nothing about a constant.
    mimicked = network @ np.linalg.solve(normal, network.T @ unknown)
    information = unknown.T @ (unknown - mimicked)
    values, vectors = np.linalg.eigh((information + information.T) / 2)
    with np.errstate(divide="ignore"):
        spread_along = np.where(values > 1e-14 * values.max(), 1.0 / values, np.inf)
    variances = np.sum(np.where(vectors**2 > 1e-20, vectors**2 * spread_along, 0.0), axis=1)
    result: np.ndarray = np.sqrt(variances)
    return result
