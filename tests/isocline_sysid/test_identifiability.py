"""What a record cannot tell apart is refused; noise by itself is no reason to."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from isocline_sysid import IdentificationError, discover

LORENZ = [{"x", "y"}, {"x", "y", "x z"}, {"z", "x y"}]


def _circle(noise: float) -> xr.Dataset:
    times = np.arange(0, 20, 0.01)
    generator = np.random.default_rng(0)
    x, y = (
        wave + noise * generator.standard_normal(times.size)
        for wave in (np.cos(times), np.sin(times))
    )
    return xr.Dataset({"x": ("time", x), "y": ("time", y)}, {"time": times})


@pytest.mark.parametrize("noise", [0.01, 0.2])
def test_noise_does_not_make_one_circle_identifiable(noise: float) -> None:
    with pytest.raises(IdentificationError, match="not identifiable from one orbit"):
        discover(_circle(noise), ["x", "y"], degree=3, draws=0)


def test_noise_by_itself_is_not_taken_for_collinearity(lorenz: Callable[..., xr.Dataset]) -> None:
    """At 10 % the weak form alone keeps x z in dx/dt; the evidence of the whole fit removes it."""
    model = discover(lorenz(samples=2500, noise=0.1, seed=3), ["x", "y", "z"], draws=0)
    names = np.array(model.library.term_names)
    assert [set(names[row != 0]) for row in model.values] == LORENZ


def test_samples_too_far_apart_are_named(lorenz: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(IdentificationError, match="samples are 1 apart, and the states move"):
        discover(lorenz(samples=40, step=1.0), ["x", "y", "z"], draws=0)


def test_a_long_list_of_terms_is_cut_short() -> None:
    with pytest.raises(IdentificationError, match=r"and \d+ more cannot be told apart"):
        discover(_circle(0.0), ["x", "y"], degree=6, draws=0)


def test_each_name_is_given_once(oscillator: Callable[..., xr.Dataset]) -> None:
    with pytest.raises(IdentificationError, match="'x' is named more than once"):
        discover(oscillator(), ["x", "x"])
    with pytest.raises(IdentificationError, match="'x' is named more than once"):
        discover(oscillator(), ["x", "y"], controls=["x"])
    with pytest.raises(IdentificationError, match="no trajectories were given"):
        discover([], ["x"])
