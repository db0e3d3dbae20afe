"""The front door: `solve_ode`."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import torch
import torchdiffeq
from torch import Tensor

from isocline_de.adjoint import gather_parameters
from isocline_de.grid import step_grid
from isocline_de.methods import Method, find_method
from isocline_de.problem import (
    check_discontinuities,
    check_initial_state,
    check_step,
    check_times,
    check_tolerances,
)
from isocline_de.solution import Solution, Statistics
from isocline_de.types import TimesLike, VectorField
from isocline_de.watch import WatchedField

LONGEST_STEP = 20  # output intervals that an adaptive step may span unless max_step says otherwise


def solve_ode(
    vector_field: VectorField,
    y0: Tensor,
    t: TimesLike,
    *,
    method: str = "dopri5",
    rtol: float | None = None,
    atol: float | None = None,
    step: float | None = None,
    max_step: float | None = None,
    discontinuities: Sequence[float] | Tensor = (),
    max_steps: int = 100_000,
    adjoint: bool = False,
    parameters: Iterable[Tensor] | None = None,
) -> Solution:
    """Solve dy/dt = vector_field(t, y) with y(t[0]) = y0.

    Differentiable by y0, by the times, and by every tensor that the vector field uses. Time is kept in
    double precision whatever the state has; the state keeps its own dtype, real or complex.

    Args:
        vector_field: Function of a scalar time and a state that returns dy/dt in the state's shape.
        y0: State at t[0], any shape; axes before the last are samples that share the steps.
        t: Output times, strictly increasing or strictly decreasing, at least two, the first being the
            start. Nothing is evaluated beyond the last.
        method: An adaptive method ("adaptive_heun", "bosh3", "dopri5", "dopri8") or a fixed-step one
            ("euler", "midpoint", "heun", "heun3", "rk4").
        rtol: Relative tolerance of a step; 1e-7 for a double, 1e-4 for a single precision state.
        atol: Absolute tolerance of a step; 1e-9 for a double, 1e-6 for a single precision state.
        step: Longest step of a fixed-step method, which needs it. Steps end on each output time exactly.
        max_step: Longest step of an adaptive method. Without it no step spans more than twenty output
            intervals, so that a pulse that the outputs would show is not stepped over.
        discontinuities: Times at which the right-hand side jumps; steps end there and start anew.
        max_steps: Steps after which an adaptive method gives up.
        adjoint: Take gradients by solving the adjoint equation backwards instead of through the steps:
            memory does not grow with the number of steps, gradients are as exact as the tolerances.
        parameters: Tensors that the adjoint differentiates by; the parameters of ``vector_field`` where it
            is a module. Frozen ones may be among them.

    Returns:
        The states at the output times, what the solve cost, and one sentence on it.

    Raises:
        ProblemError: An argument does not fit the others.
        BlowUpError: The solution runs to infinity inside the span.
        NonFiniteError: The vector field returns NaN or inf at a finite state.
        StepUnderflowError: No step, however short, meets the tolerances.
        TooManyStepsError: ``max_steps`` were not enough.

    Example:
        >>> import torch
        >>> from isocline_de import solve_ode
        >>> solution = solve_ode(lambda t, y: -y, torch.ones(1, dtype=torch.float64), [0.0, 1.0, 2.0])
        >>> solution.ys[:, 0]
        tensor([1.0000, 0.3679, 0.1353], dtype=torch.float64)
    """
    chosen = find_method(method)
    check_initial_state(y0)
    times = check_times(t, y0)
    check_step(chosen, step, max_step)
    relative, absolute = check_tolerances(rtol, atol, y0)
    jumps = check_discontinuities(discontinuities, times)
    field = WatchedField(vector_field, y0, times[0], chosen, max_steps)
    fine = times.to(torch.promote_types(times.dtype, jumps.dtype))
    settings: dict[str, Any] = {"rtol": relative, "atol": absolute, "method": chosen.backend}
    if chosen.adaptive:
        settings["options"] = _adaptive_options(chosen, fine, jumps, max_step)
    else:
        settings["options"] = _fixed_options(fine, jumps, step or 0.0, torch.finfo(times.dtype).eps)
    state = y0.reshape(1) if y0.ndim == 0 else y0
    if adjoint:
        known = gather_parameters(vector_field, parameters, y0, times)
        settings |= {
            "adjoint_params": known,
            "adjoint_options": _for_the_way_back(settings["options"], fine),
        }
        ys = torchdiffeq.odeint_adjoint(field, state, fine, **settings)
    else:
        ys = torchdiffeq.odeint(field, state, fine, **settings)
    ys = ys.reshape(len(times), *y0.shape)
    field.finish(ys)
    stats = Statistics(field.evaluations, field.steps - field.rejected, field.rejected)
    return Solution(times, ys, stats, _status(chosen, times, stats))


def _adaptive_options(
    method: Method, times: Tensor, jumps: Tensor, max_step: float | None
) -> dict[str, Any]:
    longest = (
        LONGEST_STEP * float(times.detach().diff().abs().max()) if max_step is None else max_step
    )
    # Steps end on the last time: nothing beyond it is asked of the field, and its gradient is that of a step.
    ends = times[-1:] if method.interpolates else times[1:]
    options: dict[str, Any] = {"max_step": longest, "dtype": times.dtype}
    ends = ends[~torch.isin(ends.detach(), jumps)]
    if len(ends):
        options["step_t"] = ends
    if len(jumps):
        options["jump_t"] = jumps
    return options


def _fixed_options(times: Tensor, jumps: Tensor, step: float, precision: float) -> dict[str, Any]:
    resolution = precision * float(times.detach().abs().max())
    grid = partial(step_grid, step=step, jumps=jumps, resolution=resolution)
    # With jumps, stages at the ends of a step are evaluated on the step's own side of them.
    return {"grid_constructor": lambda _field, _state, t: grid(t), "perturb": len(jumps) > 0}


def _for_the_way_back(options: dict[str, Any], times: Tensor) -> dict[str, Any]:
    """The same settings for the adjoint equation, which is solved backwards between neighbouring times."""
    if "grid_constructor" in options:
        return dict(options)
    back = {name: value for name, value in options.items() if name != "step_t"}
    ends = times.detach()
    jumps = options.get("jump_t", ends[:0])
    return back | {"step_t": ends[~torch.isin(ends, jumps)]}


def _status(method: Method, times: Tensor, stats: Statistics) -> str:
    start, end = float(times[0].detach()), float(times[-1].detach())
    rejected = f" ({stats.rejected} more were rejected)" if stats.rejected else ""
    return (
        f"solved from t = {start:g} to t = {end:g} with {method.name} in {stats.accepted} steps{rejected} "
        f"and {stats.evaluations} evaluations of the vector field"
    )


__all__ = ["solve_ode"]
