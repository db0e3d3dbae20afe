"""A vector field that is watched while it is solved: counted, checked, and diagnosed when a solve fails.

torchdiffeq guards itself with assertions that name neither the time nor the sample. The watch sits between
it and the user's function, sees each step first, and raises before any of those assertions can.
"""

import cmath

import torch
from torch import Tensor

from isocline_de.errors import ProblemError, SolveError, TooManyStepsError
from isocline_de.failure import Moment, Place, diagnose, first_place, reached
from isocline_de.methods import Method
from isocline_de.types import VectorField


class WatchedField:
    """The vector field as torchdiffeq calls it.

    Attributes:
        evaluations: Calls so far.
        steps: Steps begun so far.
        rejected: Of these, the ones taken again.
    """

    def __init__(
        self, vector_field: VectorField, y0: Tensor, start: Tensor, method: Method, max_steps: int
    ) -> None:
        self.vector_field = vector_field
        self.y0 = y0.detach()
        self.method = method
        self.max_steps = max_steps
        self.evaluations = self.steps = self.rejected = 0
        self.solving = True
        self._now: tuple[Tensor, Tensor, int, Tensor | None] = (start, self.y0, 0, None)
        self._finite_slope: Tensor | None = None
        self._poison: Place | None = None
        if method.adaptive:  # torchdiffeq calls these when a step passed or failed its error test
            self.callback_accept_step = self._accept
            self.callback_reject_step = self._reject

    def __call__(self, t: Tensor, y: Tensor) -> Tensor:
        """dy/dt at (t, y), of the form that was promised."""
        # torchdiffeq is always given a state of at least one axis.
        slope = self.vector_field(t, y if self.y0.ndim else y.reshape(()))
        if (
            not isinstance(slope, Tensor)
            or slope.shape != self.y0.shape
            or slope.dtype != self.y0.dtype
        ):
            raise _form_error(slope, self.y0)
        slope = slope if self.y0.ndim else slope.reshape(y.shape)
        if not self.solving:  # a backward pass
            return slope
        self.evaluations += 1
        if not self.method.adaptive:  # each step looks at the state it starts from instead
            return slope
        return self._without_poison(slope)

    def _without_poison(self, slope: Tensor) -> Tensor:
        """Make a trial step that met NaN or inf fail its error test instead of poisoning the step size.

        An adaptive step may be tried where the right-hand side is undefined and be fine when shorter; the
        step control of torchdiffeq turns one NaN into a step of length zero. A huge finite slope is
        rejected like any other error. Should it be accepted all the same, the solve stops.
        """
        if all_finite(slope):
            self._finite_slope = slope.detach()
            return slope
        finite = torch.isfinite(slope.detach())
        if self._finite_slope is None:
            raise self._diagnose()
        if self.steps == 0:  # the first step is still being chosen: keep the slope of the start
            return self._finite_slope
        self._poison = first_place(~finite.reshape(self.y0.shape))
        return torch.where(finite, slope.detach(), torch.finfo(slope.dtype).max ** 0.5)

    def callback_step(self, t: Tensor, y: Tensor, step: Tensor) -> None:
        """Called by torchdiffeq as each step begins."""
        if not self.solving:
            return
        if not cmath.isfinite(y.detach().sum().item()):  # cheap where all is well
            self._check_finite(y)
        self._now = (t, y, self.steps - self.rejected, step)
        if self.method.adaptive and bool(t + step == t):
            raise self._diagnose(self._poison)
        if self.method.adaptive and self.steps >= self.max_steps:
            raise self._too_many_steps()
        self.steps += 1
        self._poison = None

    def callback_step_adjoint(self, t: Tensor, augmented: tuple[Tensor, ...], step: Tensor) -> None:
        """Called by torchdiffeq as each step of the adjoint equation begins, backwards in time.

        Raises:
            SolveError: The backward solve ran away, which the forward one need not do: what decays
                forwards grows backwards.
        """
        _, state, cotangent, *_ = augmented
        time = float(t.detach())
        if not (all_finite(state) and all_finite(cotangent)):
            what = "became NaN or inf"
        elif self.method.adaptive and bool(t + step == t):
            what = "needs steps too short for its precision"
        else:
            return
        raise SolveError(
            f"the adjoint equation {what} at t = {time:.6g} on its way back, which the solution did not "
            "meet; leave adjoint out to differentiate through the steps, or ask for more output times",
            time=time,
            state=self._now[1].detach(),
        )

    def _accept(self, *_: Tensor) -> None:
        if self.solving and self._poison is not None:
            raise self._diagnose(self._poison)

    def _reject(self, *_: Tensor) -> None:
        if self.solving:
            self.rejected += 1

    def _diagnose(self, poison: Place | None = None) -> SolveError:
        moment = self._moment()
        with torch.no_grad():
            slope = self.vector_field(moment.time.to(self.y0.abs().dtype), moment.state)
        return diagnose(moment, slope, self.y0, poison)

    def _moment(self) -> Moment:
        time, state, steps, step = self._now
        length = None if step is None else step.detach()
        return Moment(time.detach(), state.detach().reshape(self.y0.shape), steps, length)

    def finish(self, ys: Tensor) -> None:
        """Check the outputs; from here on the field is only differentiated.

        Raises:
            SolveError: An output is not finite.
        """
        self._check_finite(ys[-1])
        self.solving = False

    def _check_finite(self, state: Tensor) -> None:
        if not all_finite(state):
            bad = ~torch.isfinite(state.detach())
            raise self._diagnose(first_place(bad.reshape(self.y0.shape)))

    def _too_many_steps(self) -> TooManyStepsError:
        moment = self._moment()
        time = float(moment.time)
        return TooManyStepsError(
            f"{self.max_steps} steps reached only t = {time:g} ({reached(moment)}); "
            "the problem may be stiff: loosen rtol and atol, solve a shorter span, or raise max_steps",
            time=time,
            state=moment.state,
        )


def _form_error(slope: object, y0: Tensor) -> ProblemError:
    if not isinstance(slope, Tensor):
        return ProblemError(
            f"vector_field returned a {type(slope).__name__}, and a tensor shaped like y0 {tuple(y0.shape)} "
            "is expected; return dy/dt as one tensor"
        )
    if slope.shape != y0.shape:
        return ProblemError(
            f"vector_field returned shape {tuple(slope.shape)} for a state {tuple(y0.shape)}; "
            "return one dy/dt for each number of y0, samples first and the state's components last"
        )
    given, kept = (str(tensor.dtype).removeprefix("torch.") for tensor in (slope, y0))
    return ProblemError(
        f"vector_field returned {given} for a {kept} state; "
        f"cast its parameters and constants to {kept}, or y0 to theirs"
    )


def all_finite(values: Tensor) -> bool:
    """Whether no value is NaN or inf, cheaply where that is so: a finite sum has only finite terms."""
    return cmath.isfinite(values.detach().sum().item()) or bool(
        torch.isfinite(values.detach()).all()
    )


__all__ = ["WatchedField"]
