"""A model that does not follow its samples is not passed off as one that does."""

import numpy as np
import pytest
import xarray as xr
from scipy.integrate import solve_ivp

from isocline_sysid import discover
from isocline_sysid.text import rate_unit


def test_a_ramp_of_positive_numbers_is_no_exponential() -> None:
    """Few positive samples of x' = 1: growth in proportion to x would miss them by far."""
    ramp = 1 + np.arange(60.0) + 0.1 * np.random.default_rng(0).standard_normal(60)
    dataset = xr.Dataset({"x": ("time", ramp)}, {"time": np.arange(60.0)})
    model = discover(dataset, ["x"], degree=1, draws=0)
    assert not model.relative
    assert model.equations["x"].is_number
    assert float(model.equations["x"]) == pytest.approx(1, rel=0.01)


def test_a_term_outside_the_library_is_noticed() -> None:
    """A pendulum's sine is no polynomial of degree 2."""
    times = np.arange(0, 40, 0.05)
    solved = solve_ivp(
        lambda _, s: [s[1], -np.sin(s[0])], (0, 40), [2.2, 0.0], "DOP853", times, rtol=1e-10
    )
    noise = 0.01 * np.random.default_rng(1).standard_normal(solved.y.shape)
    x, y = solved.y + noise
    dataset = xr.Dataset({"x": ("time", x), "y": ("time", y)}, {"time": times})
    model = discover(dataset, ["x", "y"], degree=2, draws=0)
    assert any("did not converge" in n or "a term may be missing" in n for n in model.notes)


def test_the_unit_of_a_rate_is_that_of_the_state_over_time() -> None:
    ramp = np.exp(0.1 * np.arange(20.0)) * (1 + 0.01 * np.random.default_rng(0).standard_normal(20))
    dataset = xr.Dataset(
        {"x": ("time", ramp, {"units": "kg"})}, {"time": ("time", np.arange(20.0), {"units": "s"})}
    )
    model = discover(dataset, ["x"], degree=1, draws=0)
    assert rate_unit(model, "x") == "kg/s"
    assert str(model).endswith(" x  [kg/s]")
    assert model.latex().endswith(r"[\mathrm{kg/s}]")
