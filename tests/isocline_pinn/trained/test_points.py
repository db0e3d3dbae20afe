# ruff: noqa: NPY002  (DeepXDE draws from NumPy's global generator)
import numpy as np
import pytest

from isocline_pinn.trained.balance import balanced_weights, weigh
from isocline_pinn.trained.residuals import ResidualSystem
from isocline_pinn.trained.sampling import can_redraw, fixed_points, redraw


@pytest.fixture
def system(dde, diffusion):
    def conditions(domain):
        return [dde.icbc.DirichletBC(domain, lambda x: 0 * x[:, 0:1], lambda _, on: on)]

    return ResidualSystem(diffusion(conditions), dde.nn.FNN([2, 6, 1], "tanh", "Glorot normal"))


def test_fixed_points_are_those_of_boundary_and_initial_time(system):
    fixed = fixed_points(system.data)
    assert np.all((np.abs(fixed[:, 0]) == 1) | (fixed[:, 1] == 0))
    assert len(fixed) == 32


def test_redrawn_points_are_the_same_for_a_seed_and_leave_the_generator_alone(system):
    fixed = fixed_points(system.data)
    np.random.seed(5)
    state = np.random.get_state()[1].copy()
    redraw(system, 40, fixed=fixed, seed=(0, 10))
    first = system.data.train_x_all.copy()
    redraw(system, 40, fixed=fixed, seed=(0, 20))
    second = system.data.train_x_all.copy()
    redraw(system, 40, fixed=fixed, seed=(0, 10))
    assert np.array_equal(system.data.train_x_all, first)
    assert not np.array_equal(second, first)
    assert np.array_equal(np.random.get_state()[1], state)
    assert len(first) == 72


def test_points_gather_where_the_residual_is_large(dde):
    def equation(x, u):
        return 1000.0 * (x > 0.9) + 0.0 * u

    data = dde.data.PDE(
        dde.geometry.Interval(0, 1),
        equation,
        dde.icbc.DirichletBC(dde.geometry.Interval(0, 1), lambda x: 0.0, lambda _, on: on),
        num_domain=200,
        num_boundary=2,
    )
    system = ResidualSystem(data, dde.nn.FNN([1, 4, 1], "tanh", "Glorot normal"))
    redraw(system, 200, fixed=fixed_points(data), seed=(0, 1))
    share = np.mean(data.train_x_all[:, 0] > 0.9)
    # p ∝ |r|/mean + 1: one tenth of the pool weighs 11, the rest 1; drawn without replacement.
    assert 0.3 < share < 0.55


def test_a_problem_without_points_inside_is_not_redrawn(dde, diffusion):
    assert not can_redraw(diffusion(lambda _: [], num_domain=0))


def test_balanced_terms_move_alike():
    rng = np.random.default_rng(0)
    matrices = [100 * rng.normal(size=(30, 5)), 0.01 * rng.normal(size=(7, 5))]
    weights = balanced_weights(matrices)
    rows = weigh(matrices, weights)
    assert np.sum(rows[:30] ** 2) == pytest.approx(1.0)
    assert np.sum(rows[30:] ** 2) == pytest.approx(1.0)
