"""Systems whose equations are known."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr
from scipy.integrate import solve_ivp


def _record(
    field: Callable, start: list[float], times: np.ndarray, names: str, noise: float, seed: int
) -> xr.Dataset:
    solved = solve_ivp(field, (times[0], times[-1]), start, "DOP853", times, rtol=1e-11, atol=1e-12)
    generator = np.random.default_rng(seed)
    spread = noise * solved.y.std(axis=1, keepdims=True)
    values = solved.y + spread * generator.standard_normal(solved.y.shape)
    return xr.Dataset(
        {name: ("time", row) for name, row in zip(names, values, strict=True)}, {"time": times}
    )


@pytest.fixture
def lorenz() -> Callable[..., xr.Dataset]:
    def make(
        samples: int = 1000, step: float = 0.01, noise: float = 0.0, seed: int = 0
    ) -> xr.Dataset:
        def field(_: float, s: np.ndarray) -> list[float]:
            return [10 * (s[1] - s[0]), s[0] * (28 - s[2]) - s[1], s[0] * s[1] - 8 / 3 * s[2]]

        return _record(field, [-8, 7, 27 + seed], step * np.arange(samples), "xyz", noise, seed)

    return make


@pytest.fixture
def oscillator() -> Callable[..., xr.Dataset]:
    """x' = y, y' = −x − 0.2 y."""

    def make(
        samples: int = 300, step: float = 0.1, noise: float = 0.02, seed: int = 0
    ) -> xr.Dataset:
        def field(_: float, s: np.ndarray) -> list[float]:
            return [s[1], -s[0] - 0.2 * s[1]]

        return _record(field, [2.0, 0.0], step * np.arange(samples), "xy", noise, seed)

    return make
