"""DeepXDE's own training of a problem: its optimisers one after the other, until the wall time is spent.

The settings are those of its published Burgers example: tanh, Glorot normal, single precision; Adam at 1e-3
for at most 15,000 iterations, L-BFGS after it and, where asked for, NNCG (Nyström–Newton–CG, Rathore et
al. 2024, https://arxiv.org/abs/2402.01868) with rank 50 and damping 0.1 after that. The time is shared
evenly; what one optimiser leaves goes to those that follow.
"""

import contextlib
import functools
import io
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch

ADAM_ITERATIONS = 15_000
NNCG_RANK, NNCG_DAMPING = 50, 0.1
Precision = Literal["float64", "float32"]
Predictor = Callable[[np.ndarray], np.ndarray]
Judge = Callable[[Predictor], float]
_CHECKPOINTS = 1.25  # ratio of the times at which the error is looked at


class _OutOfTime(Exception):  # noqa: N818 - no error: it ends a training in the middle of a step
    """The time is spent."""


@dataclass(frozen=True)
class Training:
    """What a training left.

    Attributes:
        curve: Seconds and error at each look; the last is the state in which the model is left.
        notes: What went wrong on the way, a sentence each.
    """

    curve: tuple[tuple[float, float], ...]
    notes: tuple[str, ...]


class Clock:
    """Wall time without the pauses in which the error is measured.

    Args:
        seconds: The time given.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._started = time.perf_counter()
        self._paused = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds of training so far."""
        return time.perf_counter() - self._started - self._paused

    @property
    def left(self) -> float:
        """Seconds of training left."""
        return max(self.seconds - self.elapsed, 0.0)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Not counted."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._paused += time.perf_counter() - begun


@contextmanager
def precision(dtype: Precision) -> Iterator[None]:
    """DeepXDE's float inside the block; the one before, without a word, after it."""
    import deepxde as dde

    before = f"float{dde.config.real.precision}"
    with contextlib.redirect_stdout(io.StringIO()):
        dde.config.set_default_float(dtype)
    try:
        yield
    finally:
        with contextlib.redirect_stdout(io.StringIO()):
            dde.config.set_default_float(before)


@functools.cache
def warm_up() -> None:
    """Let PyTorch import what its optimisers need at their first step: two seconds, once a process."""
    for kind in (torch.optim.Adam, torch.optim.LBFGS):
        parameter = torch.nn.Parameter(torch.ones(1))
        optimiser = kind([parameter])

        def loss(of: torch.nn.Parameter = parameter) -> torch.Tensor:
            of.grad = torch.ones(1)
            return of.sum()

        optimiser.step(loss)


def train_deepxde(
    make_data: Callable[[], object], layers: list[int], *, seconds: float, seed: int
) -> Predictor:
    """Train a tanh network on a problem for `seconds` of wall time, half of it by Adam, half by L-BFGS.

    Args:
        make_data: Builds the DeepXDE `data` object (inside single precision).
        layers: Widths, inputs and outputs included.
        seconds: Wall time for both optimisers.
        seed: Of DeepXDE's and torch's generators.

    Returns:
        The trained network: points (n, d) to outputs (n, m).
    """
    import deepxde as dde

    warm_up()
    with precision("float32"):
        dde.config.set_random_seed(seed)
        model = dde.Model(make_data(), dde.nn.FNN(layers, "tanh", "Glorot normal"))
        train_model(model, ("adam", "L-BFGS"), Clock(seconds))
    return _predictor(model)


def train_model(
    model: Any,
    optimisers: Sequence[str],
    clock: Clock,
    *,
    variables: Sequence[torch.Tensor] = (),
    judge: Judge | None = None,
) -> Training:
    """Train a `dde.Model` by several optimisers within the time of a clock.

    Args:
        model: Not compiled yet.
        optimisers: "adam", "L-BFGS", "NNCG", in turn.
        clock: Started.
        variables: Constants trained with the network.
        judge: The error of a prediction; looked at on the way, with the clock stopped.

    Returns:
        Errors along the way, and what went wrong.
    """
    watch = _watch(model, clock, judge)
    for index, name in enumerate(optimisers):
        until = clock.elapsed + clock.left / (len(optimisers) - index)
        last = index + 1 == len(optimisers)
        watch.until = clock.seconds if last else until
        if watch.until <= clock.elapsed:
            continue
        _train(model, name, watch, variables)
    watch.look()
    return Training(tuple(watch.seen), tuple(watch.notes))


