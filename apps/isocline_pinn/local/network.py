"""The function found as a PyTorch module: a network one layer deep, of fixed features in blocks.

    u_c(x) = Σ_a w[b(x), c, a] φ_a((x − c_b)/h_b),   b(x): the block that holds x.

It is differentiable to any order by autograd, like any other network, except across a block's face.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from isocline_pinn.local.blocks import Mesh
from isocline_pinn.local.features import Polynomials
from isocline_pinn.local.solution import Piece, Pieces

_GEOMETRY = {
    "lower": "lower",
    "upper": "upper",
    "centre": "centre",
    "half_width": "half",
    "cut": "cut",
}
"""Buffer of the network → field of its meshes."""


class LocalNetwork(torch.nn.Module):
    """A solution by local networks; see `solve_locally`.

    Args:
        pieces: The function in blocks, slab after slab.
        transform: T of u = T(x, v), or None.
    """

    def __init__(self, pieces: Pieces, transform: object = None) -> None:
        super().__init__()
        self._pieces = pieces
        self._transform = transform
        degree = max(part.polynomials.degree for part in pieces.parts)
        wide = Polynomials(pieces.parts[0].polynomials.dimension, degree)
        self._degree = degree
        self.weights = torch.nn.Parameter(
            torch.from_numpy(np.concatenate([part.raised(degree) for part in pieces.parts]))
        )
        meshes = [part.mesh for part in pieces.parts]
        for name, of_mesh in _GEOMETRY.items():
            joined = np.concatenate([getattr(mesh, of_mesh) for mesh in meshes])
            self.register_buffer(name, torch.from_numpy(joined))
        self.register_buffer("indices", torch.from_numpy(wide.indices))
        norm = np.sqrt(np.prod(2 * wide.indices + 1, axis=1))
        self.register_buffer("norm", torch.from_numpy(norm))

    def forward(self, x: Float[Tensor, "point dimension"]) -> Float[Tensor, "point output"]:
        """The outputs at points."""
        blocks = torch.from_numpy(self._blocks(x.detach().cpu().numpy())).to(x.device)
        xi = (x - self.get_buffer("centre")[blocks]) / self.get_buffer("half_width")[blocks]
        features = self.get_buffer("norm").expand(len(x), -1)
        indices = self.get_buffer("indices")
        for direction in range(x.shape[1]):
            table = _legendre(xi[:, direction], self._degree)
            features = features * table[:, indices[:, direction]]
        values = torch.einsum("nr,ncr->nc", features, self.weights[blocks])
        return self._transform(x, values) if callable(self._transform) else values

    @property
    def features(self) -> int:
        """Weights of one block: what a point costs."""
        return self.weights.shape[1] * self.weights.shape[2]

    @property
    def blocks(self) -> np.ndarray:
        """Lower and upper corners of all blocks, shape (blocks, 2, d)."""
        corners = torch.stack([self.get_buffer("lower"), self.get_buffer("upper")], dim=1)
        return corners.cpu().numpy()

    @property
    def description(self) -> dict[str, Any]:
        """What `restored` asks for beside the tensors of `state_dict`: numbers and lists."""
        parts = self._pieces.parts
        return {
            "degrees": [part.polynomials.degree for part in parts],
            "blocks": [part.mesh.count for part in parts],
            "time_axis": self._pieces.time_axis,
        }

    @classmethod
    def restored(
        cls,
        description: Mapping[str, Any],
        tensors: Mapping[str, Tensor],
        transform: object = None,
    ) -> "LocalNetwork":
        """The network of which `description` and `state_dict` were kept.

        Args:
            description: Of the network that was kept.
            tensors: Its `state_dict`.
            transform: T of u = T(x, v), or None; a function is not kept.
        """
        parts, first = [], 0
        dimension = tensors["centre"].shape[1]
        for degree, count in zip(description["degrees"], description["blocks"], strict=True):
            rows = slice(first, first + count)
            arrays = {m: tensors[n][rows].numpy() for n, m in _GEOMETRY.items()}
            features = Polynomials(dimension, degree)
            coefficients = tensors["weights"][rows, :, : features.count].numpy()
            parts.append(Piece(Mesh(**arrays), features, coefficients))
            first += count
        return cls(Pieces(parts, description["time_axis"]), transform)

    def _blocks(self, points: np.ndarray) -> np.ndarray:
        """The block of each point, numbered over all regions."""
        pieces = self._pieces
        which = np.zeros(len(points), dtype=int)
        if len(pieces.parts) > 1 and pieces.time_axis is not None:
            starts = [part.mesh.lower[:, pieces.time_axis].min() for part in pieces.parts]
            which = np.searchsorted(starts, points[:, pieces.time_axis], side="right") - 1
            which = np.clip(which, 0, len(pieces.parts) - 1)
        first = np.cumsum([0, *(part.mesh.count for part in pieces.parts)])
        found = np.empty(len(points), dtype=int)
        for region in np.unique(which):
            rows = which == region
            found[rows] = first[region] + pieces.parts[region].mesh.locate(points[rows])
        return found


@dataclass(frozen=True)
class Checked:
    """The estimated error: how far the solution lies from the same, corrected at a higher degree.

    Attributes:
        network: The solution.
        corrected: The better one that tells its error.
    """

    network: torch.nn.Module
    corrected: torch.nn.Module

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Estimated |error| at points of shape (n, d): shape (n, outputs)."""
        x = torch.from_numpy(np.asarray(points, dtype=float))
        with torch.no_grad():
            difference = torch.abs(self.corrected(x) - self.network(x))
        return difference.numpy()


def _legendre(xi: Float[Tensor, " point"], degree: int) -> Float[Tensor, "point order"]:
    """P_0 … P_degree."""
    rows = [torch.ones_like(xi), xi]
    for n in range(1, degree):
        rows.append(((2 * n + 1) * xi * rows[n] - n * rows[n - 1]) / (n + 1))
    return torch.stack(rows[: degree + 1], dim=1)
