"""The function found as a PyTorch module: a network one layer deep, of fixed features in blocks.

    u_c(x) = Σ_a w[b(x), c, a] φ_a((x − c_b)/h_b),   b(x): the block that holds x.

It is differentiable to any order by autograd, like any other network, except across a block's face.
"""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from isocline_pinn.local.features import Polynomials
from isocline_pinn.local.solution import Pieces


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
        self.register_buffer("centre", torch.from_numpy(np.concatenate([m.centre for m in meshes])))
        self.register_buffer(
            "half_width", torch.from_numpy(np.concatenate([m.half for m in meshes]))
        )
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


def _legendre(xi: Float[Tensor, " point"], degree: int) -> Float[Tensor, "point order"]:
    """P_0 … P_degree."""
    rows = [torch.ones_like(xi), xi]
    for n in range(1, degree):
        rows.append(((2 * n + 1) * xi * rows[n] - n * rows[n - 1]) / (n + 1))
    return torch.stack(rows[: degree + 1], dim=1)
