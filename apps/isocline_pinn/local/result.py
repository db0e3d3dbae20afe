"""What a solve by local networks hands back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from isocline_pinn.local.features import Alpha
from isocline_pinn.local.solution import Pieces


@dataclass(frozen=True)
class LevelRecord:
    """One level of refinement.

    Attributes:
        number: from one.
        degree: of the features.
        blocks: over all slabs.
        unknowns: coefficients over all slabs.
        difference: relative L2 difference from the level before: that level's error.
        seconds: taken by this level.
        elapsed: since the solve began.
        pieces: the level's solution.
    """

    number: int
    degree: int
    blocks: int
    unknowns: int
    difference: float | None
    seconds: float
    elapsed: float
    pieces: Pieces = field(repr=False, compare=False)


@dataclass(frozen=True)
class Constant:
    """An unknown constant found.

    Attributes:
        value: the estimate.
        deviation: its standard deviation, from the noise of the observations.
        freedom: degrees of freedom of that noise.
    """

    value: float
    deviation: float
    freedom: float = np.inf


@dataclass(frozen=True)
class LocalResult:
    """A solution by local networks.

    Attributes:
        pieces: the function in blocks (of v where u = T(x, v)).
        checked: the same, corrected at two degrees more; None where time did not allow it.
        error_estimate: estimated relative L2 error; None after a single, unchecked level.
        levels: one record a level.
        constants: in the order of the unknowns given.
        seconds: taken in all.
        marched: whether it was found slab by slab in time.
        transform: the output transform, or None.
    """

    pieces: Pieces
    checked: Pieces | None
    error_estimate: float | None
    levels: list[LevelRecord]
    constants: list[Constant]
    seconds: float
    marched: bool
    transform: Callable[[Tensor, Tensor], Tensor] | None = None

    def solution(self, points: np.ndarray) -> np.ndarray:
        """U at points of shape (n, d): shape (n, outputs)."""
        return self._transformed(self.pieces, points)

    def derivative(self, points: np.ndarray, alpha: Alpha) -> np.ndarray:
        """D^α of the network's outputs (before an output transform): shape (n, outputs)."""
        return self.pieces.derivative(np.asarray(points, dtype=float), tuple(alpha))

    def estimated_error(self, points: np.ndarray) -> np.ndarray:
        """Estimated |error| at points of shape (n, d): shape (n, outputs); NaN without a check."""
        found = self.solution(points)
        if self.checked is None:
            return np.full_like(found, np.nan)
        return np.abs(self._transformed(self.checked, points) - found)

    @property
    def blocks(self) -> np.ndarray:
        """Lower and upper corners of all blocks, shape (blocks, 2, d)."""
        meshes = [part.mesh for part in self.pieces.parts]
        return np.concatenate([np.stack([m.lower, m.upper], 1) for m in meshes])

    def _transformed(self, pieces: Pieces, points: np.ndarray) -> np.ndarray:
        places = np.asarray(points, dtype=float)
        values = pieces(places)
        if self.transform is None:
            return values
        x, v = torch.from_numpy(places), torch.from_numpy(values)
        return self.transform(x, v).detach().numpy()
