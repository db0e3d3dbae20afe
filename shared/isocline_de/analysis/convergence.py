"""Order of convergence under refinement of the step."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from isocline_de.errors import ProblemError


@dataclass(frozen=True)
class Refinement:
    """Errors of one method on ever finer steps.

    Attributes:
        steps: Step lengths.
        errors: The error with each.
        order: The p of error ≈ C stepᵖ, fitted to all of them.
    """

    steps: tuple[float, ...]
    errors: tuple[float, ...]
    order: float


def order_of_convergence(steps: Sequence[float], errors: Sequence[float]) -> float:
    """The p of error ≈ C stepᵖ by least squares on logarithms.

    Args:
        steps: Step lengths, positive, at least two different ones.
        errors: Positive errors, one for each step. Choose steps whose errors stay above rounding.

    Raises:
        ProblemError: The two differ in length, or a value is not positive.

    Example:
        >>> round(order_of_convergence([0.1, 0.05], [4e-3, 1e-3]), 3)
        2.0
    """
    if len(steps) != len(errors) or len(set(steps)) < 2:
        raise ProblemError(
            f"an order needs one error for each of two or more different steps, and got {len(steps)} steps "
            f"and {len(errors)} errors; run the method on more steps"
        )
    if not all(value > 0 and math.isfinite(value) for value in (*steps, *errors)):
        raise ProblemError(
            f"an order needs positive, finite steps and errors, and got steps {list(steps)} and errors "
            f"{list(errors)}; an error of zero is below rounding: use longer steps"
        )
    x = [math.log(step) for step in steps]
    y = [math.log(error) for error in errors]
    x_mean, y_mean = sum(x) / len(x), sum(y) / len(y)
    covariance = sum((a - x_mean) * (b - y_mean) for a, b in zip(x, y, strict=True))
    return covariance / sum((a - x_mean) ** 2 for a in x)


def refine(error: Callable[[float], float], steps: Sequence[float]) -> Refinement:
    """Run a method with each step and fit its order.

    Args:
        error: Function of the step that returns the error of the solution.
        steps: Step lengths to try.

    Raises:
        ProblemError: See `order_of_convergence`.
    """
    errors = tuple(float(error(step)) for step in steps)
    return Refinement(tuple(steps), errors, order_of_convergence(steps, errors))


__all__ = ["Refinement", "order_of_convergence", "refine"]
