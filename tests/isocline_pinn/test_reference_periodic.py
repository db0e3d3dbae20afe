import numpy as np
import pytest
import torch

from isocline_pinn.catalogue._periodic import periodic, periodic_square
from isocline_pinn.reference import fourier
from isocline_pinn.reference.boxed_flow import boxed_flow
from isocline_pinn.reference.plane import Plane


def test_modes_give_values_and_derivatives_anywhere():
    modes = np.fft.rfft(np.exp(np.sin(2 * np.pi * fourier.places(64, 1.0, 2.0))))
    x = np.array([1.0, 1.37, 1.99])
    value = np.exp(np.sin(2 * np.pi * x))
    slope = 2 * np.pi * np.cos(2 * np.pi * x) * value
    assert fourier.evaluate(modes, x, 1.0, 2.0) == pytest.approx(value, abs=1e-13)
    assert fourier.evaluate(modes, x, 1.0, 2.0, derivative=1) == pytest.approx(slope, abs=1e-11)


def test_projection_finds_the_modes_of_a_kink_and_sampling_does_not():
    # |x| on (−1, 1): the n-th cosine is −4 / (π n)² for odd n; rfft scales it by number / 2 and by
    # (−1)ⁿ, as the period begins at −1.
    number = 64
    exact = 4 / (np.pi * 31) ** 2 * number / 2
    assert fourier.project(np.abs, number, -1.0, 1.0)[31].real == pytest.approx(exact, rel=1e-6)
    sampled = np.fft.rfft(np.abs(fourier.places(number, -1.0, 1.0)))[31].real
    assert abs(sampled / exact - 1) > 0.5


def test_a_plane_differentiates_its_fields():
    plane = Plane(16, 0.0, 2 * np.pi)
    x, y = plane.places
    field = np.sin(2 * x) * np.cos(y)
    assert plane.fields(plane.laplacian * plane.modes(field)) == pytest.approx(
        -5 * field, abs=1e-12
    )
    along, _ = plane.wavenumbers
    slope = plane.fields(1j * along * plane.modes(field))
    assert slope == pytest.approx(2 * np.cos(2 * x) * np.cos(y), abs=1e-12)


def test_flow_in_a_box_keeps_a_solid_rotation():
    # u = (−y, x, 0) with p = (x² + y²)/2 is steady, and a polynomial.
    def rotation(x, y, z, _):
        return np.stack([-y, x, 0 * z])

    x = np.linspace(-1, 1, 5)
    u, p = boxed_flow(rotation, 0.1, np.array([0.0, 0.5]), x, 5, 8)
    grid = np.meshgrid(x, x, x, indexing="ij")
    assert u[-1] == pytest.approx(rotation(*grid, 0), abs=1e-11)
    exact = (grid[0] ** 2 + grid[1] ** 2) / 2
    assert p[-1] - p[-1].mean() == pytest.approx(exact - exact.mean(), abs=1e-9)


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_periodic_conditions_compare_derivatives_at_both_ends(dde, order):
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 1))
    condition = periodic(domain, 4)[order]
    points = condition.collocation_points(np.array([[-1.0, 0.25], [0.5, 0.5], [1.0, 0.75]]))
    assert len(points) == 4
    x = torch.tensor(points, requires_grad=True)
    u = torch.exp(x[:, :1]) * x[:, 1:]
    dde.grad.clear()
    found = condition.error(points, x, u, 0, len(points)).detach().numpy()[:, 0]
    expected = points[:2, 1] * (np.exp(points[:2, 0]) - np.exp(points[2:, 0]))
    assert found == pytest.approx(expected, abs=1e-12)


def test_a_periodic_square_has_value_and_slope_in_both_directions(dde):
    square = dde.geometry.Rectangle([0, 0], [2, 2])
    domain = dde.geometry.GeometryXTime(square, dde.geometry.TimeDomain(0, 1))
    conditions = periodic_square(domain, 0.0, 2.0, 1)
    assert [(c.component_x, c.derivative_order) for c in conditions] == [
        (0, 0), (0, 1), (1, 0), (1, 1)
    ]  # fmt: skip
    points = conditions[0].collocation_points(np.array([[0.0, 0.5, 0.1], [1.0, 2.0, 0.1]]))
    assert points.tolist() == [[0.0, 0.5, 0.1], [2.0, 0.5, 0.1]]
