import numpy as np
import pytest

from isocline_pinn.trained.levenberg_marquardt import levenberg_marquardt_step


def test_a_linear_problem_is_solved_in_one_undamped_step():
    rng = np.random.default_rng(0)
    matrix, right = rng.normal(size=(12, 4)), rng.normal(size=12)
    theta = np.zeros(4)

    def cost(p):
        return 0.5 * float(np.sum((matrix @ p - right) ** 2))

    step = levenberg_marquardt_step(theta, -right, matrix, cost, 1e-13)
    assert step.accepted
    assert step.theta == pytest.approx(np.linalg.lstsq(matrix, right)[0], abs=1e-9)


def _rosenbrock(p):
    return np.array([10 * (p[1] - p[0] ** 2), 1 - p[0]])


@pytest.mark.parametrize("scale", [None, np.array([1.0, 100.0])])
def test_rosenbrocks_valley_is_followed_to_its_end(scale):
    theta, damping = np.array([-1.2, 1.0]), 1e-2
    for _ in range(40):
        jacobian = np.array([[-20 * theta[0], 10.0], [-1.0, 0.0]])
        step = levenberg_marquardt_step(
            theta,
            _rosenbrock(theta),
            jacobian,
            lambda p: 0.5 * float(np.sum(_rosenbrock(p) ** 2)),
            damping,
            scale,
        )
        theta, damping = step.theta, step.damping
    assert theta == pytest.approx([1, 1], abs=1e-8)


@pytest.mark.parametrize("bad", [np.inf, np.nan])
def test_a_step_to_where_the_cost_has_no_value_is_not_taken(bad):
    step = levenberg_marquardt_step(np.zeros(2), np.ones(2), np.eye(2), lambda _: bad, 1e-3)
    assert not step.accepted
    assert step.theta == pytest.approx([0, 0])
    assert step.damping > 1e-3


def test_a_singular_jacobian_is_damped_until_it_factors():
    jacobian = np.array([[1.0, 1.0], [1.0, 1.0]])
    step = levenberg_marquardt_step(
        np.zeros(2),
        -np.ones(2),
        jacobian,
        lambda p: float(np.sum((jacobian @ p - 1) ** 2)) / 2,
        1e-30,
    )
    assert step.accepted
    assert step.theta.sum() == pytest.approx(1.0, abs=1e-6)
