"""The last level corrected at two degrees more, slab after slab: what its own error is.

Gauss–Newton's equation for the correction is the linearised error equation. In a march the
corrected state is handed on, so that errors of early slabs travel, grow or fade as the equation has it.
"""

from __future__ import annotations

import numpy as np

from isocline_pinn.local.errors import OutOfTimeError, TooLargeError
from isocline_pinn.local.newton import gauss_newton
from isocline_pinn.local.run_state import SolveState
from isocline_pinn.local.solution import Piece, Pieces


def corrected(state: SolveState) -> Pieces | None:
    """The corrected level; None when time or memory do not allow it, or constants are unknown."""
    assert state.best is not None
    if state.problem.unknowns or state.records[-1].seconds > max(state.left(), 0.0):
        return None
    found = Pieces([], state.best.time_axis)
    more = 2 if state.problem.shape.dimension <= 3 else 1
    try:
        for part in state.best.parts:
            before = found.parts[-1].jets if found.parts else None
            degree = part.polynomials.degree + more
            system = state.problem.discretise(
                part.mesh, degree, before=before, first=not found.parts
            )
            outcome = gauss_newton(
                system, part.raised(degree), iterations=1, deadline=state.deadline
            )
            found.parts.append(Piece(part.mesh, system.polynomials, outcome.coefficients))
    except (OutOfTimeError, TooLargeError, np.linalg.LinAlgError):
        return None
    return found
