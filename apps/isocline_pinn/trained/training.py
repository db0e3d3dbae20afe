"""The loop: a step, new points; from any state it was left in, to the same end.

Linear equations, those on a line and those with constants to be found are trained by Levenberg–Marquardt
alone. For the others it makes the start, and its last JᵀJ the first metric of self-scaled Broyden, which
takes ten times as many, cheaper steps: at equal time it ends five times closer on Burgers' equation.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from isocline_pinn.config import PinnSettings
from isocline_pinn.trained.balance import balanced_weights, weigh
from isocline_pinn.trained.levenberg_marquardt import levenberg_marquardt_step
from isocline_pinn.trained.linearity import is_linear
from isocline_pinn.trained.memory import keep_freed_memory
from isocline_pinn.trained.residuals import ResidualSystem, Term
from isocline_pinn.trained.sampling import can_redraw, fixed_points, place_points, redraw
from isocline_pinn.trained.self_scaled_broyden import BroydenState, broyden_step
from isocline_run import Run

Score = Callable[[], Mapping[str, float]]

_ARRAYS = ("theta", "points", "weights", "gradient", "inverse")
_CHECKPOINT_SECONDS = 5.0
_HISTORY_EVERY = 10  # steps between two rows of the history when points are never redrawn
_FIRST_DAMPING = 0.01  # of the mean square of the Jacobian's columns
_GROWTH, _GROWN = 0.05, 2.0  # more points at each redraw, up to so many times the first number
_START = 40  # Levenberg–Marquardt steps before self-scaled Broyden's
_LARGEST = 3000  # parameters from which on H, of their square, is too large
_REDRAWS = 10  # times as many steps between two redraws, for they are ten times as cheap
_RIDGE = 1e-6  # of the mean of JᵀJ's diagonal, in the first metric
_SETTLING = (
    0.95  # of the budget, after which no new points come: the end is spent on meeting the last ones
)
_STALLED = 3  # steps in a row that find nothing better end a run


@dataclass(frozen=True)
class Progressed:
    """Where a training stands; all that it needs to go on.

    Attributes:
        theta: Parameters and unknowns, shape (P,).
        points: The equations' points, shape (n, d).
        weights: Of the terms, shape (terms,).
        iteration: Steps done.
        damping: λ of the next step.
        first_cost: ½‖r‖² before the first step.
        stalled: Steps in a row that found nothing better.
        cost: ½‖r‖² after the last step.
        gradient: Of the cost in scaled parameters, shape (P,); empty before self-scaled Broyden begins.
        inverse: Its H, shape (P, P); empty before.
        history: A row of numbers for each redraw.
    """

    theta: np.ndarray
    points: np.ndarray
    weights: np.ndarray
    iteration: int = 0
    damping: float = 1e-3
    first_cost: float = 0.0
    stalled: int = 0
    cost: float = math.inf
    history: tuple[dict[str, float], ...] = field(default=())
    gradient: np.ndarray = field(default_factory=lambda: np.empty(0))
    inverse: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))

    @property
    def scores(self) -> dict[str, float]:
        """The last scores of the history."""
        last = self.history[-1] if self.history else {}
        return {k: v for k, v in last.items() if k not in ("iteration", "seconds", "loss")}

    def tensors(self) -> dict[str, Tensor]:
        """The arrays, for a checkpoint."""
        return {n: torch.from_numpy(np.ascontiguousarray(getattr(self, n))) for n in _ARRAYS}

    def numbers(self) -> dict[str, Any]:
        """The rest, for a checkpoint."""
        names = ("iteration", "damping", "first_cost", "stalled", "cost", "history")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def restored(cls, tensors: Mapping[str, Tensor], numbers: Mapping[str, Any]) -> "Progressed":
        """From a checkpoint."""
        history = tuple(dict(row) for row in numbers["history"])
        rest: dict[str, Any] = {**numbers, "history": history}
        arrays: dict[str, Any] = {name: tensors[name].numpy() for name in _ARRAYS}
        return cls(**arrays, **rest)


class Training:
    """Steps of one problem.

    Args:
        system: The problem with its network.
        settings: Of the run.
        score: Numbers for the history, such as the error, of the network as it is.
        clock: Seconds the run has taken.
        settling: Whether the run is about to end, so that no new points are to come.
    """

    def __init__(
        self,
        system: ResidualSystem,
        settings: PinnSettings,
        score: Score,
        clock: Callable[[], float],
        settling: Callable[[], bool] = lambda: False,
    ) -> None:
        self.system = system
        self.settings = settings
        self._score = score
        self._clock = clock
        self._settling = settling
        self._start = math.inf
        if _is_hard(system):
            self._start = _START
        self._redraws = can_redraw(system.data) and settings.redraw_every > 0
        self._fixed = fixed_points(system.data) if self._redraws else np.empty((0, 0))
        self._scale = _scale(system)

    def begin(self) -> Progressed:
        """The state before the first step: weights from the Jacobian there."""
        terms, matrices = self.system.jacobian()
        weights = balanced_weights(matrices) if self.settings.balance else np.ones(len(matrices))
        cost = _half_square(terms, weights)
        # The size of the Jacobian's columns, in which damping is measured.
        size = float(np.mean(np.sum(weigh(matrices, weights) ** 2, axis=0)))
        return Progressed(
            theta=self.system.vector(),
            points=np.asarray(self.system.data.train_x_all if self._redraws else np.empty((0, 1))),
            weights=weights,
            damping=_FIRST_DAMPING * size,
            first_cost=cost,
        )

    def take_up(self, state: Progressed) -> None:
        """Put the system where a state is."""
        self.system.assign(state.theta)
        if self._redraws:
            place_points(self.system.data, state.points)

    def advance(self, state: Progressed) -> Progressed:
        """One step, after new points when they are due."""
        every = self.settings.redraw_every or _HISTORY_EVERY
        if state.iteration < self._start:
            if state.iteration % every == 0:
                state = self._renew(state)
            return self._levenberg_marquardt(state)
        if (state.iteration - self._start) % (_REDRAWS * every) == 0 and not self._settling():
            state = self._at_new_points(self._renew(state))
        return self._broyden(state if state.inverse.size else self._metric(state))

    def _levenberg_marquardt(self, state: Progressed) -> Progressed:
        terms, matrices = self.system.jacobian()
        residual = weigh([_numbers(t) for t in terms], state.weights)
        step = levenberg_marquardt_step(
            state.theta,
            residual,
            weigh(matrices, state.weights),
            lambda theta: self._cost(theta, state.weights),
            state.damping,
            self._scale,
        )
        self.system.assign(step.theta)
        return replace(
            state,
            theta=step.theta,
            iteration=state.iteration + 1,
            damping=step.damping,
            stalled=0 if step.accepted else state.stalled + 1,
            cost=step.cost,
        )

    def _broyden(self, state: Progressed) -> Progressed:
        scaled = BroydenState(
            state.theta / self._sizes, state.cost, state.gradient, state.inverse, state.stalled
        )
        after = broyden_step(self._objective(state.weights), scaled)
        theta = after.theta * self._sizes
        self.system.assign(theta)
        return replace(
            state,
            theta=theta,
            iteration=state.iteration + 1,
            stalled=after.stalled,
            cost=after.cost,
            gradient=after.gradient,
            inverse=after.inverse,
        )

    def _metric(self, state: Progressed) -> Progressed:
        """The state with a first H: the inverse of Gauss and Newton's matrix, as far as it is damped."""
        _, matrices = self.system.jacobian()
        rows = weigh(matrices, state.weights) * self._sizes
        normal = rows.T @ rows
        ridge = max(state.damping, _RIDGE * float(np.trace(normal)) / len(normal))
        normal[np.diag_indices_from(normal)] += ridge
        inverse = np.linalg.inv(normal)
        return self._at_new_points(replace(state, inverse=(inverse + inverse.T) / 2, stalled=0))

    def _at_new_points(self, state: Progressed) -> Progressed:
        if not state.inverse.size:
            return state
        cost, gradient = self._objective(state.weights)(state.theta / self._sizes)
        return replace(state, cost=cost, gradient=gradient)

    def _objective(self, weights: np.ndarray) -> Callable[[np.ndarray], tuple[float, np.ndarray]]:
        def objective(scaled: np.ndarray) -> tuple[float, np.ndarray]:
            self.system.assign(scaled * self._sizes)
            cost, gradient = self.system.cost_and_gradient(weights)
            return (cost if math.isfinite(cost) else math.inf), gradient * self._sizes

        return objective

    @property
    def _sizes(self) -> np.ndarray:
        return np.ones(self.system.size) if self._scale is None else self._scale

    def record(self, state: Progressed) -> Progressed:
        """The state with a row added to its history."""
        loss = self._cost(state.theta, state.weights)
        row = {"iteration": float(state.iteration), "seconds": self._clock(), "loss": loss}
        return replace(state, cost=loss, history=(*state.history, row | dict(self._score())))

    def finished(self, state: Progressed) -> bool:
        """Whether the steps are done, the residual is small, or nothing better is found."""
        small = self.settings.tolerance**2 * state.first_cost
        return (
            state.iteration >= self.settings.iterations
            or state.stalled >= _STALLED
            or state.cost <= small
        )

    def _renew(self, state: Progressed) -> Progressed:
        if self._redraws and state.iteration:
            # Few points find the way, more of them tell apart what is left: with as few to the end the
            # loss at new points stays ten times the loss at the old ones.
            slow = max(state.iteration - self._start, 0)
            quick = state.iteration - slow + slow / _REDRAWS
            grown = 1.0 + _GROWTH * quick / self.settings.redraw_every
            inside = int(number_inside(self.settings, self.system) * min(grown, _GROWN))
            seed = (self.settings.seed, state.iteration)
            redraw(self.system, inside, fixed=self._fixed, seed=seed)
            points = np.asarray(self.system.data.train_x_all)
            state = replace(state, points=points)
        return self.record(state)

    def _cost(self, theta: np.ndarray, weights: np.ndarray) -> float:
        self.system.assign(theta)
        return _half_square(self.system.residuals(), weights)


