"""The covariance of the whole fit removes what the weak form kept wrongly, and adds what it missed."""

from collections.abc import Callable

import numpy as np
import pytest
import xarray as xr

from isocline_sysid import discover
from isocline_sysid.library import PolynomialLibrary
from isocline_sysid.refine import Dynamics, place_nodes
from isocline_sysid.selection import select_by_evidence
from isocline_sysid.trajectories import trajectories

TRUE = np.array([[0, 0, 1], [0, 1, 1]], bool)
"""x' = y, y' = -x - 0.2 y over (1, x, y)."""


@pytest.mark.parametrize(
    "proposed",
    [
        pytest.param(np.ones((2, 3), bool), id="all terms"),
        pytest.param(np.array([[0, 0, 1], [0, 1, 0]], bool), id="one missing"),
        pytest.param(np.array([[1, 0, 1], [1, 1, 0]], bool), id="two wrong and one missing"),
    ],
)
def test_terms_leave_and_enter_until_the_equations_are_right(
    oscillator: Callable[..., xr.Dataset], proposed: np.ndarray
) -> None:
    (data,) = trajectories(oscillator(samples=80, noise=0.02), ["x", "y"])
    scales = data.states.std(axis=0)
    nodes = place_nodes([data], scales, np.ones(0), 1.0, relative=False)
    start = np.where(proposed, [[0, 0, 1], [0, -1, 0]], 0.0)[proposed]
    dynamics = Dynamics(PolynomialLibrary(("x", "y"), 1), proposed, relative=False)
    found = select_by_evidence(dynamics, nodes, start, np.full(2, 0.02))
    assert found is not None
    np.testing.assert_array_equal(found.dynamics.supports, TRUE)
    ratio = scales[1] / scales[0]
    np.testing.assert_allclose(found.refined.w, [ratio, -1 / ratio, -0.2], rtol=0.05)


def test_clean_data_claim_no_more_digits_than_the_method_has(
    lorenz: Callable[..., xr.Dataset],
) -> None:
    model = discover(lorenz(samples=1000), ["x", "y", "z"], draws=0)
    truth = {"x": [-10, 10], "y": [28, -1, -1], "z": [-8 / 3, 1]}
    for row, (state, expected) in zip(model.values, truth.items(), strict=True):
        errors = model.coefficients["standard_error"].sel(equation=state).values[row != 0]
        np.testing.assert_allclose(row[row != 0], expected, rtol=2e-5)
        assert (np.abs(row[row != 0] - expected) < 4 * errors).all()
