"""TensorFlow's names over PyTorch, for scripts that were written for DeepXDE's other backends.

Most DeepXDE scripts use a dozen functions of their backend (`tf.sin`, `tf.concat`, `tf.reduce_sum`, …)
on tensors that are PyTorch's here. `tensorflow_over_pytorch()` makes a module in which these names do what
they do in TensorFlow. Floating types are double precision throughout, as everything is solved in it.
"""

import types
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from typing import Any

import torch
from torch import Tensor

from isocline_run import UserError

REAL = torch.float64


def as_tensor(value: Any, like: Tensor | None = None) -> Tensor:
    """A tensor; floating numbers in double precision, or in the precision of `like`."""
    if isinstance(value, Tensor):
        return value
    if isinstance(value, list | tuple) and any(isinstance(item, Tensor) for item in value):
        return torch.stack([as_tensor(item) for item in value])
    tensor = torch.as_tensor(value)
    if tensor.is_floating_point():
        return tensor.to(REAL if like is None else like.dtype)
    return tensor


def _elementwise(function: Callable[..., Any]) -> Callable[..., Any]:
    def apply(x: Any, *others: Any, name: str | None = None) -> Any:  # noqa: ARG001
        first = as_tensor(x)
        # An integer has no sine in TensorFlow either, but NumPy's scripts expect one.
        if not first.is_floating_point() and not others and function not in _OF_INTEGERS:
            first = first.to(REAL)
        return function(first, *[as_tensor(other) for other in others])

    return apply


