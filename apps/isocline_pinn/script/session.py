"""What a script's calls of `train` become: a model is solved once, and deeper where the script wants more."""

import copy
import math
import sys
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from isocline_pinn.config import PinnSettings
from isocline_pinn.headline import headline
from isocline_pinn.problem import Problem, describe_data
from isocline_pinn.script import callbacks as told
from isocline_pinn.script.handover import HandedOver, hand_over, losses
from isocline_pinn.script.inside import answering_inside
from isocline_pinn.script.known import known_solution
from isocline_pinn.script.naming import name_unknowns
from isocline_pinn.solution import Solution
from isocline_run import Run, UserError
from isocline_run.budget import Budget

Solve = Callable[[Problem, PinnSettings, Run], Solution]

_SHARE = 1 / 3  # of the budget that each solve after the first may take at least
_DEEPER = 2  # times a model is solved again because the script measured it and asks for more
_PATIENCE = 50  # trainings of one model between which the script measures and is not content
_CHANGED = 100.0  # times a loss must grow to tell that the problem is another one
_POLISH = 1000  # iterations written down for a training that names none


@dataclass
class _Solved:
    """A model that has been handed its solution."""

    model: Any
    data: Any
    net: torch.nn.Module
    variables: list[Tensor]
    solution: Solution
    loss: float
    tolerance: float
    measured: bool = False
    rounds: int = 0
    deeper: int = 0


