"""Composed shapes: their partners, their boundary, their corners."""

import deepxde as dde
import numpy as np
import pytest
import torch

from isocline_pinn.backend import load_deepxde
from isocline_pinn.local import BadConditionError, solve_locally
from isocline_pinn.local.periodic import periodic_points
from isocline_pinn.local.shape import Shape

pytestmark = pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")


def rectangle(x0, y0, x1, y1):
    return dde.geometry.Rectangle([x0, y0], [x1, y1])


def left(x, on):
    return on and np.isclose(x[0], 0)


@pytest.mark.parametrize(
    ("domain", "partner"),
    [
        (rectangle(0, 0, 1, 1) | rectangle(1, 0, 2, 1), 2.0),
        (rectangle(0, 0, 2, 1) - rectangle(1, 0, 2, 1), 1.0),
    ],
)
def test_the_partner_is_where_the_whole_domain_ends(domain, partner):
    condition = dde.icbc.PeriodicBC(domain, 0, left)
    side = np.stack([np.zeros(5), np.linspace(0.1, 0.9, 5)], 1)
    points = periodic_points(condition, Shape(domain), side, "condition 1")
    np.testing.assert_allclose(points[:5], side)
    np.testing.assert_allclose(points[5:, 0], partner, atol=1e-12)
    np.testing.assert_allclose(points[5:, 1], side[:, 1])


def test_a_domain_of_two_widths_has_no_partner():
    domain = rectangle(0, 0, 1, 1) | rectangle(1, 0, 2, 0.5)
    condition = dde.icbc.PeriodicBC(domain, 0, left)
    side = np.stack([np.zeros(5), np.linspace(0.1, 0.9, 5)], 1)
    with pytest.raises(BadConditionError, match=r"through the domain are 1 to 2 long"):
        periodic_points(condition, Shape(domain), side, "condition 1")


def test_a_domain_with_a_gap_has_no_partner():
    domain = rectangle(0, 0, 3, 1) - dde.geometry.Disk([1.5, 0.5], 0.3)
    condition = dde.icbc.PeriodicBC(domain, 0, left)
    side = np.stack([np.zeros(5), np.linspace(0.1, 0.9, 5)], 1)
    with pytest.raises(BadConditionError, match="leaves the domain 2 times"):
        periodic_points(condition, Shape(domain), side, "condition 1")


def test_a_periodic_union_is_solved():
    domain = rectangle(0, 0, 1, 1) | rectangle(1, 0, 2, 1)

    def ends(x, on):
        return on and (np.isclose(x[1], 0) or np.isclose(x[1], 1))

    def exact(x):
        return np.sin(np.pi * x[:, :1]) * np.exp(x[:, 1:])

    def pde(x, u):
        u_xx, u_yy = (dde.grad.hessian(u, x, i=j, j=j) for j in range(2))
        wave = torch.sin(np.pi * x[:, :1]) * torch.exp(x[:, 1:])
        return u_xx + u_yy - (1 - np.pi**2) * wave

    conditions = [
        dde.icbc.DirichletBC(domain, exact, ends),
        dde.icbc.PeriodicBC(domain, 0, left),
        dde.icbc.PeriodicBC(domain, 0, left, derivative_order=1),
    ]
    result = solve_locally(dde.data.PDE(domain, pde, conditions, 4, 4), tolerance=1e-8)
    points = np.random.default_rng(0).uniform([0, 0], [2, 1], (200, 2))
    np.testing.assert_allclose(result.solution(points), exact(points), atol=1e-7)


def test_a_polygon_taken_away_answers_for_single_points():
    """Field case A10: the selector of a condition asks the inner polygon itself."""
    load_deepxde()
    inner = dde.geometry.Polygon([[0, 0], [0, 0.1], [0.1, 0.1], [0.07, 0]])
    domain = dde.geometry.CSGDifference(rectangle(-0.5, -0.5, 1, 0.5), inner)
    condition = dde.icbc.DirichletBC(domain, lambda x: 0, lambda x, on: on and inner.on_boundary(x))
    outside = dde.icbc.DirichletBC(
        domain, lambda x: 1, lambda x, on: on and not inner.on_boundary(x)
    )

    def pde(x, u):
        return dde.grad.hessian(u, x, i=0, j=0) + dde.grad.hessian(u, x, i=1, j=1)

    data = dde.data.PDE(domain, pde, [condition, outside], num_domain=40, num_boundary=200)
    assert not inner.inside(domain.random_points(4000)).any()
    points = condition.collocation_points(domain.random_boundary_points(300))
    assert len(points) > 3
    corners = inner.vertices
    distance = np.full(len(points), np.inf)
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        share = np.clip((points - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
        distance = np.minimum(
            distance, np.linalg.norm(a + share[:, None] * (b - a) - points, axis=1)
        )
    assert distance.max() < 1e-6
    normals = domain.boundary_normal(points)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-12)
    assert inner.inside(points + 1e-5 * normals).all()
    result = solve_locally(data, budget=10)
    assert 0 < float(result.solution(np.array([[0.2, 0.05]]))[0, 0]) < 1
