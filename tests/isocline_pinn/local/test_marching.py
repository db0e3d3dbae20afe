"""Marching: levels planned by work, factors kept, errors carried, saved, refused."""

import time

import numpy as np
import pytest

from isocline_pinn.local import solve_locally
from isocline_pinn.local.check import corrected
from isocline_pinn.local.errors import BudgetTooSmallError, OutOfTimeError, TooLargeError
from isocline_pinn.local.march import March
from isocline_pinn.local.march_levels import Rung, ladder, march_levels, work
from isocline_pinn.local.memory import check_memory, needed_bytes
from isocline_pinn.local.newton import gauss_newton
from isocline_pinn.local.problem import read_problem
from isocline_pinn.local.run_state import SolveState, relative_difference
from isocline_pinn.local.slab_mesh import at_times, coarse_mesh
from isocline_pinn.local.solution import Piece, Pieces


def state_of(problem, budget=None):
    now = time.monotonic()
    deadline = None if budget is None else now + budget
    return SolveState(problem, now, deadline, 1e-12, problem.shape.probes(500, 3))


def test_work_grows_with_the_degree_and_as_the_tolerance_falls():
    assert work(Rung(10, 1e-4), Rung(10, 1e-8), 2) == pytest.approx(1e-4 ** (-2 / 10))
    assert work(Rung(10, 1e-4), Rung(16, 1e-8), 2) > work(Rung(10, 1e-4), Rung(16, 1e-6), 2)
    assert all(rung.degree >= 14 for rung in ladder(2, 3))


def test_old_factors_solve_the_next_slab_of_a_steady_linear_problem(convection):
    data, exact = convection
    problem = read_problem(data)
    boxes = coarse_mesh(problem, 4, only_space=1)
    pieces, outcome = [], None
    for k in range(3):
        mesh = at_times(boxes, 1, 0.05 * k, 0.05 * (k + 1))
        before = pieces[-1].jets if pieces else None
        system = problem.discretise(mesh, 14, before=before, first=not pieces)
        like = outcome.factored if k == 2 else None
        outcome = gauss_newton(system, np.zeros(system.shape), like=like)
        pieces.append(Piece(mesh, system.polynomials, outcome.coefficients))
    assert outcome.iterations == 0
    points = np.random.default_rng(1).uniform([0, 0.1], [2 * np.pi, 0.15], (200, 2))
    np.testing.assert_allclose(pieces[-1].derivative(points, (0, 0)), exact(points), atol=1e-9)


def test_an_error_of_the_first_slab_is_carried_to_the_last_by_the_correction(convection):
    data, exact = convection
    problem = read_problem(data)
    state = state_of(problem)
    state.record(March(problem, 12, 1e-8).run(), 12, 0.0)
    for part in state.best.parts:
        part.coefficients *= 1 + 1e-4
    found = corrected(state)
    points = np.random.default_rng(2).uniform([0, 0.9], [2 * np.pi, 1.0], (300, 2))
    truth = exact(points)
    assert relative_difference(found(points), truth) < 1e-7
    estimate = relative_difference(state.best(points), found(points))
    assert estimate == pytest.approx(1e-4, rel=1e-2)


def test_a_level_that_outlasts_the_budget_tells_how_long_one_takes(burgers):
    state = state_of(read_problem(burgers[0]), 60.0)
    seen = []

    def within(level):
        seen.append(level)
        raise OutOfTimeError("the time is up")

    state.within = within
    march_levels(state)
    assert not state.records
    assert 0 < seen[0].share < 1
    assert state.needed > 0


def test_a_run_goes_on_from_a_saved_level(convection):
    problem = read_problem(convection[0])
    first = March(problem, 10, 1e-4).run()
    again = Pieces.from_arrays(first.arrays())
    points = problem.shape.probes(100, 4)
    np.testing.assert_array_equal(first(points), again(points))
    state = state_of(problem)
    state.best = again
    degrees = []
    state.progress = lambda level: degrees.append((level.degree, level.difference))
    march_levels(state, again)
    assert degrees[0][0] > 10
    assert degrees[0][1] < 1e-2


def test_what_does_not_fit_in_memory_is_refused_with_what_would():
    assert needed_bytes(200, 3, 10, 1) > 4 * needed_bytes(200, 3, 6, 1)
    with pytest.raises(
        TooLargeError, match=r"200 blocks of degree 10 with 1 output\(s\) need about .* would fit"
    ):
        check_memory(200, 3, 10, 1, available=2e8)
    check_memory(4, 2, 10, 1, available=1e9)


def test_a_level_too_large_for_the_machine_is_not_begun(convection, monkeypatch):
    problem = read_problem(convection[0])
    monkeypatch.setattr("isocline_pinn.local.memory.available_bytes", lambda: 1e6)
    with pytest.raises(TooLargeError, match="GiB are free for them"):
        March(problem, 12, 1e-4).run()
    with pytest.raises(TooLargeError, match="would fit"):
        solve_locally(convection[0])


def test_a_budget_that_holds_no_level_is_said(convection):
    with pytest.raises(
        BudgetTooSmallError, match=r"no level was finished in the 0\.001 s that the"
    ):
        solve_locally(convection[0], budget=0.001)
