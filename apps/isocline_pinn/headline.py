"""A solution in one sentence: what was found, how sure it is, how it was done."""

from isocline_pinn.solution import Solution

_FAMILY = {
    "local": ("local networks", "levels"),
    "trained": ("a trained network", "steps"),
    "whole": ("one network of fixed features", "levels"),
}


def headline(solution: Solution) -> str:
    """What was found, how sure it is and how it was done, in a sentence."""
    found = []
    if solution.error_estimate is not None:
        found.append(f"relative error about {solution.error_estimate:.1e} (estimated)")
    if solution.reference is not None:
        found.append(f"relative L2 error {solution.relative_l2():.1e} against the reference")
    for name, estimate in solution.unknowns.items():
        found.append(f"{name} = {estimate.value:.4g} ± {estimate.standard_error:.1g}")
    if solution.error_estimate is None:
        found.append("error not estimated")
    family, unit = _FAMILY.get(solution.method, (solution.method, "steps"))
    seconds = solution.history[-1]["seconds"] if solution.history else 0.0
    return f"{', '.join(found)} ({family}: {solution.iterations} {unit}, {seconds:.0f} s)"
