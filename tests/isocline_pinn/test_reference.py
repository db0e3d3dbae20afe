import numpy as np
import pytest

from isocline_pinn.catalogue import allen_cahn
from isocline_pinn.reference.chebyshev import (
    chebyshev_points,
    differentiation_matrix,
    interpolate,
)
from isocline_pinn.reference.cole_hopf import burgers_from_sine
from isocline_pinn.reference.etd import etdrk4_coefficients, integrate
from isocline_pinn.reference.l_shape import largest_error, poisson_on_l


@pytest.mark.parametrize("viscosity", [0.1, 0.01])
def test_cole_hopf_satisfies_burgers_equation(viscosity):
    h = 1e-3
    t, x = 0.3 + h * np.arange(-2, 3), 0.2 + h * np.arange(-2, 3)
    u = burgers_from_sine(t, x, viscosity)
    first = np.array([1, -8, 0, 8, -1]) / (12 * h)
    second = np.array([-1, 16, -30, 16, -1]) / (12 * h**2)
    u_t, u_x, u_xx = first @ u[:, 2], u[2] @ first, u[2] @ second
    assert abs(u_t + u[2, 2] * u_x - viscosity * u_xx) < 1e-6


def test_cole_hopf_begins_as_a_sine_and_stays_odd():
    x = np.linspace(-1, 1, 41)
    u = burgers_from_sine(np.array([0.0, 0.5]), x, 0.01 / np.pi)
    assert u[0] == pytest.approx(-np.sin(np.pi * x), abs=1e-14)
    assert u[1] == pytest.approx(-u[1, ::-1], abs=1e-12)


def test_cole_hopf_slope_of_the_shock_is_the_published_one():
    # Basdevant et al. 1986: |∂u/∂x| at x = 0 is largest at t = 1.6037/π, and is 152.00516 there.
    h = 1e-4
    u = burgers_from_sine(np.array([1.6037 / np.pi]), h * np.array([-2, -1, 1, 2]), 0.01 / np.pi)[0]
    assert u @ np.array([1, -8, 8, -1]) / (12 * h) == pytest.approx(-152.00516, rel=1e-4)


def _logistic(steps):
    # u' = −3u + u², u(0) = 1: u = 3 / (1 + 2 e^{3t})
    t = np.array([0.0, 1.0])
    linear = np.array([-3.0])
    return integrate(np.array([1.0]), linear, lambda u: u**2, t, steps)[-1, 0]


def test_etdrk4_converges_with_order_four():
    exact = 3 / (1 + 2 * np.exp(3.0))
    errors = np.array([abs(_logistic(n) - exact) for n in (8, 16, 32)])
    orders = np.log2(errors[:-1] / errors[1:])
    assert np.all(orders > 3.7)
    assert np.all(orders < 4.5)


def test_etdrk4_coefficients_have_their_limits_where_the_formula_cancels():
    c = etdrk4_coefficients(np.array([0.0, -1e-9]), 0.5)
    assert c.q == pytest.approx(0.25, rel=1e-8)
    assert c.f1 == pytest.approx(0.5 / 6, rel=1e-8)
    assert c.f2 == pytest.approx(0.5 / 6, rel=1e-8)
    assert c.f3 == pytest.approx(0.5 / 6, rel=1e-8)


def test_etdrk4_of_a_matrix_is_that_of_its_eigenvalues():
    vectors = np.array([[1.0, 1.0], [0.5, -1.0]])
    values = np.array([-2.0, -50.0])
    matrix = vectors @ np.diag(values) @ np.linalg.inv(vectors)
    whole, diagonal = etdrk4_coefficients(matrix, 0.1), etdrk4_coefficients(values, 0.1)
    for name in ("whole", "half", "q", "f1", "f2", "f3"):
        expected = vectors @ np.diag(getattr(diagonal, name)) @ np.linalg.inv(vectors)
        assert getattr(whole, name) == pytest.approx(expected, abs=1e-13)


def test_chebyshev_differentiates_and_interpolates_polynomials_exactly():
    nodes = chebyshev_points(9)
    values = nodes**7 - 2 * nodes**2
    assert differentiation_matrix(9) @ values == pytest.approx(7 * nodes**6 - 4 * nodes, abs=1e-12)
    x = np.array([-1.0, -0.3, nodes[4], 0.9])
    assert interpolate(values, x) == pytest.approx(x**7 - 2 * x**2, abs=1e-13)


def test_allen_cahn_reference_is_converged_in_space_and_time():
    fine = allen_cahn.reference(224, 10)["u"].values
    assert allen_cahn.reference(192, 10)["u"].values == pytest.approx(fine, abs=1e-6)
    assert allen_cahn.reference(224, 5)["u"].values == pytest.approx(fine, abs=1e-7)


def test_l_shape_series_is_certified_to_nine_digits():
    assert largest_error() < 1e-9


def test_l_shape_series_satisfies_poissons_equation_and_the_known_maximum():
    h = 1e-3
    x, y = np.array([-0.3, -0.1, 0.4]), np.array([0.2, -0.6, -0.3])
    around = sum(poisson_on_l(x + a * h, y + b * h) for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1)))
    assert -(around - 4 * poisson_on_l(x, y)) / h**2 == pytest.approx(1.0, abs=1e-4)
    axis = np.linspace(-1, 1, 101)
    u = poisson_on_l(*np.meshgrid(axis, axis))
    assert np.nanmax(u) == pytest.approx(0.1494, abs=5e-5)
    assert np.isnan(u[-1, -1])
    assert np.isnan(u).sum() == 50 * 50
