"""DeepXDE's own training of a problem: Adam, then L-BFGS, until the wall time is spent.

The settings are those of its published Burgers example: tanh, Glorot normal, Adam at 1e-3 for at most
15,000 iterations, L-BFGS after it, single precision. Half of the time is Adam's.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

ADAM_ITERATIONS = 15_000
Predictor = Callable[[np.ndarray], np.ndarray]


@contextmanager
def single_precision() -> Iterator[None]:
    """DeepXDE's default float inside the block; double precision, ours, after it."""
    import deepxde as dde

    dde.config.set_default_float("float32")
    try:
        yield
    finally:
        dde.config.set_default_float("float64")


def train_deepxde(
    make_data: Callable[[], object], layers: list[int], *, seconds: float, seed: int
) -> Predictor:
    """Train a tanh network on a problem for `seconds` of wall time.

    Args:
        make_data: Builds the DeepXDE `data` object (inside single precision).
        layers: Widths, inputs and outputs included.
        seconds: Wall time for both optimisers.
        seed: Of DeepXDE's and torch's generators.

    Returns:
        The trained network: points (n, d) to outputs (n, m).
    """
    import deepxde as dde
    from deepxde.optimizers.config import LBFGS_options

    started = time.perf_counter()
    with single_precision():
        dde.config.set_random_seed(seed)
        model = dde.Model(make_data(), dde.nn.FNN(layers, "tanh", "Glorot normal"))
        model.compile("adam", lr=1e-3)
        half = dde.callbacks.Timer(seconds / 2 / 60)
        model.train(iterations=ADAM_ITERATIONS, callbacks=[half], verbose=0, display_every=10**9)
        dde.optimizers.set_LBFGS_options(maxiter=10**6)
        # DeepXDE looks at the clock only between steps of a thousand iterations.
        LBFGS_options["iter_per_step"], LBFGS_options["fun_per_step"] = 50, 62
        model.compile("L-BFGS")
        left = seconds - (time.perf_counter() - started)
        rest = dde.callbacks.Timer(max(left, 0.0) / 60)
        model.train(callbacks=[rest], verbose=0, display_every=10**9)

    def predict(points: np.ndarray) -> np.ndarray:
        with single_precision():
            return np.asarray(model.predict(points), dtype=float)

    return predict
