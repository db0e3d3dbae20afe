"""The weighted rows of a discretisation, with what a linear term needs asked for only once.

The user's function is called for the residuals of a term at each step. Where the term is linear in
u, its rows are the same at every step, and its residual follows from the first one:
R(c) = R(c₀) + A (c − c₀). Conditions are linear as a rule, so only the equation is called again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from isocline_pinn.local.discretisation import Discretisation
from isocline_pinn.local.rows import Bundle, Fixed
from isocline_pinn.local.sheets import Sheet


@dataclass
class _Group:
    """The bundles of one sheet, or one of the fixed rows."""

    source: Sheet | Fixed
    bundles: list[Bundle]
    at: np.ndarray | None = None

    @property
    def constant(self) -> bool:
        """Whether its rows do not depend on the coefficients."""
        return isinstance(self.source, Fixed) or self.source.traced.linear


class WeightedRows:
    """Rows and residuals of one system at any coefficients.

    Args:
        system: the discretisation.
    """

    def __init__(self, system: Discretisation) -> None:
        self.system = system
        self._groups: list[_Group] = []

    def linearise(self, coefficients: np.ndarray) -> list[Bundle]:
        """The weighted rows at these coefficients."""
        if not self._groups:
            sources: list[Sheet | Fixed] = [*self.system.sheets, *self.system.fixed]
            self._groups = [_Group(source, []) for source in sources]
        for group in self._groups:
            if group.constant and group.at is not None and not len(self.system.unknowns):
                for bundle, residual in zip(
                    group.bundles, self._moved(group, coefficients), strict=True
                ):
                    bundle.residual = residual
            else:
                group.bundles = self._asked(group.source, coefficients)
            group.at = coefficients.copy()
        return [bundle for group in self._groups for bundle in group.bundles]

    def like(self, bundles: Sequence[Bundle]) -> None:
        """Take the rows and weights of a like system for this one's; residuals stay its own."""
        rest = iter(bundles)
        self._groups = []
        for sheet in self.system.sheets:
            count = len(sheet.pairings) or sum(len(patch.blocks) for patch in sheet.patches)
            self._groups.append(_Group(sheet, [next(rest) for _ in range(count)]))
        self._groups += [_Group(rows, [next(rest)]) for rows in self.system.fixed]

    def residuals(self, coefficients: np.ndarray) -> list[np.ndarray]:
        """Weighted residuals at coefficients, bundle by bundle, with the weights at hand."""
        found: list[np.ndarray] = []
        for group in self._groups:
            if group.constant and group.at is not None and not len(self.system.unknowns):
                found.extend(self._moved(group, coefficients))
            elif isinstance(group.source, Fixed):
                found.append(group.bundles[0].weights * group.source.residual(coefficients))
            else:
                sheet = group.source
                plain = sheet.residuals(sheet.evaluate(coefficients, full=False))
                found.extend(b.weights * r for b, r in zip(group.bundles, plain, strict=True))
        return found

    def _asked(self, source: Sheet | Fixed, coefficients: np.ndarray) -> list[Bundle]:
        if isinstance(source, Fixed):
            residual = source.residual(coefficients)
            return [Bundle(self.system.sides(source), residual, np.ones(len(residual)))]
        result = source.evaluate(coefficients, full=True, unknowns=self.system.unknowns)
        return source.bundles(result)

    def _moved(self, group: _Group, coefficients: np.ndarray) -> list[np.ndarray]:
        """R(c₀) + A (c − c₀) of each bundle."""
        assert group.at is not None
        change = (coefficients - group.at).reshape(len(coefficients), -1)
        return [
            bundle.residual + sum(matrix @ change[block] for block, matrix in bundle.sides)
            for bundle in group.bundles
        ]
