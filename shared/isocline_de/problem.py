"""What a solve is given, checked before it starts."""

from collections.abc import Sequence

import torch
from torch import Tensor

from isocline_de.errors import ProblemError
from isocline_de.methods import Method
from isocline_de.types import TimesLike


def check_initial_state(y0: Tensor) -> None:
    """Refuse a state that cannot be propagated.

    Raises:
        ProblemError: y0 is no floating point or complex tensor, is empty, or holds NaN or inf.
    """
    if not isinstance(y0, Tensor):
        raise ProblemError(
            f"y0 is a {type(y0).__name__}, and a tensor is expected; "
            "join the parts of the state into one tensor with torch.cat or torch.stack"
        )
    if not (y0.is_floating_point() or y0.is_complex()):
        raise ProblemError(
            f"y0 has dtype {_dtype(y0)}, and a real or complex number is expected; pass y0.double()"
        )
    if y0.numel() == 0:
        raise ProblemError(
            f"y0 has shape {tuple(y0.shape)} and holds no number; pass at least one state"
        )
    finite = torch.isfinite(y0.detach())
    if not finite.all():
        place = tuple((~finite).nonzero()[0].tolist())
        where = f"y0{list(place)}" if place else "y0"
        raise ProblemError(
            f"{where} is {_number(y0.detach()[place])}, and the solve needs a finite initial state; "
            "drop or fill missing values first"
        )


def check_times(t: TimesLike, y0: Tensor) -> Tensor:
    """The output times as a tensor on the device of y0, in their own precision.

    Raises:
        ProblemError: t is not a vector of at least two finite, real, strictly increasing or strictly
            decreasing times.
    """
    times = t if isinstance(t, Tensor) else torch.tensor(list(t), dtype=_time_dtype(y0))
    if times.is_complex():
        raise ProblemError(f"t has dtype {_dtype(times)}, and time is real; pass t.real")
    if not times.is_floating_point():
        times = times.to(_time_dtype(y0))
    times = times.to(y0.device)
    if times.ndim != 1:
        raise ProblemError(
            f"t has shape {tuple(times.shape)}, and a vector of times is expected; pass t.flatten()"
        )
    values = times.detach()
    if len(values) < 2:
        given = f"only one time ({_number(values[0])})" if len(values) else "no time"
        raise ProblemError(
            f"t has {given}, and a solve needs its start and its end: y0 is the state at t[0], "
            "so pass t = [start, …, end]"
        )
    if not torch.isfinite(values).all():
        index = int((~torch.isfinite(values)).nonzero()[0])
        raise ProblemError(
            f"t[{index}] is {_number(values[index])}; drop missing times and pass finite ones"
        )
    _check_monotone(values)
    return times


def _check_monotone(values: Tensor) -> None:
    steps = values.diff()
    direction = torch.sign(values[-1] - values[0])
    wrong = (steps * direction <= 0).nonzero().flatten()
    if len(wrong) == 0:
        return
    first = int(wrong[0])
    before, after = _number(values[first]), _number(values[first + 1])
    if values[first] == values[first + 1]:
        raise ProblemError(
            f"t[{first}] and t[{first + 1}] are both {before}, and times must differ; "
            "pass t.unique() and spread the result to the repeated times"
        )
    raise ProblemError(
        f"t is not in order: t[{first}] = {before} is followed by t[{first + 1}] = {after}; "
        "sort the times, all increasing or all decreasing"
    )


def check_tolerances(rtol: float | None, atol: float | None, y0: Tensor) -> tuple[float, float]:
    """Tolerances that the precision of y0 can meet.

    Returns:
        (rtol, atol): as given, or 1e-7 and 1e-9 in double, 1e-4 and 1e-6 in single precision; coarser
            where the dtype is.

    Raises:
        ProblemError: A tolerance is negative, or finer than the dtype resolves.
    """
    precision = torch.finfo(y0.dtype).eps
    fine = precision < 1e-10
    relative = (1e-7 if fine else max(1e-4, 4 * precision)) if rtol is None else float(rtol)
    absolute = (1e-9 if fine else 1e-6) if atol is None else float(atol)
    if not (relative >= 0 and absolute >= 0 and relative + absolute > 0):
        raise ProblemError(
            f"rtol = {relative:g} and atol = {absolute:g}: tolerances are positive numbers; "
            "leave them out for the defaults"
        )
    if relative < 4 * precision:
        raise ProblemError(
            f"rtol = {relative:g} is finer than {_dtype(y0)} resolves ({precision:.1e}); "
            f"use rtol ≥ {4 * precision:.0e}, or pass y0 in double precision"
        )
    return relative, absolute


def check_step(method: Method, step: float | None, max_step: float | None) -> None:
    """A fixed-step method needs its step; an adaptive one takes a largest step at most.

    Raises:
        ProblemError: A step is missing, not positive, or given to a method that does not take it.
    """
    if not method.adaptive and step is None:
        raise ProblemError(
            f"{method.name} is a fixed-step method and no step was given; "
            "pass step=…, or use method='dopri5', which chooses its own"
        )
    if method.adaptive and step is not None:
        raise ProblemError(
            f"{method.name} chooses its own steps and step = {step:g} was given; "
            f"pass max_step={step:g} to bound them, or use a fixed-step method such as 'rk4'"
        )
    if not method.adaptive and max_step is not None:
        raise ProblemError(
            f"{method.name} takes one fixed step, not max_step = {max_step:g}; pass step={max_step:g}"
        )
    for name, value in (("step", step), ("max_step", max_step)):
        if value is not None and not value > 0:
            raise ProblemError(
                f"{name} = {value:g}, and a step is a positive length of time, also when time runs back"
            )


def check_discontinuities(discontinuities: Sequence[float] | Tensor, times: Tensor) -> Tensor:
    """The jumps strictly inside the time span, in the order of the times, without repeats, in float64.

    Raises:
        ProblemError: One of them is not finite.
    """
    jumps = (
        torch.as_tensor(discontinuities, dtype=_time_dtype(times), device=times.device)
        .detach()
        .flatten()
    )
    if not torch.isfinite(jumps).all():
        raise ProblemError(
            f"discontinuities holds {_number(jumps[~torch.isfinite(jumps)][0])}; pass finite times"
        )
    start, end = times[0].detach(), times[-1].detach()
    inside = jumps[
        (jumps > torch.minimum(start, end)) & (jumps < torch.maximum(start, end))
    ].unique()
    return inside if start < end else inside.flip(0)


def _time_dtype(tensor: Tensor) -> torch.dtype:
    """Double precision for time whatever the state has, except where the device has none."""
    return torch.float32 if tensor.device.type == "mps" else torch.float64


def _dtype(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _number(value: Tensor) -> str:
    number = value.item()
    return f"{number:g}"


__all__ = [
    "check_discontinuities",
    "check_initial_state",
    "check_step",
    "check_times",
    "check_tolerances",
]
