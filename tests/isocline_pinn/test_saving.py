import json

import numpy as np
import pytest

from isocline_pinn import load_solution, solve
from isocline_run import UserError


@pytest.fixture(scope="module")
def local():
    return solve("heat", method="local", budget=None, tolerance=1e-5)


POINTS = np.array([[0.3, 0.2], [0.71, 0.9], [0.05, 0.01]])


def test_a_solution_in_blocks_comes_back_with_its_residual_and_its_error(tmp_path, local):
    assert local.save(tmp_path / "kept") == tmp_path / "kept"
    again = load_solution(tmp_path / "kept")
    assert np.array_equal(again(POINTS), local(POINTS))
    assert np.array_equal(again.residual(POINTS), local.residual(POINTS))
    assert np.array_equal(again.estimated_error(POINTS), local.estimated_error(POINTS))
    assert np.array_equal(again.derivative(POINTS, "u", x=2), local.derivative(POINTS, "u", x=2))
    assert again.error_estimate == local.error_estimate
    assert (again.method, again.notes, again.history) == ("local", local.notes, local.history)
    assert again.relative_l2() == local.relative_l2()


def test_a_trained_network_comes_back_with_its_constants(tmp_path):
    trained = solve(
        "lotka_volterra", method="trained", budget=None, iterations=6, hidden=(7, 5), points=40
    )
    trained.save(tmp_path)
    again = load_solution(tmp_path)
    times = np.linspace(0, 10, 9)[:, None]
    assert np.array_equal(again(times), trained(times))
    assert np.array_equal(again.residual(times), trained.residual(times))
    assert again.unknowns == trained.unknowns
    assert float(again.problem.unknowns["alpha"].detach()) == trained.unknowns["alpha"].value


def test_a_run_folder_opens_as_a_solution(tmp_path, decay):
    solved = solve(decay, method="local", out=tmp_path / "run", budget=None, tolerance=1e-6)
    again = load_solution(tmp_path / "run")
    assert again.problem.name == "decay"
    assert np.array_equal(again([[0.25]]), solved([[0.25]]))
    decay.unlink()
    with pytest.raises(UserError, match=r"decay\.py, whose solution .* pass the file's place"):
        load_solution(tmp_path / "run")


def test_a_solution_of_an_object_asks_for_it(tmp_path, diffusion, dde):
    data = diffusion(
        lambda domain: [
            dde.icbc.DirichletBC(domain, lambda x: 0, lambda _, on: on),
            dde.icbc.IC(domain, lambda x: np.sin(np.pi * x[:, :1]), lambda _, on: on),
        ]
    )
    solved = solve(data, method="trained", budget=None, iterations=2, hidden=(4,), points=30)
    solved.save(tmp_path)
    with pytest.raises(UserError, match="which was an object; pass it as problem="):
        load_solution(tmp_path)
    assert np.array_equal(load_solution(tmp_path, problem=data)(POINTS), solved(POINTS))


def test_a_given_network_must_be_given_again(tmp_path, dde):
    def network(widths):
        return dde.nn.FNN(widths, "sin", "Glorot normal")

    net = network([2, 6, 1])
    solved = solve("heat", net, budget=None, iterations=2, points=30)
    solved.save(tmp_path)
    with pytest.raises(UserError, match="no longer gives what it gave when it was saved"):
        load_solution(tmp_path)
    with pytest.raises(UserError, match="pass one of the same shape as net="):
        load_solution(tmp_path, net=network([2, 5, 1]))
    again = load_solution(tmp_path, net=network([2, 6, 1]))
    assert np.array_equal(again(POINTS), solved(POINTS))


def test_an_output_transform_comes_from_the_problem_again(tmp_path, write_file):
    text = """
import deepxde as dde

def equation(t, u):
    return dde.grad.jacobian(u, t) + u

span = dde.geometry.TimeDomain(0, 1)
data = dde.data.PDE(span, equation, [], num_domain=20, num_boundary=2)
net = dde.nn.FNN([1, 8, 1], "tanh", "Glorot normal")
net.apply_output_transform(lambda t, v: 1 + t * v)
"""
    path = write_file(text, "hard.py")
    solved = solve(path, method="local", budget=None, tolerance=1e-8)
    assert solved([[1.0]])[0, 0] == pytest.approx(np.exp(-1.0), abs=1e-9)
    solved.save(tmp_path / "kept")
    assert np.array_equal(load_solution(tmp_path / "kept")([[0.3]]), solved([[0.3]]))
    path.write_text(text.replace("1 + t", "2 + t"))
    with pytest.raises(UserError, match="no longer gives what it gave"):
        load_solution(tmp_path / "kept")


def test_what_cannot_be_saved_or_opened_is_said(tmp_path, local):
    with pytest.raises(UserError, match=r"holds no solution\.json; give a run's folder"):
        load_solution(tmp_path)
    local.save(tmp_path)
    with pytest.raises(UserError, match="holds a solution; choose another folder"):
        local.save(tmp_path)
    local.save(tmp_path, force=True)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is a file; give the name of a folder"):
        local.save(tmp_path / "file")


def test_only_networks_of_ours_are_imported(tmp_path, local):
    local.save(tmp_path)
    record = json.loads((tmp_path / "solution.json").read_text())
    record["network"]["class"] = "os:system"
    (tmp_path / "solution.json").write_text(json.dumps(record))
    with pytest.raises(UserError, match="os is no module of Isocline"):
        load_solution(tmp_path)
