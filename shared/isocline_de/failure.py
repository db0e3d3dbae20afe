"""Why a solve could not go on: from the last finite state to a sentence."""

from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor

from isocline_de.errors import BlowUpError, NonFiniteError, SolveError, StepUnderflowError

Place: TypeAlias = tuple[int, ...]

LARGE = 0.5  # power of the largest number beyond which a state counts as unbounded


@dataclass(frozen=True)
class Moment:
    """A point of a solve at which the state was finite.

    Attributes:
        time: Scalar.
        state: In the shape of y0.
        steps: Steps taken to get there.
        step: Length of the step that starts here.
    """

    time: Tensor
    state: Tensor
    steps: int
    step: Tensor | None = None


def diagnose(
    moment: Moment, slope: Tensor, start: Tensor, poison: Place | None = None
) -> SolveError:
    """The error for a solve whose last finite state is the given one.

    A component whose own time scale |y| / |dy/dt| has shrunk far below the time already covered, and that
    moves away from zero, is running to infinity. A derivative that is not finite at a finite state, or in
    a step however short (``poison`` is the component), is undefined there. What remains is a step that
    error control shrank to nothing although the state stays moderate.

    Args:
        moment: Where the solve stands.
        slope: dy/dt there.
        start: The initial state.
        poison: Component in which NaN or inf was met within the step that starts there.
    """
    place = _fastest(moment.state, slope)
    value, rate = moment.state[place], slope[place]
    runs_away = _runs_away(moment, value, rate)
    if poison is not None and not runs_away:
        place, rate = poison, slope[poison]
    time, sample = float(moment.time), (place[:-1] or None)
    whose = f"sample {list(sample)}" if sample else "the state"
    if runs_away:
        end = (
            time + _sign(moment) * float(value.abs() / rate.abs())
            if bool(torch.isfinite(rate))
            else time
        )
        return BlowUpError(
            f"the solution seems to blow up at t = {end:.6g}: {whose} went from {_value(start[place])} at "
            f"the start to {_value(value)} at t = {time:.10g} ({reached(moment)}); end before that time, or "
            "check the signs and sizes in the vector field",
            time=time,
            sample=sample,
            state=moment.state,
        )
    if poison is not None or not bool(torch.isfinite(slope).all()):
        found, when = (
            (_value(rate), "at") if not bool(torch.isfinite(rate)) else ("NaN or inf", "just after")
        )
        return NonFiniteError(
            f"the vector field returns {found} {when} t = {time:.6g} for {whose}, still finite there "
            f"({reached(moment)}); look for a division by zero, or a root or logarithm of a negative number",
            time=time,
            sample=sample,
            state=moment.state,
        )
    length = f"{float(moment.step.abs()):.1e}" if moment.step is not None else "zero"
    return StepUnderflowError(
        f"the step shrank to {length} at t = {time:.6g} although {whose} stays moderate ({reached(moment)}); "
        "the problem is stiff or not smooth there; name its jumps in discontinuities=, or loosen rtol, atol",
        time=time,
        sample=sample,
        state=moment.state,
    )


def reached(moment: Moment) -> str:
    """How far the solve came: steps and the last finite state, cut to a few numbers."""
    flat = moment.state.flatten()
    shown = ", ".join(_value(number) for number in flat[:4])
    more = ", …" if len(flat) > 4 else ""
    return f"last finite state [{shown}{more}], after {moment.steps} steps"


def first_place(condition: Tensor) -> Place:
    """Index of the first component for which the condition holds."""
    return tuple(condition.nonzero()[0].tolist())


def _fastest(state: Tensor, slope: Tensor) -> Place:
    """Index of the component that changes fastest relative to its size; undefined ones come first."""
    rate = slope.abs() / (state.abs() + torch.finfo(state.dtype).tiny)
    rate = torch.where(torch.isfinite(slope), rate, torch.inf)
    # A component at exact zero has an infinite relative rate but goes nowhere fast: compare it by its slope.
    rate = torch.where(torch.isfinite(slope) & (state == 0), slope.abs(), rate)
    return first_place(rate == rate.max())


def _runs_away(moment: Moment, value: Tensor, rate: Tensor) -> bool:
    if float(value.abs()) > torch.finfo(value.dtype).max ** LARGE:
        return True
    if not bool(torch.isfinite(rate)) or moment.step is None or float(rate.abs()) == 0:
        return False
    outwards = float((value.conj() * rate).real) * _sign(moment) > 0
    own_time = float(value.abs() / rate.abs())
    # A failing adaptive step is far below the own time of anything regular; a fixed one is simply too long.
    covered = max(float(moment.step.abs()), 1e-8 * abs(float(moment.time)))
    return outwards and own_time < covered


def _sign(moment: Moment) -> float:
    return -1.0 if moment.step is not None and float(moment.step) < 0 else 1.0


def _value(number: Tensor) -> str:
    return f"{number.item():.5g}"


__all__ = ["Moment", "Place", "diagnose", "first_place", "reached"]
