"""A network evaluated with a copy of its parameters for each point."""

from typing import Any

import torch
from torch import Tensor
from torch.func import functional_call, vmap


def outputs_of_copies(net: torch.nn.Module, copies: list[Tensor], inputs: Tensor) -> Tensor:
    """Outputs of a network whose parameters differ from point to point.

    Args:
        net: The network.
        copies: Its parameters that require a gradient, in order, each of shape (n, *shape).
        inputs: Points, shape (n, d).

    Returns:
        Outputs, shape (n, m).
    """
    if _is_plain(net):
        return _dense(net, copies, inputs)
    names = [name for name, p in net.named_parameters() if p.requires_grad]

    def one(parameters: list[Tensor], point: Tensor) -> Tensor:
        values = dict(zip(names, parameters, strict=True))
        result: Tensor = functional_call(net, values, (point[None],))[0]
        return result

    result: Tensor = vmap(one)(copies, inputs)
    return result


def _is_plain(net: torch.nn.Module) -> bool:
    from deepxde.nn.pytorch.fnn import FNN

    return type(net) is FNN and all(p.requires_grad for p in net.parameters())


def _dense(net: Any, copies: list[Tensor], inputs: Tensor) -> Tensor:
    """The same for a fully connected network, in half of `vmap`'s time.

    A batch of small matrices times vectors is bound by memory: a product and a sum beat `bmm`.
    """
    hidden = inputs if net._input_transform is None else net._input_transform(inputs)
    last = len(net.linears) - 1
    for layer in range(last + 1):
        weight, bias = copies[2 * layer], copies[2 * layer + 1]
        hidden = (weight * hidden[:, None, :]).sum(-1) + bias
        if layer < last:
            several = isinstance(net.activation, list)
            hidden = (net.activation[layer] if several else net.activation)(hidden)
    if net._output_transform is not None:
        hidden = net._output_transform(inputs, hidden)
    return hidden