@dataclass
class Session:
    """One run of a script.

    Attributes:
        solve: Solves a problem with settings, in a run.
        settings: Of the first solve.
        run: Its budget is shared by the script's models.
        path: The script; None in a notebook.
        created: Each `dde.Variable` that the script made, where its backend trains all of them.
        solved: The models that have a solution, in order.
        notes: Sentences about what was left out.
    """

    solve: Solve
    settings: PinnSettings
    run: Run
    path: Path | None = None
    created: Sequence[Tensor] = ()
    solved: list[_Solved] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def solution(self) -> Solution | None:
        """The last model's solution, with the notes of the session."""
        if not self.solved:
            return None
        last = self.solved[-1].solution
        several = [f"the script solves {len(self.solved)} models; this is the last of them"]
        notes = (*last.notes, *self.notes, *(several if len(self.solved) > 1 else []))
        return replace(last, notes=notes)

    def say(self, sentence: str) -> None:
        """Tell the user, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)
            print(f"isocline: {sentence}", file=sys.stderr)

    def measured(self, model: Any) -> None:
        """The script has looked at the model's outputs."""
        for record in self.solved:
            if record.model is model:
                record.measured = True

    def train(
        self,
        model: Any,
        iterations: int | None = None,
        batch_size: Any = None,
        display_every: int = 1000,
        disregard_previous_best: bool = False,
        callbacks: Any = None,
        model_restore_path: Any = None,
        model_save_path: str | None = None,
        epochs: int | None = None,
        verbose: int = 1,
        **_: Any,
    ) -> tuple[Any, Any]:
        """In the place of `dde.Model.train`: the model answers with a solution afterwards.

        Args:
            model: Compiled.
            iterations: Written down as if they had been done.
            batch_size: Not needed.
            display_every: Not needed.
            disregard_previous_best: Not needed.
            callbacks: Told of one epoch; see `callbacks`.
            model_restore_path: Not needed.
            model_save_path: Where to save, as DeepXDE does after training.
            epochs: The old name of `iterations`.
            verbose: 0 to print nothing.

        Returns:
            The model's loss history and train state, as `dde.Model.train` does.

        Raises:
            UserError: The problem cannot be solved, or the script goes on and on.
        """
        del batch_size, display_every, disregard_previous_best, model_restore_path
        heeded, left_out = told.heeded(callbacks)
        if left_out:
            self.say(f"callbacks that have nothing to do here: {', '.join(left_out)}")
        told.begin(heeded, model)
        record = next((r for r in self.solved if r.model is model), None)
        before = None if record is None else record.solution
        if record is None or self._is_another_problem(record, model):
            record = self._first(model, record, sys._getframe(1))
        else:
            self._again(record)
        hand_over(model, record.solution, iterations or epochs or _POLISH)
        record.loss = _unweighted_loss(model)
        told.finish(heeded)
        if verbose and record.solution is not before:
            print(f"{record.solution.problem.name}: {headline(record.solution)}")
        if model_save_path is not None:
            model.save(model_save_path, verbose=verbose)
        return model.losshistory, model.train_state

    def _first(self, model: Any, before: _Solved | None, frame: types.FrameType | None) -> _Solved:
        net = model.net if before is None else before.net
        model.net = net
        problem = self._problem(model, frame)
        solution = self._solved_problem(model, problem, self.settings)
        if before is not None:
            self.solved.remove(before)
        record = _Solved(
            model,
            model.data,
            net,
            list(model.external_trainable_variables),
            solution,
            math.inf,
            self.settings.tolerance,
        )
        self.solved.append(record)
        return record

    def _again(self, record: _Solved) -> None:
        """The same problem once more: nothing to do, unless the script has measured and wants more."""
        if not record.measured:
            return
        record.measured = False
        record.rounds += 1
        if record.rounds > _PATIENCE:
            raise UserError(
                f"the script has trained one model {record.rounds} times, measuring in between, and is still "
                "not content; loosen its criterion, or give a larger --budget"
            )
        estimate = record.solution.error_estimate
        good = estimate is not None and estimate < max(1e-8, 10 * record.tolerance)
        if good or record.rounds < 2 or record.deeper >= _DEEPER:
            return
        record.deeper += 1
        record.tolerance /= 100
        problem, model = record.solution.problem, record.model
        handed, model.net = model.net, record.net
        deeper = self.settings.changed(tolerance=record.tolerance)
        found = self._solved_problem(model, problem, deeper)
        if found.error_estimate is None or (
            estimate is not None and found.error_estimate >= estimate
        ):
            model.net = handed
            return
        record.solution = found

    def _problem(self, model: Any, frame: types.FrameType | None) -> Problem:
        data, net = model.data, model.net
        if getattr(data, "geom", None) is None or not hasattr(data, "bcs"):
            kind = type(data).__name__
            raise UserError(
                f"dde.data.{kind} has no differential equation on a domain to be solved; run this script "
                "with `python`"
            )
        _take_all_observations(data)
        stem = self.path.stem if self.path is not None else "problem"
        number = len(self.solved) + 1
        problem = describe_data(
            data, net, name=stem if number == 1 else f"{stem}_{number}", path=self.path
        )
        variables = list(model.external_trainable_variables) or list(self.created)
        unknowns = name_unknowns(variables, frame, data.pde)
        return replace(problem, unknowns=unknowns, reference=known_solution(problem))

    def _solved_problem(self, model: Any, problem: Problem, settings: PinnSettings) -> Solution:
        run = copy.copy(self.run)
        if self.solved:
            run.resumed = False
            if run.budget.seconds is not None:
                seconds = max(run.budget.left, _SHARE * run.budget.seconds)
                run.budget = Budget(seconds)
        with answering_inside(model):
            return self.solve(problem, settings, run)

    def _is_another_problem(self, record: _Solved, model: Any) -> bool:
        if model.data is not record.data:
            return True
        now, then = list(model.external_trainable_variables), record.variables
        if len(now) != len(then) or any(a is not b for a, b in zip(now, then, strict=True)):
            return True
        if not isinstance(model.net, HandedOver):
            return False
        return _unweighted_loss(model) > _CHANGED * record.loss + 1e-12


def _unweighted_loss(model: Any) -> float:
    weights, model.loss_weights = model.loss_weights, None
    try:
        return float(np.sum(losses(model, most=1000)))
    finally:
        model.loss_weights = weights


def _take_all_observations(data: Any) -> None:
    """Observations in batches are observations all the same."""
    batched = [c for c in data.bcs or [] if getattr(c, "batch_size", None) is not None]
    for condition in batched:
        condition.batch_size = None
    if batched:
        data.resample_train_points(False, True)
        data.test_x, data.test_y, data.test_aux_vars = None, None, None
        data.test()
