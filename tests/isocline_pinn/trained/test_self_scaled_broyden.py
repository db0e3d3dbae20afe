"""Self-scaled Broyden: its update as published, and how fast it ends on known functions."""

import numpy as np
import pytest

from isocline_pinn.trained.self_scaled_broyden import (
    _updated,
    at_new_points,
    broyden_step,
    start_broyden,
)


def rosenbrock(x):
    value = np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    gradient = np.zeros_like(x)
    gradient[:-1] = -400 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2 * (1 - x[:-1])
    gradient[1:] += 200 * (x[1:] - x[:-1] ** 2)
    return float(value), gradient


def quadratic(condition, size=12):
    curvatures = np.geomspace(1.0, condition, size)
    rotation = np.linalg.qr(np.random.default_rng(0).standard_normal((size, size)))[0]
    matrix = rotation @ np.diag(curvatures) @ rotation.T

    def objective(x):
        return 0.5 * float(x @ matrix @ x), matrix @ x

    return objective


def minimised(objective, start, steps):
    state = start_broyden(objective, start)
    for step in range(steps):
        state = broyden_step(objective, state)
        if np.linalg.norm(state.gradient) < 1e-9:
            return state, step + 1
    return state, steps


def published(inverse, gradient, s, y, length):
    """The formula in the module's docstring, term by term."""
    ys, product = y @ s, inverse @ y
    quadratic_form = y @ product
    b = -length * (s @ gradient) / ys
    h = quadratic_form / ys
    a = max(h * b - 1, 1e-14)
    rho = min(1, h * (1 - np.sqrt(a / (a + 1))))
    theta = max((rho - 1) / a, min(1 / rho, (1 - b) / b))
    sigma = 1 + a * theta
    scale = abs(sigma) ** (-1 / (len(s) - 1))
    tau = min(1, 1 / b)
    tau = tau * min(scale, 1 / theta) if theta > 0 else min(tau * scale, sigma)
    phi = (1 - theta) / (1 + a * theta)
    v = np.sqrt(quadratic_form) * (s / ys - product / quadratic_form)
    rest = inverse - np.outer(product, product) / quadratic_form + phi * np.outer(v, v)
    return rest / tau + np.outer(s, s) / ys


@pytest.mark.parametrize("seed", range(6))
def test_update_is_the_published_one_and_meets_the_secant_equation(seed):
    generator = np.random.default_rng(seed)
    root = generator.standard_normal((7, 7))
    inverse = root @ root.T + 0.1 * np.eye(7)
    gradient = generator.standard_normal(7)
    length = generator.uniform(0.2, 2.0)
    s = -length * inverse @ gradient
    curvature = generator.standard_normal((7, 7))
    y = (curvature @ curvature.T + 0.01 * np.eye(7)) @ s
    expected = published(inverse, gradient, s, y, length)
    found = _updated(inverse.copy(), gradient, s, y, inverse @ y, length)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert found @ y == pytest.approx(s, rel=1e-7, abs=1e-9)
    assert np.linalg.eigvalsh(found).min() > 0


@pytest.mark.parametrize("condition", [1e2, 1e6])
def test_quadratic_is_minimised_whatever_its_condition(condition):
    state, steps = minimised(quadratic(condition), np.ones(12), 200)
    assert np.linalg.norm(state.gradient) < 1e-9
    assert steps < 120


def test_rosenbrock_valley_is_followed_to_its_end():
    state, steps = minimised(rosenbrock, np.full(8, -1.0), 300)
    assert state.theta == pytest.approx(np.ones(8), abs=1e-6)
    assert steps < 200


def test_metric_outlives_a_change_of_the_objective():
    state, _ = minimised(quadratic(1e4), np.ones(12), 60)
    other = quadratic(1e4)
    moved = at_new_points(state, lambda x: other(x - 1.0))
    assert moved.inverse is state.inverse
    steps = 0
    while np.linalg.norm(moved.gradient) > 1e-7 and steps < 50:
        moved, steps = broyden_step(lambda x: other(x - 1.0), moved), steps + 1
    assert moved.theta == pytest.approx(np.ones(12), abs=1e-6)
    assert steps < 25


def test_stall_is_counted_where_nothing_is_lower():
    state = start_broyden(lambda x: (float(np.abs(x).sum()), np.zeros_like(x)), np.zeros(3))
    assert broyden_step(lambda x: (float(np.abs(x).sum()), np.zeros_like(x)), state).stalled == 1
