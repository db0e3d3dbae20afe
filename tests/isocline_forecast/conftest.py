"""Series whose truth is known."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
import xarray as xr

Maker = Callable[..., xr.Dataset]


@pytest.fixture
def series() -> Maker:
    """A dataset with one variable `y` on dates that start on 2001-01-01."""

    def make(values, *, freq: str = "D", start: str = "2001-01-01", name: str = "y") -> xr.Dataset:
        values = np.asarray(values, dtype=float)
        stamps = pd.date_range(start, periods=len(values), freq=freq)
        return xr.Dataset({name: ("time", values, {"units": "K"})}, coords={"time": stamps})

    return make


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(20)
