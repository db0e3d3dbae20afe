"""The function found: polynomials in blocks, slab after slab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from isocline_pinn.local.blocks import Mesh
from isocline_pinn.local.features import Alpha, Polynomials, polynomials_of
from isocline_pinn.trace import Jet


@dataclass
class Piece:
    """One region's function.

    Attributes:
        mesh: its blocks.
        polynomials: their features.
        coefficients: shape (blocks, outputs, features).
    """

    mesh: Mesh
    polynomials: Polynomials
    coefficients: np.ndarray

    def derivative(self, points: np.ndarray, alpha: Alpha) -> np.ndarray:
        """D^α u at points of shape (n, d): shape (n, outputs)."""
        blocks = self.mesh.locate(points)
        found = np.empty((len(points), self.coefficients.shape[1]))
        order = np.argsort(blocks, kind="stable")
        for rows in np.split(order, np.nonzero(np.diff(blocks[order]))[0] + 1):
            if not len(rows):
                continue
            block = int(blocks[rows[0]])
            xi = self.mesh.local(points[rows], blocks[rows])
            table = self.polynomials.derivatives(xi, [alpha])[alpha]
            scale = np.prod(self.mesh.half[block] ** np.array(alpha, dtype=float))
            found[rows] = table @ self.coefficients[block].T / scale
        return found

    def jets(self, points: np.ndarray, jets: Sequence[Jet]) -> dict[Jet, np.ndarray]:
        """The named jets at points."""
        tables = {alpha: self.derivative(points, alpha) for alpha in {a for _, a in jets}}
        return {(output, alpha): tables[alpha][:, output] for output, alpha in jets}

    def tails(self) -> np.ndarray:
        """Mean-square root of the two highest shells, by direction: shape (blocks, outputs, d).

        A coefficient's square counts for direction j in the share a_j / |a|.
        """
        indices = self.polynomials.indices
        total = indices.sum(axis=1)
        top = total >= self.polynomials.degree - 1
        share = indices[top] / np.maximum(total[top], 1)[:, None]
        return np.sqrt(np.einsum("bcr,rj->bcj", self.coefficients[:, :, top] ** 2, share))

    def raised(self, degree: int) -> np.ndarray:
        """The same coefficients among features of a higher degree (features are hierarchical)."""
        wider = Polynomials(self.polynomials.dimension, degree)
        found = np.zeros((*self.coefficients.shape[:2], wider.count))
        count = min(wider.count, self.polynomials.count)
        found[:, :, :count] = self.coefficients[:, :, :count]
        return found


@dataclass
class Pieces:
    """Regions one after the other in time (or a single one).

    Attributes:
        parts: the regions.
        time_axis: along which they follow one another, or None.
    """

    parts: list[Piece]
    time_axis: int | None

    def derivative(self, points: np.ndarray, alpha: Alpha) -> np.ndarray:
        """D^α u at points of shape (n, d): shape (n, outputs)."""
        if len(self.parts) == 1 or self.time_axis is None:
            return self.parts[0].derivative(points, alpha)
        starts = [part.mesh.lower[:, self.time_axis].min() for part in self.parts]
        which = np.searchsorted(starts, points[:, self.time_axis], side="right") - 1
        which = np.clip(which, 0, len(self.parts) - 1)
        found = np.empty((len(points), self.parts[0].coefficients.shape[1]))
        for i in np.unique(which):
            found[which == i] = self.parts[i].derivative(points[which == i], alpha)
        return found

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """U at points of shape (n, d): shape (n, outputs)."""
        return self.derivative(points, (0,) * points.shape[1])

    def arrays(self) -> dict[str, np.ndarray]:
        """Everything as arrays, for a checkpoint; `from_arrays` reads them."""
        axis = -1 if self.time_axis is None else self.time_axis
        found = {"time_axis": np.array(axis), "parts": np.array(len(self.parts))}
        for i, part in enumerate(self.parts):
            mesh = part.mesh
            found |= {
                f"{i}.boxes": np.stack([mesh.lower, mesh.upper, mesh.centre, mesh.half]),
                f"{i}.cut": mesh.cut,
                f"{i}.degree": np.array(part.polynomials.degree),
                f"{i}.coefficients": part.coefficients,
            }
        return found

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Pieces:
        """The function that `arrays` gave."""
        parts = []
        for i in range(int(arrays["parts"])):
            boxes = arrays[f"{i}.boxes"]
            lower, upper, centre, half = boxes
            mesh = Mesh(lower, upper, centre, half, np.asarray(arrays[f"{i}.cut"], bool))
            polynomials = polynomials_of(boxes.shape[2], int(arrays[f"{i}.degree"]))
            parts.append(Piece(mesh, polynomials, np.asarray(arrays[f"{i}.coefficients"])))
        axis = int(arrays["time_axis"])
        return cls(parts, None if axis < 0 else axis)

    @property
    def blocks(self) -> int:
        """Blocks of all regions together."""
        return sum(part.mesh.count for part in self.parts)

    @property
    def unknowns(self) -> int:
        """Coefficients of all regions together."""
        return sum(part.coefficients.size for part in self.parts)


def project(polynomials: Polynomials, mesh: Mesh, function: Pieces | Piece) -> np.ndarray:
    """Coefficients of a known function on other blocks, by least squares at Gauss points."""
    dimension = polynomials.dimension
    local = polynomials.points
    zero = (0,) * dimension
    points = mesh.centre[:, None] + mesh.half[:, None] * local
    values = function.derivative(points.reshape(-1, dimension), zero)
    values = values.reshape(mesh.count, len(local), -1)
    return np.einsum("rm,bmc->bcr", polynomials.projection, values)
