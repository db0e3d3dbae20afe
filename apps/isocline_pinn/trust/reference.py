"""Whether a reference solution satisfies the equation that it is meant for.

The reference is a function of points. Around a probe point it is fitted by polynomials on a Chebyshev
stencil, whose derivatives go into the user's own equation. The fit tells its own error, by the next lower
degrees and by its misfit, so that a table, a kink or noise raises no alarm.
"""

from dataclasses import dataclass

import numpy as np

from isocline_pinn.local.features import Polynomials, grid
from isocline_pinn.local.shape import Shape
from isocline_pinn.problem import Problem
from isocline_pinn.problem_file import EVALUATION_ERRORS
from isocline_pinn.trace import Jet, equation_term, evaluate, trace_term
from isocline_pinn.trust.finite import describe

_DEGREE = {1: 12, 2: 10, 3: 8}
_REACH = 0.06  # half width of a stencil, of the domain's
_PROBES = 8
_CLEAR = 10.0  # times its own error bar, and
_LARGE = 1e-3  # of the size of the equation's terms: what is called a residual


@dataclass(frozen=True)
class ReferenceResidual:
    """What a reference leaves of the equations.

    Attributes:
        values: Residuals, shape (equations, n).
        errors: Their error bars from the fit.
        sizes: Sums of the absolute values of each equation's terms.
    """

    values: np.ndarray
    errors: np.ndarray
    sizes: np.ndarray


def doubt_about_reference(problem: Problem) -> list[str]:
    """A sentence where the `solution` of a data object does not satisfy its equations; else nothing.

    Args:
        problem: Its data object's `solution`, if it has one, is called at some thousand points.
    """
    solution = getattr(problem.data, "soln", None)
    shape = Shape(problem.data.geom)
    if solution is None or problem.unknowns or shape.dimension not in _DEGREE:
        return []
    points = _probes(shape)
    if not len(points):
        return []
    try:
        found = reference_residual(problem, points)
    except EVALUATION_ERRORS as error:
        return [f"the reference solution could not be checked: {type(error).__name__}: {error}"]
    if found is None:
        return []
    clear = np.abs(found.values) > np.maximum(_CLEAR * found.errors, _LARGE * found.sizes)
    names = [q.name for q in problem.coordinates]
    for number, (row, where) in enumerate(zip(found.values, clear, strict=True), 1):
        if where.mean() > 0.5:
            k = int(np.argmax(np.abs(row) * where))
            sentence = (
                f"the reference solution does not satisfy equation {number}: at "
                f"{describe(points[k], names)} it leaves {row[k]:.4g}, of terms of size "
                f"{found.sizes[number - 1, k]:.3g}; correct one of the two, or do not judge by it"
            )
            return [sentence]
    return []


def reference_residual(problem: Problem, points: np.ndarray) -> ReferenceResidual | None:
    """Residuals of the equations with the reference in the place of the network.

    Args:
        problem: With a `solution` in its data object.
        points: At least a stencil away from the boundary, shape (n, d).

    Returns:
        None where the reference has other outputs than the problem.
    """
    shape, outputs = Shape(problem.data.geom), len(problem.outputs)
    term = equation_term(problem.data)
    traced = trace_term(term.at(points), points, outputs)
    half = _REACH / 2 * (shape.upper - shape.lower)
    degree = _DEGREE[shape.dimension]
    higher = _fit(problem, points, half, degree, traced.jets)
    less = _fit(problem, points, half, degree - 2, traced.jets)
    if higher is None or less is None:
        return None
    (jets, errors), (lower, _) = higher, less
    result = evaluate(term.at(points), points, jets, outputs)
    bars, sizes = np.zeros_like(result.residuals), np.abs(result.residuals)
    for e, sensitivity in enumerate(result.sensitivities):
        for jet, slope in sensitivity.items():
            if jet in jets:
                bars[e] += np.abs(slope) * (np.abs(jets[jet] - lower[jet]) + errors[jet])
                sizes[e] += np.abs(slope * jets[jet])
    return ReferenceResidual(result.residuals, bars, sizes)


def _probes(shape: Shape) -> np.ndarray:
    """Points whose whole stencil is inside."""
    reach = _REACH / 2 * (shape.upper - shape.lower)
    centres = np.clip(shape.probes(4 * _PROBES, 3), shape.lower + reach, shape.upper - reach)
    corners = grid([np.array([-1.0, 0.0, 1.0])] * shape.dimension)
    stencils = (centres[:, None] + reach * corners).reshape(-1, shape.dimension)
    whole = shape.inside(stencils).reshape(len(centres), -1).all(axis=1)
    return centres[whole][:_PROBES]


def _fit(
    problem: Problem, points: np.ndarray, half: np.ndarray, degree: int, jets: tuple[Jet, ...]
) -> tuple[dict[Jet, np.ndarray], dict[Jet, np.ndarray]] | None:
    """Derivatives at the points and what the misfit makes of their errors."""
    dimension, outputs = points.shape[1], len(problem.outputs)
    features = Polynomials(dimension, degree)
    count = _DEGREE[dimension] + 3
    nodes = grid([np.cos(np.pi * (np.arange(count) + 0.5) / count)] * dimension)
    zero = (0,) * dimension
    table = features.derivatives(nodes, [zero])[zero]
    inverse = np.linalg.pinv(table)
    where = (points[:, None] + half * nodes).reshape(-1, dimension)
    given = np.asarray(problem.data.soln(where), dtype=float).reshape(len(where), -1)
    if given.shape[1] != outputs:
        return None
    values = given.reshape(len(points), len(nodes), outputs)
    coefficients = np.einsum("rm,nmc->ncr", inverse, values)
    misfit = values - np.einsum("mr,ncr->nmc", table, coefficients)
    noise = np.sqrt((misfit**2).mean(axis=1)) + 1e-15 * np.abs(values).max(axis=1)
    at_centre = features.derivatives(np.zeros((1, dimension)), [alpha for _, alpha in jets])
    found, errors = {}, {}
    for output, alpha in jets:
        row = at_centre[alpha][0] / np.prod(half ** np.array(alpha, dtype=float))
        found[output, alpha] = coefficients[:, output] @ row
        errors[output, alpha] = 4 * noise[:, output] * np.linalg.norm(row @ inverse)
    return found, errors
