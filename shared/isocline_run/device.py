"""Where a run computes, and in which precision."""

import torch

from isocline_run.errors import UserError

_DTYPES = {"float64": torch.float64, "float32": torch.float32}


def choose_device(name: str = "auto", dtype: torch.dtype | None = None) -> torch.device:
    """The device of that name, checked to be there.

    Args:
        name: "cpu", "cuda", "cuda:1", "mps", or "auto": CUDA if there is one, then MPS, then CPU.
        dtype: What will be computed in; MPS has no float64, so "auto" passes it over for that.

    Raises:
        UserError: There is no such device on this machine, or it cannot compute in `dtype`.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        if torch.backends.mps.is_available() and dtype is not torch.float64:
            return torch.device("mps")
        return torch.device("cpu")
    kind, _, index = name.partition(":")
    if kind not in ("cpu", "cuda", "mps") or (index and not (kind == "cuda" and index.isdecimal())):
        raise UserError(f"there is no device called {name!r}; choose cpu, cuda, mps or auto")
    _require(kind, int(index or 0), dtype)
    return torch.device(name)


def choose_dtype(name: str) -> torch.dtype:
    """The floating-point type of that name.

    Raises:
        UserError: It is neither "float64" nor "float32".
    """
    if name not in _DTYPES:
        raise UserError(f"there is no precision called {name!r}; choose float64 or float32")
    return _DTYPES[name]


def _require(kind: str, index: int, dtype: torch.dtype | None) -> None:
    if kind == "cuda":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        if index >= count:
            seen = f"{count} CUDA device{'' if count == 1 else 's'}" if count else "no CUDA device"
            raise UserError(
                f"device 'cuda:{index}' was asked for, but this PyTorch ({torch.__version__}) sees "
                f"{seen}; pass --device cpu, or install a PyTorch built for your GPU"
            )
    if kind == "mps":
        if not torch.backends.mps.is_available():
            raise UserError(
                "device 'mps' was asked for, but this machine has no Apple GPU; pass --device cpu"
            )
        if dtype is torch.float64:
            raise UserError("device 'mps' has no float64; pass --dtype float32 or --device cpu")
