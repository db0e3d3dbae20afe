"""Blocks that the geometry cuts: holes within, slivers, and polynomials hardly told apart inside."""

import numpy as np
import pytest
from scipy.special import k0

from isocline_pinn.local import solve_locally
from isocline_pinn.local.orthonormal import OrthonormalLeastSquares
from isocline_pinn.local.problem import read_problem
from isocline_pinn.local.rows import Bundle
from isocline_pinn.local.solve import double_precision
from isocline_pinn.local.steady import first_level

pytestmark = pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional:DeprecationWarning")


@pytest.fixture
def screened(dde):
    """∇²u = 9 u outside of a disk that no first block divides, u = K₀(3r) on the whole boundary."""
    centre = np.array([0.21, -0.24])
    square = dde.geometry.Rectangle([-1, -1], [1, 1])
    shape = square - dde.geometry.Disk(centre, 0.15)

    def exact(x):
        return k0(3 * np.linalg.norm(x - centre, axis=1))[:, None]

    def equation(x, u):
        u_xx = dde.grad.hessian(u, x, i=0, j=0)
        return u_xx + dde.grad.hessian(u, x, i=1, j=1) - 9 * u

    rim = dde.icbc.DirichletBC(shape, exact, lambda _, on: on)
    return dde.data.PDE(shape, equation, [rim], num_domain=20, num_boundary=20), exact


def test_no_first_block_goes_round_a_hole(screened):
    with double_precision():
        problem = read_problem(screened[0])
        boxes, _ = first_level(problem)
        assert not problem.shape.encloses_hole(boxes).any()


def test_a_solution_round_a_hole_is_followed_and_its_error_known(screened):
    data, exact = screened
    found = solve_locally(data, tolerance=1e-7)
    points = np.random.default_rng(0).uniform(-1, 1, (800, 2))
    points = points[data.geom.inside(points)]
    error = np.linalg.norm(found.solution(points) - exact(points)) / np.linalg.norm(exact(points))
    assert error < 1e-6
    assert error < 10 * found.error_estimate + 1e-12


def test_conditions_of_a_dropped_sliver_are_left_out(screened):
    with double_precision():
        problem = read_problem(screened[0])
        boxes, degree = first_level(problem)
        mesh = problem.shape.fit(boxes)
        points = problem.discretise(mesh, degree).sheets[1].points
        assert np.abs(mesh.local(points, mesh.locate(points))).max() < 1.01


def test_unknowns_that_rows_hardly_tell_apart_do_not_run_away():
    # Two columns that differ by 1e-13: plain least squares would answer noise with 1e5 in each.
    random = np.random.default_rng(0)
    matrix = random.normal(size=(30, 4))
    matrix[:, 3] = matrix[:, 2] + 1e-13 * random.normal(size=30)
    wanted = np.array([1.0, -2.0, 0.5, 0.5])
    residual = -(matrix @ wanted) + 1e-8 * random.normal(size=30)
    bundle = Bundle([(0, matrix)], residual, np.ones(30))
    solver = OrthonormalLeastSquares([bundle], np.zeros((1, 1)), 4)
    step, _ = solver.step([residual])
    assert np.abs(step).max() < 10
    assert matrix @ step[0] == pytest.approx(matrix @ wanted, abs=1e-7)
