"""One level: the network of one degree, fitted at points chosen for it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from isocline_pinn.domain import bounding_box
from isocline_pinn.local.features import polynomials_of
from isocline_pinn.problem import Problem
from isocline_pinn.problem_file import EVALUATION_ERRORS, sentence_about
from isocline_pinn.trace.surrogate import Jet
from isocline_pinn.whole.basis import Basis, make_basis
from isocline_pinn.whole.coupling import CoupledSystem
from isocline_pinn.whole.errors import WholeNetworkError
from isocline_pinn.whole.gauss_newton import Fit, fit
from isocline_pinn.whole.network import WholeNetwork
from isocline_pinn.whole.points import accepts_points, interior_points, points_for
from isocline_pinn.whole.result import WholeConstant
from isocline_run import UserError

_ROWS = 1.25  # least residuals a coefficient, where the points are fixed


@dataclass(frozen=True)
class Level:
    """A network of one degree.

    Attributes:
        degree: Of the features.
        network: As a module.
        basis: Its features.
        fit: Its coefficients and how they were found.
        constants: The unknowns as this level found them.
    """

    degree: int
    network: WholeNetwork
    basis: Basis
    fit: Fit
    constants: list[WholeConstant]


class Solver:
    """Levels of one problem.

    Args:
        problem: Its data, output transform and unknowns.
        seed: Of the points.
        loss_weights: The user's weights of equations, then conditions.
    """

    def __init__(
        self, problem: Problem, seed: int, loss_weights: Sequence[float] | None = None
    ) -> None:
        self.problem = problem
        self.transform = getattr(problem.net, "_output_transform", None)
        self._seed = seed
        self._loss_weights = loss_weights
        self._low, self._high = bounding_box(problem.data.geom)
        self._jets: list[Jet] | None = None
        # DeepXDE caches conditions' values under the ids of arrays, which must live on.
        self._kept: list[Any] = []

    def features(self, degree: int) -> int:
        """How many features a degree has."""
        return polynomials_of(len(self._low), degree).count

    def level(
        self,
        degree: int,
        before: Level | None,
        deadline: float | None = None,
        data: Any = None,
    ) -> Level | None:
        """The level of a degree.

        Args:
            degree: Of the features.
            before: A level to start from.
            deadline: On the monotonic clock; no further iteration begins after it.
            data: Another data object of the same equations; the problem's own when None.

        Returns:
            The level; None where the problem has too few points for it.

        Raises:
            WholeNetworkError: The residuals are not numbers.
            UserError: An equation or condition raises.
        """
        try:
            return self._level(degree, before, deadline, data or self.problem.data)
        except FloatingPointError:
            raise WholeNetworkError(
                f"the residuals of {self.problem.name} are not finite where the iteration stands"
            ) from None
        except EVALUATION_ERRORS as error:
            raise UserError(sentence_about(error, self.problem.path)) from error

    def _level(
        self, degree: int, before: Level | None, deadline: float | None, data: Any
    ) -> Level | None:
        features, outputs = self.features(degree), len(self.problem.outputs)
        unknowns = tuple(self.problem.unknowns.values())
        placed = points_for(data, features, self._seed)
        self._kept.append(placed)
        system = CoupledSystem(placed, outputs, self.transform, unknowns, self._jets)
        self._jets = system.jets
        inner = interior_points(placed.geom, max(6 * features, 200), 3)
        basis = make_basis(self._low, self._high, degree, inner, _highest(placed))
        start = np.zeros((basis.count, outputs))
        if before is not None:
            values = before.basis.values(inner) @ before.fit.coefficients
            start = np.linalg.lstsq(basis.values(inner), values, rcond=None)[0]
        rows = sum(len(t.values) for t in system.residuals(basis, start))
        if rows < _ROWS * start.size:
            return None
        found = fit(system, basis, start, self._emphasis(), _over(deadline))
        network = WholeNetwork(basis, found.coefficients, self.transform)
        values = [float(u.detach()) for u in unknowns]
        pairs = zip(values, found.deviations.tolist(), strict=True)
        return Level(degree, network, basis, found, [WholeConstant(v, d) for v, d in pairs])

    def _emphasis(self) -> np.ndarray | None:
        """The user's weights; they matter where equations and observations disagree."""
        if self._loss_weights is None or not self.problem.unknowns:
            return None
        weights = np.asarray(self._loss_weights, dtype=float)
        return weights / weights.max()


def _highest(data: Any) -> np.ndarray | None:
    """Degrees that points which the problem fixes can tell apart, a direction."""
    if accepts_points(data):
        return None
    points = np.asarray(data.train_x)
    distinct = [len(np.unique(np.round(column, 12))) for column in points.T]
    return np.maximum(np.array(distinct) - 2, 1)


def _over(deadline: float | None) -> Callable[[], bool]:
    return lambda: deadline is not None and time.monotonic() > deadline
