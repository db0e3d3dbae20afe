"""One seed for every random number generator a run may draw from, and their states for a resume."""

import json
import random

import numpy as np
import torch
from torch import Tensor

from isocline_run.errors import UserError

_LARGEST = 2**32 - 1  # of numpy's legacy generator


def seed_everything(seed: int) -> None:
    """Seed Python's, NumPy's and PyTorch's global generators (on each device).

    Two runs with one seed, one number of threads and one machine draw the same numbers and so give
    the same result, bit for bit on the CPU.

    Raises:
        UserError: The seed is not a whole number from 0 to 4294967295.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= _LARGEST:
        raise UserError(f"the seed is {seed!r}; expected a whole number from 0 to {_LARGEST}")
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002  DeepXDE and SciPy draw from it
    torch.manual_seed(seed)  # and those of CUDA and MPS


def random_state() -> dict[str, Tensor]:
    """The states of the three global generators, as tensors that a checkpoint can hold."""
    _, keys, position, has_gauss, gauss = np.random.get_state()  # noqa: NPY002
    numpy_rest = json.dumps([int(position), int(has_gauss), float(gauss)])
    states = {
        "torch": torch.get_rng_state(),
        "numpy_keys": torch.from_numpy(np.asarray(keys).astype(np.int64)),
        "numpy_rest": _as_bytes(numpy_rest),
        "python": _as_bytes(json.dumps(random.getstate())),
    }
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def restore_random_state(states: dict[str, Tensor]) -> None:
    """Put the global generators back where `random_state` found them."""
    torch.set_rng_state(states["torch"])
    keys = states["numpy_keys"].numpy().astype(np.uint32)
    np.random.set_state(("MT19937", keys, *json.loads(_as_text(states["numpy_rest"]))))  # noqa: NPY002
    version, internal, gauss = json.loads(_as_text(states["python"]))
    random.setstate((version, tuple(internal), gauss))
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])


def _as_bytes(text: str) -> Tensor:
    return torch.tensor(list(text.encode()), dtype=torch.uint8)


def _as_text(data: Tensor) -> str:
    return bytes(data.tolist()).decode()