def train(
    system: ResidualSystem, settings: PinnSettings, run: Run, score: Score, *, reserve: float = 0.0
) -> Progressed:
    """Steps until time, steps or the residual run out.

    Args:
        system: The problem with its network; holds the solution afterwards.
        settings: Of the run.
        run: Its clock, progress line, log and checkpoints.
        score: Numbers for the log, such as the error; called at each redraw.
        reserve: Seconds of the budget kept for what follows, on a machine that has nothing else to do.

    Returns:
        Where it ended.
    """
    keep_freed_memory()
    training = Training(
        system,
        settings,
        score,
        lambda: run.wall_seconds,
        lambda: settings.budget is not None and run.budget.spent > _SETTLING,
    )
    last = run.last_checkpoint()
    ours = last is not None and "family" not in last[1]
    state = Progressed.restored(*last) if last is not None and ours else training.begin()
    training.take_up(state)
    saved, longest = run.budget.elapsed, 0.0
    total = None if settings.budget is not None else settings.iterations
    try:
        with run.progress(total, "solving") as progress:
            while not training.finished(state):
                started = run.budget.elapsed
                # Beside other work a second of computing takes longer, before this and after it.
                kept = reserve * max(1.0, run.budget.elapsed / time.process_time())
                if run.budget.reserving(kept + longest).exhausted:
                    break
                rows = len(state.history)
                state = training.advance(state)
                for row in state.history[rows:]:
                    run.log(**row)
                progress.update(state.iteration, loss=state.cost, **state.scores)
                longest = max(longest, run.budget.elapsed - started)
                if run.budget.elapsed - saved > _CHECKPOINT_SECONDS:
                    run.checkpoint(state.tensors(), state.numbers())
                    saved = run.budget.elapsed
    except KeyboardInterrupt:
        run.checkpoint(state.tensors(), state.numbers())
        raise
    system.assign(state.theta)
    state = training.record(state)
    run.log(**state.history[-1])
    return state


