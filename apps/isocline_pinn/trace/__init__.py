"""What a DeepXDE problem is, read off unmodified user code by the Taylor surrogate."""

from isocline_pinn.trace.check import surrogate_difference
from isocline_pinn.trace.missing import Missing, missing_conditions
from isocline_pinn.trace.structure import (
    Structure,
    TracedTerm,
    count_outputs,
    trace_problem,
    trace_term,
)
from isocline_pinn.trace.surrogate import (
    Evaluation,
    Jet,
    evaluate,
    multi_indices,
    taylor_surrogate,
)
from isocline_pinn.trace.terms import Term, condition_term, equation_term

__all__ = [
    "Evaluation",
    "Jet",
    "Missing",
    "Structure",
    "Term",
    "TracedTerm",
    "condition_term",
    "count_outputs",
    "equation_term",
    "evaluate",
    "missing_conditions",
    "multi_indices",
    "surrogate_difference",
    "taylor_surrogate",
    "trace_problem",
    "trace_term",
]
