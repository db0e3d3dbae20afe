"""Networks and settings that DeepXDE's PyTorch backend lacks, for scripts written for another one."""

from collections.abc import Callable
from typing import Any

import deepxde as dde
import torch
from torch import Tensor


def tolerant_network(network: type) -> type:
    """The same network, deaf to the arguments that only other backends know (dropout, …).

    TensorFlow sizes the first layer by what the feature transform returns; so does this one.
    """

    class Tolerant(network):  # type: ignore[misc]
        def __init__(
            self, layer_sizes: Any, activation: Any, kernel_initializer: Any, *_: Any, **__: Any
        ) -> None:
            super().__init__(layer_sizes, activation, kernel_initializer)
            self._inputs = int(layer_sizes[0])

        def apply_feature_transform(self, transform: Callable[[Tensor], Tensor]) -> None:
            super().apply_feature_transform(transform)
            self._fit_first_layer(int(transform(torch.zeros(2, self._inputs)).shape[-1]))

        def _fit_first_layer(self, width: int) -> None:
            layers = [
                (name, layer)
                for name, layer in self.named_modules()
                if isinstance(layer, torch.nn.Linear) and name.endswith((".0", ".0.0"))
            ]
            for name, layer in layers:
                if layer.in_features == self._inputs != width:
                    holder, _, last = name.rpartition(".")
                    fitted = torch.nn.Linear(width, layer.out_features, dtype=layer.weight.dtype)
                    self.get_submodule(holder)[int(last)] = fitted

    Tolerant.__name__ = Tolerant.__qualname__ = network.__name__
    return Tolerant


def stand_ins() -> dict[str, Callable[..., Any]]:
    """By name: multi-scale Fourier and residual networks as plain ones of the same size.

    They only say how many inputs and outputs there are, unless the script insists on training them.
    """

    def fourier(
        layer_sizes: Any, activation: Any, kernel_initializer: Any, *_: Any, **__: Any
    ) -> Any:
        return dde.nn.FNN(layer_sizes, activation, kernel_initializer)

    def residual(
        input_size: int,
        output_size: int,
        num_neurons: int,
        num_blocks: int,
        activation: Any,
        kernel_initializer: Any,
        *_: Any,
        **__: Any,
    ) -> Any:
        sizes = [input_size] + [num_neurons] * (num_blocks + 1) + [output_size]
        return dde.nn.FNN(sizes, activation, kernel_initializer)

    wanted: dict[str, Callable[..., Any]] = {
        "MsFFN": fourier,
        "STMsFFN": fourier,
        "ResNet": residual,
    }
    return {name: make for name, make in wanted.items() if not hasattr(dde.nn, name)}