def number_inside(settings: PinnSettings, system: ResidualSystem) -> int:
    """Points inside the domain to begin with: as asked for, or enough for the network.

    A network interpolates when it has as many parameters as there are residuals; half as many points
    again as parameters, or the problem's own number if that is larger, were enough where we looked,
    new ones coming in all the time.
    """
    if settings.points is not None:
        return settings.points
    return max(int(system.data.num_domain), int(1.5 * system.network_size))


def _is_hard(system: ResidualSystem) -> bool:
    """Whether a training takes so many steps that cheap ones win: a nonlinear equation in a plane or more.

    On a line a Jacobian is small; with constants to be found, observations with noise end the fit early.
    """
    plane = np.shape(system.data.train_x)[1] > 1 and not system.unknowns
    return plane and system.size <= _LARGEST and not is_linear(system.data, system.net)


def _scale(system: ResidualSystem) -> np.ndarray | None:
    """Sizes of the parameters: 1 for the network's, that of its first guess for an unknown."""
    if not system.unknowns:
        return None
    guesses = np.abs(system.vector()[system.network_size :])
    return np.concatenate([np.ones(system.network_size), np.where(guesses > 0, guesses, 1.0)])


def _half_square(terms: list[Term], weights: np.ndarray) -> float:
    residual = weigh([_numbers(t) for t in terms], weights)
    cost = 0.5 * float(residual @ residual)
    return cost if math.isfinite(cost) else math.inf


def _numbers(term: Term) -> np.ndarray:
    values: np.ndarray = term.values.cpu().numpy()
    return values
