"""How many conditions an equation needs across a direction: the degree of its symbol.

With u = û e^{s n·x + κ·x} a linearised system Σ_α A_α D^α u becomes M(s) û, M(s) = Σ_α A_α (s n + κ)^α.
The degree of det M in s is the order of the system of ordinary differential equations along n that
is left when all else is frozen (Agmon, Douglis & Nirenberg 1964 call half of it the number of
conditions of an elliptic boundary): 2 for a heat equation, 3 for a KdV equation, 4 for
incompressible flow in two dimensions, whose pressure needs no condition of its own.
"""

from __future__ import annotations

import numpy as np

from isocline_pinn.trace.surrogate import Evaluation, Jet, evaluate
from isocline_pinn.trace.terms import Term

_RADIUS = 10.0
_NEGLIGIBLE = 1e-10


def degree_across(
    term: Term, jets: tuple[Jet, ...], points: np.ndarray, normals: np.ndarray, outputs: int
) -> int | None:
    """The degree of det M along the normals at given points, the median of them.

    Args:
        term: the equation.
        jets: that it uses.
        points: shape (n, d).
        normals: unit vectors, shape (n, d).
        outputs: of u.

    Returns:
        None where there are not as many equations as outputs, or det M is zero throughout.
    """
    random = np.random.default_rng(1)
    values = {jet: random.standard_normal(len(points)) for jet in jets}
    result = evaluate(term.at(points), points, values, outputs)
    if len(result.residuals) != outputs:
        return None
    found = [_degree(result, i, normals[i], outputs) for i in range(len(points))]
    known = sorted(d for d in found if d is not None)
    return known[len(known) // 2] if known else None


def _degree(result: Evaluation, point: int, normal: np.ndarray, outputs: int) -> int | None:
    most = sum(
        max(
            (sum(alpha) for row in result.sensitivities for c, alpha in row if c == output),
            default=0,
        )
        for output in range(outputs)
    )
    random = np.random.default_rng(2)
    other = random.uniform(0.5, 1.5, len(normal))
    along = _RADIUS * np.exp(2j * np.pi * np.arange(most + 1) / (most + 1))
    values = np.zeros(most + 1, complex)
    for k, s in enumerate(along):
        wave = s * normal + other
        matrix = np.zeros((outputs, outputs), complex)
        for e, row in enumerate(result.sensitivities):
            for (output, alpha), sensitivity in row.items():
                matrix[e, output] += sensitivity[point] * np.prod(wave ** np.array(alpha))
        values[k] = np.linalg.det(matrix)
    size = np.abs(np.fft.fft(values))
    if size.max() == 0 or not np.isfinite(size.max()):
        return None
    return int(np.nonzero(size > _NEGLIGIBLE * size.max())[0].max())
