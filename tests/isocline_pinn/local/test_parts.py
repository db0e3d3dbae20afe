"""The parts of the engine, each by a property that fails when its maths is wrong."""

import numpy as np
import pytest

from isocline_pinn.local.blocks import find_faces, split, tensor_mesh
from isocline_pinn.local.elimination import Cholesky, dissect
from isocline_pinn.local.features import Polynomials, gauss, grid, legendre
from isocline_pinn.local.orthonormal import OrthonormalLeastSquares
from isocline_pinn.local.rows import Bundle
from isocline_pinn.local.solution import Piece, project


def test_features_are_orthonormal_in_the_mean():
    polynomials = Polynomials(2, 6)
    node, weight = np.polynomial.legendre.leggauss(8)
    points, weights = grid([node, node]), np.outer(weight, weight).ravel() / 4
    phi = polynomials.derivatives(points, [(0, 0)])[0, 0]
    np.testing.assert_allclose(phi.T @ (weights[:, None] * phi), np.eye(28), atol=1e-13)


def test_legendre_derivatives_match_numpy():
    points = np.linspace(-1, 1, 9)
    tables = legendre(points, 7, 4)
    for k in range(5):
        for n in range(8):
            coefficients = np.polynomial.legendre.legder(np.eye(8)[n], k)
            expected = np.polynomial.legendre.legval(points, coefficients)
            np.testing.assert_allclose(tables[k][n], expected, rtol=1e-11, atol=1e-9)


def test_hanging_faces_cover_the_side_once():
    mesh = tensor_mesh([np.array([0.0, 1.0, 2.0]), np.array([0.0, 1.0])])
    finer = split(mesh.lower, mesh.upper, [[], [1]])
    across = [face for face in find_faces(finer) if face.axis == 0]
    assert len(across) == 2
    assert sum(face.upper[1] - face.lower[1] for face in across) == pytest.approx(1.0)


def test_locate_finds_the_block_that_contains_each_point():
    mesh = tensor_mesh([np.linspace(0, 1, 4), np.linspace(0, 1, 6)])
    points = np.random.default_rng(0).uniform(0, 1, (200, 2))
    found = mesh.locate(points)
    assert np.all(points >= mesh.lower[found])
    assert np.all(points <= mesh.upper[found])


def test_projection_reproduces_polynomials_and_their_derivatives():
    mesh = tensor_mesh([np.linspace(0, 2, 3), np.linspace(-1, 1, 2)])
    polynomials = Polynomials(2, 5)

    class Cubic:
        def derivative(self, x, alpha):
            return (x[:, :1] ** 3 * x[:, 1:] ** 2) + x[:, 1:]

    piece = Piece(mesh, polynomials, project(polynomials, mesh, Cubic()))
    points = np.random.default_rng(1).uniform([0, -1], [2, 1], (50, 2))
    expected = 6 * points[:, :1] ** 2 * points[:, 1:]
    np.testing.assert_allclose(piece.derivative(points, (1, 1)), expected, rtol=1e-11, atol=1e-11)


def _grid_system(side, size, seed):
    random = np.random.default_rng(seed)
    centres = grid([np.arange(side, dtype=float)] * 2)
    bundles = [
        Bundle(
            [(k, random.standard_normal((size + 3, size)))], random.standard_normal(size + 3), None
        )
        for k in range(len(centres))
    ]
    for k in range(len(centres)):
        for other in range(k):
            if np.abs(centres[k] - centres[other]).sum() == 1:
                sides = [(b, random.standard_normal((2, size))) for b in (k, other)]
                bundles.append(Bundle(sides, random.standard_normal(2), None))
    return centres, bundles


@pytest.mark.parametrize("side", [1, 2, 5])
@pytest.mark.parametrize("constants", [0, 2])
def test_block_orthonormal_solution_is_the_dense_least_squares_solution(side, constants):
    size = 6
    centres, bundles = _grid_system(side, size, 3)
    random = np.random.default_rng(4)
    width = len(centres) * size
    rows, right = [], []
    for bundle in bundles:
        count = len(bundle.residual)
        if constants:
            bundle.constants = random.standard_normal((count, constants))
        row = np.zeros((count, width + constants))
        for block, matrix in bundle.sides:
            row[:, block * size : (block + 1) * size] += matrix
        if constants:
            row[:, width:] = bundle.constants
        rows.append(row)
        right.append(bundle.residual)
    dense = np.linalg.lstsq(np.concatenate(rows), -np.concatenate(right), rcond=None)[0]
    factor = OrthonormalLeastSquares(bundles, centres, size, constants=constants, ridge=0.0)
    step, theta = factor.step([b.residual for b in bundles])
    np.testing.assert_allclose(step.ravel(), dense[:width], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(theta, dense[width:], rtol=1e-8, atol=1e-10)


def test_nested_dissection_solves_a_periodic_chain():
    count, size = 9, 3
    random = np.random.default_rng(0)
    neighbours = [{(k - 1) % count, (k + 1) % count} for k in range(count)]
    couplings = {
        (k, (k + 1) % count): 0.15 * random.standard_normal((size, size)) for k in range(count)
    }
    dense = np.eye(count * size)
    for (k, other), block in couplings.items():
        rows, columns = slice(k * size, (k + 1) * size), slice(other * size, (other + 1) * size)
        dense[rows, columns] += block
        dense[columns, rows] += block.T
    tree = dissect(np.arange(count, dtype=float)[:, None], neighbours)
    right = [random.standard_normal(size) for _ in range(count)]
    solved = Cholesky(tree, [size] * count, {}, couplings, 0.0).solve(right)
    expected = np.linalg.solve(dense, np.concatenate(right))
    np.testing.assert_allclose(np.concatenate(solved), expected, rtol=1e-11)


def test_gauss_points_integrate_a_polynomial_of_their_degree():
    node, weight = np.polynomial.legendre.leggauss(5)
    np.testing.assert_array_equal(gauss(5), node)
    assert weight @ node**8 == pytest.approx(2 / 9)
