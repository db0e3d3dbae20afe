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


def test_series_around_holes_are_certified_by_their_boundary():
    from isocline_pinn.reference.perforated import PerforatedRectangle

    # Screened, with a corner where the boundary values and the equation disagree.
    series = PerforatedRectangle(
        (1.0, 1.0),
        ((0.3, 0.2, 0.4),),
        5.0,
        on_rectangle=lambda x: np.full(len(x), 0.2),
        on_holes=lambda x: 1 + x[:, 0],
        terms=60,
        terms_of_hole=30,
    )
    assert series.largest_error() < 1e-7
    h, x = 1e-3, np.array([[-0.5, 0.4], [0.8, -0.7]])
    shifts = h * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    around = sum(series(x + shift) for shift in shifts)
    assert (around - 4 * series(x)) / h**2 == pytest.approx(25 * series(x), abs=1e-3)


def test_spectral_elements_integrate_differentiate_and_interpolate_polynomials_exactly():
    from isocline_pinn.reference.tensor_product import SpectralElements

    elements = SpectralElements.between(np.array([-1.0, 0.5, 2.0]), 4)
    nodes = np.concatenate([elements.at(np.array([x])) @ np.eye(9) for x in (-1.0, 0.1, 2.0)])
    assert nodes.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-13)
    # x² by its moments: the mass matrix gives it back, and ∫ (2x)² = 4/3 (8 + 1) from the stiffness.
    moments = np.einsum("kiq,kq->i", elements.moments, elements.places**2)
    square = np.linalg.solve(elements.mass, moments)
    assert elements.at(np.array([0.3, 1.7])) @ square == pytest.approx([0.09, 2.89], abs=1e-12)
    assert square @ elements.stiffness @ square == pytest.approx(12.0, abs=1e-11)


@pytest.mark.parametrize("cells", [8, 16])
def test_triangles_round_holes_cover_the_domain_and_follow_its_circles(cells):
    skfem = pytest.importorskip("skfem")
    from isocline_pinn.reference.round_holes import rectangle_with_holes

    holes = ((0.5, 0.5, 0.2), (-0.4, -0.3, 0.4))
    mesh = rectangle_with_holes([-1, -1], [1, 1], holes, 2 / cells)
    basis = skfem.Basis(mesh, skfem.ElementTriP2(), intorder=6)
    area = skfem.Functional(lambda w: 1 + 0 * w.x[0]).assemble(basis)
    # Quadratic edges miss a circle by the fourth power of their angle.
    assert area == pytest.approx(4 - np.pi * 0.2, abs=2.0 / cells**4)
    assert {"left", "top", "hole 0", "hole 1"} <= set(mesh.boundaries)
    edge = skfem.FacetBasis(mesh, skfem.ElementTriP2(), facets=mesh.boundaries["hole 1"])
    length = skfem.Functional(lambda w: 1 + 0 * w.x[0]).assemble(edge)
    assert length == pytest.approx(0.8 * np.pi, rel=1e-3)


def test_a_kept_reference_is_computed_once(tmp_path, monkeypatch):
    import xarray as xr

    from isocline_pinn.reference import kept as module

    monkeypatch.setattr(module, "cache_folder", lambda: tmp_path / "data")
    calls = []

    def reference():
        calls.append(1)
        values = np.array([[1.0, np.nan]])
        return xr.Dataset({"u": (("t", "x"), values)}, coords={"t": [0.5], "x": [0.0, 1.0]})

    look_up = module.kept(reference)
    first, second = look_up(), look_up()
    xr.testing.assert_identical(first, second)
    assert len(calls) == 1


def _implicit_error(steps, halvings=0):
    from isocline_pinn.reference.implicit import march

    # u' + 30 u = 30 cos t − sin t
    def load(t):
        return np.array([30 * np.cos(t) - np.sin(t)])

    times = np.linspace(0, 1, 3)
    states = list(march(np.eye(1), [[30.0]], load, np.array([1.0]), times, steps, halvings))
    assert len(states) == 3
    return abs(states[-1][0] - np.cos(1.0))


def test_the_implicit_method_is_of_order_four_and_may_begin_with_small_steps():
    errors = np.array([_implicit_error(n) for n in (32, 64, 128)])
    orders = np.log2(errors[:-1] / errors[1:])
    assert np.all(orders > 3.5)
    assert np.all(orders < 4.5)
    assert _implicit_error(64, 5) < 1.5 * errors[1]
