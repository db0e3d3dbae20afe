"""The function found as a PyTorch module: one hidden layer of fixed polynomials over the domain."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from isocline_pinn.whole.basis import Basis


class WholeNetwork(torch.nn.Module):
    """u(x) = T(x, Σ_k W[k] φ_k(x)), differentiable to any order by autograd.

    Args:
        basis: The features.
        coefficients: W, shape (features, outputs).
        transform: The problem's output transform T, or None.
    """

    def __init__(
        self,
        basis: Basis,
        coefficients: np.ndarray,
        transform: Callable[[Tensor, Tensor], Tensor] | None = None,
    ) -> None:
        super().__init__()
        self._transform = transform
        indices = basis.polynomials.indices[basis.kept]
        norm = np.sqrt(np.prod(2 * indices + 1, axis=1))
        self.weights = torch.nn.Parameter(
            torch.from_numpy(norm[:, None] * (basis.change @ coefficients))
        )
        self.register_buffer("indices", torch.from_numpy(indices))
        self.register_buffer("centre", torch.from_numpy((basis.low + basis.high) / 2))
        self.register_buffer("half_width", torch.from_numpy((basis.high - basis.low) / 2))

    @property
    def features(self) -> int:
        """How many there are: what a point costs."""
        return len(self.weights)

    @property
    def description(self) -> dict[str, Any]:
        """What `restored` asks for beside the tensors of `state_dict`."""
        return {"features": len(self.weights)}

    @classmethod
    def restored(
        cls,
        description: Mapping[str, Any],  # noqa: ARG003  (as other networks are restored)
        tensors: Mapping[str, Tensor],
        transform: Any = None,
    ) -> "WholeNetwork":
        """The network of which `state_dict` was kept.

        Args:
            description: Of the network that was kept.
            tensors: Its `state_dict`.
            transform: T of u = T(x, v), or None; a function is not kept.
        """
        network = cls.__new__(cls)
        torch.nn.Module.__init__(network)
        network._transform = transform
        network.weights = torch.nn.Parameter(tensors["weights"])
        for name in ("indices", "centre", "half_width"):
            network.register_buffer(name, tensors[name])
        return network

    def forward(self, x: Float[Tensor, "point dimension"]) -> Float[Tensor, "point output"]:
        """The outputs at points."""
        xi = (x - self.get_buffer("centre")) / self.get_buffer("half_width")
        indices = self.get_buffer("indices")
        degree = int(indices.max())
        features = torch.ones_like(xi[:, :1])
        for direction in range(x.shape[1]):
            table = _legendre(xi[:, direction], degree)
            features = features * table[:, indices[:, direction]]
        values = features @ self.weights
        return values if self._transform is None else self._transform(x, values)


def _legendre(xi: Float[Tensor, " point"], degree: int) -> Float[Tensor, "point order"]:
    """P_0 … P_degree."""
    rows = [torch.ones_like(xi), xi]
    for n in range(1, degree):
        rows.append(((2 * n + 1) * xi * rows[n] - n * rows[n - 1]) / (n + 1))
    return torch.stack(rows[: degree + 1], dim=1)