_OF_INTEGERS = (torch.logical_not, torch.abs, torch.sign, torch.neg, torch.square)
_SAME_NAME = """
    sin cos tan asin acos atan atan2 sinh cosh tanh asinh acosh atanh exp expm1 log log1p sqrt rsqrt square
    abs sign floor ceil round reciprocal erf erfc lgamma digamma sigmoid pow maximum minimum logical_and
    logical_or logical_not less less_equal greater greater_equal not_equal isnan real imag
"""
_ELEMENTWISE: dict[str, Callable[..., Any]] = {
    name: getattr(torch, name) for name in _SAME_NAME.split()
} | {
    "equal": torch.eq,
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "divide": torch.div,
    "truediv": torch.div,
    "negative": torch.neg,
    "softplus": torch.nn.functional.softplus,
    "relu": torch.relu,
    "elu": torch.nn.functional.elu,
    "selu": torch.selu,
    "swish": torch.nn.functional.silu,
    "silu": torch.nn.functional.silu,
    "gelu": torch.nn.functional.gelu,
    "arctan": torch.atan,
    "arcsin": torch.asin,
    "arccos": torch.acos,
}


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def _reduction(over_all: Callable[..., Any], over_axis: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(
        x: Any, axis: Any = None, keepdims: bool = False, name: str | None = None, **other: Any
    ) -> Any:
        del name
        keep = bool(other.get("keep_dims", other.get("keepdim", keepdims)))
        tensor = as_tensor(x)
        if axis is None:
            found = over_all(tensor)
            return found.reshape((1,) * tensor.dim()) if keep else found
        return over_axis(tensor, dim=_axes(axis), keepdim=keep)

    return reduce


def _product(tensor: Tensor, dim: Any, keepdim: bool) -> Tensor:
    return torch.prod(tensor, dim=dim, keepdim=keepdim)


def matmul(
    a: Any, b: Any, transpose_a: bool = False, transpose_b: bool = False, name: Any = None
) -> Tensor:
    """The product of two matrices, either transposed first."""
    del name
    left, right = as_tensor(a), as_tensor(b)
    if left.dtype != right.dtype:
        kind = torch.promote_types(left.dtype, right.dtype)
        left, right = left.to(kind), right.to(kind)
    left = left.transpose(-1, -2) if transpose_a else left
    return left @ (right.transpose(-1, -2) if transpose_b else right)


def concat(values: Sequence[Any], axis: int = 0, name: Any = None) -> Tensor:
    """The tensors one after the other along an axis."""
    del name
    return torch.cat([as_tensor(value) for value in values], dim=axis)


def stack(values: Sequence[Any], axis: int = 0, name: Any = None) -> Tensor:
    """The tensors beside one another along a new axis."""
    del name
    return torch.stack([as_tensor(value) for value in values], dim=axis)


def gradients(ys: Any, xs: Any, grad_ys: Any = None, **_: Any) -> list[Any]:
    """Sum over ys of dy/dx, for each x, as TensorFlow 1 has it."""
    outputs = list(ys) if isinstance(ys, list | tuple) else [ys]
    inputs = list(xs) if isinstance(xs, list | tuple) else [xs]
    seeds = [torch.ones_like(y) for y in outputs] if grad_ys is None else grad_ys
    found = torch.autograd.grad(
        outputs, inputs, grad_outputs=seeds, create_graph=True, allow_unused=True
    )
    return list(found)


def sparse_tensor(indices: Any, values: Any, dense_shape: Any) -> Tensor:
    """A sparse matrix from the indices, shape (number, 2), and the values of its entries."""
    where = torch.as_tensor(indices).reshape(-1, 2).T
    return torch.sparse_coo_tensor(where, as_tensor(values), tuple(dense_shape))


def sparse_dense_matmul(sparse: Tensor, dense: Any, **_: Any) -> Tensor:
    """A sparse matrix times a dense one."""
    right = as_tensor(dense)
    return torch.sparse.mm(sparse.to(right.dtype), right)


def constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Tensor:
    """A tensor of these values."""
    del name
    tensor = as_tensor(value)
    tensor = tensor if dtype is None else tensor.to(dtype)
    return tensor if shape is None else tensor.expand(tuple(shape))


def variable(initial_value: Any, dtype: Any = None, trainable: bool = True, **_: Any) -> Tensor:
    """A constant to be found: DeepXDE's `Variable`."""
    value = as_tensor(initial_value).detach().to(dtype or REAL).clone()
    return value.requires_grad_(trainable)


def where(condition: Any, x: Any = None, y: Any = None, **_: Any) -> Tensor:
    """X where the condition holds, y elsewhere; the indices where it holds without x and y."""
    if x is None or y is None:
        return torch.nonzero(as_tensor(condition))
    return torch.where(as_tensor(condition), as_tensor(x), as_tensor(y))


def transpose(x: Any, perm: Sequence[int] | None = None, **_: Any) -> Tensor:
    """The axes in another order, or reversed."""
    tensor = as_tensor(x)
    return tensor.permute(*(perm if perm is not None else range(tensor.dim() - 1, -1, -1)))


def pad_axis(x: Any, axis: int = -1, **_: Any) -> Tensor:
    """A new axis of length one."""
    return as_tensor(x).unsqueeze(axis)


def clip(x: Any, low: Any, high: Any, **_: Any) -> Tensor:
    """X between two bounds."""
    return torch.minimum(torch.maximum(as_tensor(x), as_tensor(low)), as_tensor(high))


def split(x: Any, parts: int | Sequence[int], axis: int = 0, **_: Any) -> list[Tensor]:
    """Equal parts, or parts of the given sizes, along an axis."""
    tensor = as_tensor(x)
    size: Any = tensor.shape[axis] // parts if isinstance(parts, int) else list(parts)
    return list(torch.split(tensor, size, dim=axis))


def _filled(value: float) -> Callable[..., Tensor]:
    def fill(shape: Any, dtype: Any = REAL, **_: Any) -> Tensor:
        sizes = (shape,) if isinstance(shape, int) else tuple(int(n) for n in shape)
        return torch.full(sizes, value, dtype=dtype)

    return fill


def _nothing(*_: Any, **__: Any) -> None:
    """What sets TensorFlow up has nothing to set up here."""


_FUNCTIONS: dict[str, Any] = {
    "concat": concat,
    "concatenate": concat,
    "stack": stack,
    "unstack": lambda x, axis=0, **_: list(torch.unbind(as_tensor(x), dim=axis)),
    "split": split,
    "reshape": lambda x, shape, **_: as_tensor(x).reshape(tuple(int(n) for n in shape)),
    "transpose": transpose,
    "expand_dims": pad_axis,
    "squeeze": lambda x, axis=None, **_: (
        as_tensor(x).squeeze() if axis is None else as_tensor(x).squeeze(axis)
    ),
    "tile": lambda x, multiples, **_: as_tensor(x).repeat(*[int(n) for n in multiples]),
    "gather": lambda x, indices, axis=0, **_: torch.index_select(
        as_tensor(x), axis, torch.as_tensor(indices).reshape(-1)
    ),
    "cast": lambda x, dtype, **_: as_tensor(x).to(dtype),
    "identity": lambda x, **_: x,
    "stop_gradient": lambda x, **_: as_tensor(x).detach(),
    "constant": constant,
    "convert_to_tensor": constant,
    "to_tensor": constant,
    "Variable": variable,
    "zeros": _filled(0.0),
    "ones": _filled(1.0),
    "zeros_like": lambda x, **_: torch.zeros_like(as_tensor(x)),
    "ones_like": lambda x, **_: torch.ones_like(as_tensor(x)),
    "fill": lambda shape, value, **_: torch.full(tuple(shape), value, dtype=REAL),
    "eye": lambda rows, columns=None, **_: torch.eye(rows, columns or rows, dtype=REAL),
    "linspace": lambda start, stop, num, **_: torch.linspace(start, stop, num, dtype=REAL),
    "range": lambda *limits, **_: torch.arange(*limits),
    "shape": lambda x, **_: list(as_tensor(x).shape),
    "size": lambda x, **_: as_tensor(x).numel(),
    "numel": lambda x, **_: as_tensor(x).numel(),
    "rank": lambda x, **_: as_tensor(x).dim(),
    "where": where,
    "clip_by_value": clip,
    "clip": clip,
    "cumsum": lambda x, axis=0, **_: torch.cumsum(as_tensor(x), dim=axis),
    "matmul": matmul,
    "mm": matmul,
    "einsum": lambda equation, *x, **_: torch.einsum(equation, *[as_tensor(item) for item in x]),
    "tensordot": lambda a, b, axes, **_: torch.tensordot(as_tensor(a), as_tensor(b), dims=axes),
    "norm": lambda x, axis=None, keepdims=False, **_: torch.linalg.vector_norm(
        as_tensor(x), dim=axis, keepdim=keepdims
    ),
    "reduce_sum": _reduction(torch.sum, torch.sum),
    "reduce_mean": _reduction(torch.mean, torch.mean),
    "reduce_max": _reduction(torch.max, torch.amax),
    "reduce_min": _reduction(torch.min, torch.amin),
    "reduce_prod": _reduction(torch.prod, _product),
    "reduce_all": _reduction(torch.all, torch.all),
    "reduce_any": _reduction(torch.any, torch.any),
    "gradients": gradients,
    "SparseTensor": sparse_tensor,
    "sparse_tensor_dense_matmul": sparse_dense_matmul,
    "sparse_dense_matmul": sparse_dense_matmul,
    "is_tensor": lambda x: isinstance(x, Tensor),
    "Tensor": Tensor,
    "float16": REAL,
    "float32": REAL,
    "float64": REAL,
    "double": REAL,
    "int32": torch.int64,
    "int64": torch.int64,
    "bool": torch.bool,
    "complex64": torch.complex128,
    "complex128": torch.complex128,
    "newaxis": None,
    "pi": torch.pi,
    "set_random_seed": torch.manual_seed,
    "set_seed": torch.manual_seed,
    "function": lambda f=None, **_: f if f is not None else (lambda g: g),
    "__version__": "2.0",
}
_FUNCTIONS |= {name: _elementwise(function) for name, function in _ELEMENTWISE.items()}
# Paddle and NumPy call the reductions by their plain names.
_FUNCTIONS |= {name: _FUNCTIONS[f"reduce_{name}"] for name in ("sum", "mean", "max", "min", "prod")}

_INSIDE = ("math", "nn", "linalg", "random", "sparse", "compat", "v1", "v2", "experimental")
_SET_UP = (
    "config",
    "logging",
    "keras",
    "get_logger",
    "disable_eager_execution",
    "enable_eager_execution",
    "disable_v2_behavior",
    "reset_default_graph",
    "enable_v2_behavior",
    "set_default_dtype",
)


class _SettingUp(types.ModuleType):
    """Accepts whatever sets TensorFlow up: nothing is to be set up."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *_: Any, **__: Any) -> list[Any]:
        return []


class NamesOverPyTorch(types.ModuleType):
    """A module that has TensorFlow's names; those it lacks end with a sentence."""

    def __getattr__(self, name: str) -> Any:
        if name in _FUNCTIONS:
            return _FUNCTIONS[name]
        if name in _INSIDE:
            return self
        if name in _SET_UP:
            return _SettingUp(f"{self.__name__}.{name}")
        if name.startswith("__"):
            raise AttributeError(name)
        raise UserError(
            f"the script uses {self.__name__}.{name}, which Isocline cannot do with PyTorch; write it with "
            f"torch (`import torch`), which DeepXDE's pytorch backend takes as well"
        )


def tensorflow_over_pytorch(name: str = "tensorflow") -> types.ModuleType:
    """A module with the names that DeepXDE scripts use of TensorFlow, over PyTorch.

    Args:
        name: What a sentence about a missing name calls it.

    Example:
        >>> tf = tensorflow_over_pytorch()
        >>> tf.reduce_sum(tf.constant([[1.0, 2.0], [3.0, 4.0]]), axis=1).tolist()
        [3.0, 7.0]
    """
    module = NamesOverPyTorch(name)
    # So that `import tensorflow.compat.v1` finds a package, and whoever asks where it is is answered.
    module.__path__ = []
    module.__spec__ = ModuleSpec(name, None, is_package=True)
    return module


def plain_functions() -> dict[str, Callable[..., Any]]:
    """Names such as `sin` that scripts define for each backend but PyTorch, and then use."""
    return {name: _FUNCTIONS[name] for name in ("sin", "cos", "tan", "exp", "tanh", "sqrt", "log")}
