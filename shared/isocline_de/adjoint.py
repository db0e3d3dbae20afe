"""Which parameters a backward solve must know, and the ones it would silently miss."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from isocline_de.errors import ProblemError
from isocline_de.types import VectorField


def gather_parameters(
    vector_field: VectorField, parameters: Iterable[Tensor] | None, y0: Tensor, t: Tensor
) -> tuple[Tensor, ...]:
    """The trainable tensors that ``vector_field`` depends on; frozen ones are left out.

    The continuous adjoint only finds gradients of tensors that it is told of: others would get zeros
    without a word. One evaluation of the field shows what it really uses.

    Args:
        vector_field: The field; a module brings its own parameters.
        parameters: What the caller names, or None.
        y0: Initial state.
        t: Output times.

    Raises:
        ProblemError: The state is complex, or the field uses a trainable tensor that was not named.
    """
    if y0.is_complex():
        raise ProblemError(
            "adjoint=True needs a real state and y0 is complex; "
            "leave adjoint out: the direct gradient takes both"
        )
    if parameters is not None:
        known = tuple(parameters)
    else:
        known = tuple(vector_field.parameters()) if isinstance(vector_field, nn.Module) else ()
    trainable = tuple(tensor for tensor in known if tensor.requires_grad)
    if torch.is_grad_enabled():
        _refuse_unseen(vector_field, trainable, y0, t)
    return trainable


def _refuse_unseen(
    vector_field: VectorField, known: tuple[Tensor, ...], y0: Tensor, t: Tensor
) -> None:
    slope = vector_field(t[0].detach().to(y0.dtype), y0.detach())
    unseen = _leaves(slope, known)
    if not unseen:
        return
    shapes = ", ".join(str(tuple(tensor.shape)) for tensor in unseen)
    raise ProblemError(
        f"adjoint=True was not told of {len(unseen)} trainable tensor(s) that vector_field uses (shape "
        f"{shapes}), and their gradients would be zero; name them in parameters=, or leave adjoint out"
    )


def _leaves(result: Tensor, known: tuple[Tensor, ...]) -> list[Tensor]:
    """Trainable leaves behind a result that are neither known nor behind a known tensor."""
    stops = {tensor.grad_fn for tensor in known if tensor.grad_fn is not None}
    names = {id(tensor) for tensor in known}
    waiting, seen, found = [result.grad_fn], set(stops), []
    while waiting:
        node = waiting.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        leaf = getattr(node, "variable", None)
        if leaf is not None and id(leaf) not in names:
            found.append(leaf)
        waiting.extend(before for before, _ in node.next_functions)
    return found


__all__ = ["gather_parameters"]
