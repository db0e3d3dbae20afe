"""A sheet is one term (the equation or a condition) over all its points.

The user's function is called once for all blocks; jets go in from the features, residuals and
sensitivities come out and become rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from isocline_pinn.local.errors import BadConditionError, BadEquationError
from isocline_pinn.local.rows import Bundle, Pairing, Patch, damping
from isocline_pinn.trace import Evaluation, Term, TracedTerm, evaluate


@dataclass
class Sheet:
    """Points of one term and the patches that cover them.

    Attributes:
        term: what is evaluated.
        traced: the jets that it uses.
        points: shape (n, d); kept alive, as DeepXDE caches by identity.
        patches: cover all points.
        outputs: outputs of u.
        pairings: for periodic conditions; else empty.
        total_degrees: |a| of each feature.
        highest: the highest derivative of the whole problem.
        emphasis: weight of the group relative to its rows' RMS norm.
        by_block: whether each block's rows are normalised by themselves (the equation) or all
            together (a condition).
        observed: the number of the set of observations that it is, or None.
    """

    term: Term
    traced: TracedTerm
    points: np.ndarray
    patches: list[Patch]
    outputs: int
    total_degrees: np.ndarray
    highest: int
    pairings: list[Pairing] = field(default_factory=list)
    emphasis: float = 1.0
    by_block: bool = True
    observed: int | None = None

    def evaluate(
        self, coefficients: np.ndarray, *, full: bool, unknowns: Sequence[Tensor] = ()
    ) -> Evaluation:
        """The residuals at coefficients of shape (blocks, outputs, features)."""
        jets = {}
        for output, alpha in self.traced.jets:
            values = np.zeros(len(self.points))
            for patch in self.patches:
                values[patch.place] = patch.values(alpha, coefficients[:, output])
            jets[output, alpha] = values
        result = evaluate(
            self.term.at(self.points),
            self.points,
            jets,
            self.outputs,
            sensitivities=full,
            unknowns=unknowns,
            rows=self._rows,
        )
        return self._checked(result)

    @property
    def _rows(self) -> int:
        return len(self.points) // 2 if self.term.paired else len(self.points)

    def _checked(self, result: Evaluation) -> Evaluation:
        rows = self._rows
        error = BadEquationError if self.by_block else BadConditionError
        if result.residuals.shape[1] != rows:
            raise error(
                f"{self.term.name} returned {result.residuals.shape[1]} rows for {rows} points; "
                "it must return one row a point."
            )
        return result

    def residuals(self, result: Evaluation) -> list[np.ndarray]:
        """Residuals bundle by bundle, in the order of `bundles`."""
        if self.pairings:
            return [result.residuals[:, pair.rows].ravel() for pair in self.pairings]
        return [
            result.residuals[:, place].ravel() for patch in self.patches for place in patch.place
        ]

    def bundles(self, result: Evaluation) -> list[Bundle]:
        """The linearised rows, normalised and weighted."""
        found = self._paired(result) if self.pairings else self._single(result)
        self._normalise(found, len(result.residuals))
        return found

    def _single(self, result: Evaluation) -> list[Bundle]:
        found: list[Bundle] = []
        for patch in self.patches:
            matrix = self._columns(patch, result, patch.place)
            for i, block in enumerate(patch.blocks):
                place = patch.place[i]
                found.append(
                    Bundle(
                        [(int(block), matrix[i])],
                        result.residuals[:, place].ravel(),
                        np.ones(len(matrix[i])),
                        self._constants(result, place),
                        self.observed,
                    )
                )
        return found

    def _paired(self, result: Evaluation) -> list[Bundle]:
        half = len(self.points) // 2
        found: list[Bundle] = []
        for pair in self.pairings:
            left = self._columns(pair.first, result, pair.rows[None, :])[0]
            right = self._columns(pair.second, result, pair.rows[None, :] + half)[0]
            k, other = int(pair.first.blocks[0]), int(pair.second.blocks[0])
            sides = [(k, left + right)] if k == other else [(k, left), (other, right)]
            residual = result.residuals[:, pair.rows].ravel()
            found.append(
                Bundle(sides, residual, np.ones(len(residual)), self._constants(result, pair.rows))
            )
        return found

    def _columns(self, patch: Patch, result: Evaluation, place: np.ndarray) -> np.ndarray:
        """Shape (b, residuals · m, outputs · features)."""
        blocks, count = place.shape
        features = next(iter(patch.features.values())).shape[-1]
        rows = len(result.residuals)
        matrix = np.zeros((blocks, rows, count, self.outputs, features))
        for e, sensitivity in enumerate(result.sensitivities):
            for (output, alpha), value in sensitivity.items():
                matrix[:, e, :, output] += patch.columns(alpha, value[place])
        return matrix.reshape(blocks, rows * count, self.outputs * features)

    @staticmethod
    def _constants(result: Evaluation, place: np.ndarray) -> np.ndarray | None:
        if result.constants is None or result.constants.shape[2] == 0:
            return None
        columns = result.constants[:, place]
        return columns.reshape(-1, columns.shape[2])

    def _damping(self) -> np.ndarray:
        """Column factors with which row norms are taken, shape (outputs · features,)."""
        order = max((sum(alpha) for _, alpha in self.traced.jets), default=0)
        return np.tile(damping(self.total_degrees, order, self.highest), self.outputs)

    def _normalise(self, bundles: list[Bundle], residuals: int) -> None:
        """One weight an (equation, block) or a condition: 1 / RMS norm of its rows."""
        norms = []
        damping = self._damping()
        for bundle in bundles:
            square = sum(((side[1] * damping) ** 2).sum(axis=1) for side in bundle.sides)
            norms.append(np.reshape(square, (residuals, -1)))
        if not norms:
            return
        together = np.concatenate(norms, axis=1).mean(axis=1, keepdims=True)
        for bundle, norm in zip(bundles, norms, strict=True):
            mean = norm.mean(axis=1, keepdims=True) if self.by_block else together
            weight = self.emphasis / np.sqrt(np.where(mean > 0, mean, 1.0))
            weights = np.broadcast_to(weight, norm.shape).ravel()
            bundle.sides = [(k, weights[:, None] * matrix) for k, matrix in bundle.sides]
            bundle.residual = weights * bundle.residual
            bundle.weights = weights
            if bundle.constants is not None:
                bundle.constants = weights[:, None] * bundle.constants