def _train(model: Any, name: str, watch: Any, variables: Sequence[torch.Tensor]) -> None:
    """One optimiser until its share of the time is spent."""
    import deepxde as dde
    from deepxde.optimizers.config import LBFGS_options

    options = {"external_trainable_variables": list(variables)} if variables else {}
    quiet = {"callbacks": [watch], "verbose": 0, "display_every": 10**9}
    if name == "adam":
        model.compile("adam", lr=1e-3, verbose=0, **options)
        model.train(iterations=ADAM_ITERATIONS, **quiet)
    elif name == "L-BFGS":
        dde.optimizers.set_LBFGS_options(maxiter=10**6)
        # DeepXDE looks at the clock only between steps of a thousand iterations.
        LBFGS_options["iter_per_step"], LBFGS_options["fun_per_step"] = 20, 25
        begun = -1.0
        # In single precision it often ends by itself: it is begun again with an empty memory.
        while watch.clock.elapsed < watch.until and watch.clock.elapsed - begun > 1.0:
            begun = watch.clock.elapsed
            model.compile("L-BFGS", verbose=0, **options)
            model.train(**quiet)
    else:
        size = sum(p.numel() for p in (*model.net.parameters(), *variables))
        dde.optimizers.set_NNCG_options(rank=min(NNCG_RANK, size), mu=NNCG_DAMPING)
        model.compile("NNCG", verbose=0, **options)
        _stop_within_a_step(model.opt, watch)
        try:
            with contextlib.suppress(_OutOfTime), _without_nncg_words():
                model.train(iterations=10**9, **quiet)
        except torch.linalg.LinAlgError as error:  # type: ignore[attr-defined]
            # Its preconditioner; the network is as its last step left it.
            watch.notes.append(f"NNCG ended early: {str(error).splitlines()[0]}")


@contextmanager
def _without_nncg_words() -> Iterator[None]:
    """It prints a line each time its inner iteration ends short of 1e-16, and makes PyTorch warn."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "Converting a tensor with requires_grad=True", UserWarning
        )
        yield


def _stop_within_a_step(optimiser: Any, watch: Any) -> None:
    """A step of NNCG has up to a thousand Hessian products: look at the clock at each.

    The parameters change only when a step is complete, so an unfinished one leaves them as they were.
    """
    product = optimiser._hvp

    def timed(*arguments: Any) -> Any:
        if watch.clock.elapsed > watch.until:
            raise _OutOfTime
        return product(*arguments)

    optimiser._hvp = timed


def _watch(model: Any, clock: Clock, judge: Judge | None) -> Any:
    """A DeepXDE callback that stops the training in time and keeps errors along the way."""
    import deepxde as dde

    predict = _predictor(model)

    class Watch(dde.callbacks.Callback):  # type: ignore[misc]
        """Looks at the clock after each step."""

        def __init__(self) -> None:
            super().__init__()
            self.clock = clock
            self.until = clock.seconds
            self.seen: list[tuple[float, float]] = []
            self.notes: list[str] = []
            self._next = 0.02 * clock.seconds

        def on_epoch_end(self) -> None:
            """Measure the error when it is time, and stop when the share is spent."""
            if self.clock.elapsed >= self._next:
                self.look()
            if self.clock.elapsed > self.until:
                self.model.stop_training = True

        def look(self) -> None:
            """Measure the error."""
            at = self.clock.elapsed
            self._next = max(at, self._next) * _CHECKPOINTS
            if judge is not None:
                with self.clock.paused():
                    self.seen.append((at, judge(predict)))

    return Watch()


def _predictor(model: Any) -> Predictor:
    """The model's prediction, in the precision of its weights."""
    double = next(model.net.parameters()).dtype is torch.float64

    def predict(points: np.ndarray) -> np.ndarray:
        with precision("float64" if double else "float32"):
            return np.asarray(model.predict(points), dtype=float)

    return predict
