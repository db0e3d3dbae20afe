"""Whole DeepXDE scripts, run with the engine in the place of their trainings."""

import re
import sys

import numpy as np
import pytest

import isocline_pinn
from isocline_pinn import solve
from isocline_pinn.script import BrokenScriptError
from isocline_run import UserError

STRING = """
import deepxde as dde
import numpy as np

def equation(x, u):
    return dde.grad.hessian(u, x) + 4 * np.pi**2 * SIN(2 * np.pi * x)

line = dde.geometry.Interval(0, 1)
ends = dde.icbc.DirichletBC(line, lambda x: 0, lambda x, on: on)
data = dde.data.PDE(line, equation, ends, 16, 2, solution=lambda x: np.sin(2 * np.pi * x), num_test=50)
net = dde.nn.FNN([1, 10, 1], "tanh", "Glorot uniform")
model = dde.Model(data, net)
"""

SIMPLE = STRING.replace("SIN", "dde.backend.sin")
X = "x = np.linspace(0, 1, 41)[:, None]\n"


@pytest.fixture
def run(write_file, tmp_path, monkeypatch):
    """Runs a script's text in an empty folder, and returns its last solution."""
    monkeypatch.chdir(tmp_path)

    def run_text(text, name="mine.py", **settings):
        return solve(write_file(text, name), **({"budget": "20s"} | settings))

    return run_text


def test_what_follows_the_training_sees_the_solution(run, tmp_path):
    solution = run(
        SIMPLE
        + X
        + """
model.compile("adam", lr=1e-3, metrics=["l2 relative error"], loss_weights=[1, 10])
history, state = model.train(iterations=3000, display_every=500)
dde.saveplot(history, state, issave=True, isplot=True)
assert model.predict(x).shape == (41, 1)
np.savetxt("error.txt", [np.abs(model.predict(x) - np.sin(2 * np.pi * x)).max()])
np.savetxt("residual.txt", model.predict(x, operator=equation))
np.savetxt("slope.txt", model.predict(x, operator=lambda x, u: dde.grad.jacobian(u, x)))
losses = [np.sum(line) for line in history.loss_train]
np.savetxt("metric.txt", [state.best_metrics[0], losses[0], losses[-1]])
assert state.iteration == state.best_step == 3000
assert history.steps == [0, 3000]
"""
    )
    assert np.loadtxt(tmp_path / "error.txt") < 1e-12
    assert np.abs(np.loadtxt(tmp_path / "residual.txt")).max() < 1e-8
    slope = 2 * np.pi * np.cos(2 * np.pi * np.linspace(0, 1, 41))
    assert np.loadtxt(tmp_path / "slope.txt") == pytest.approx(slope, abs=1e-10)
    metric, first, last = np.loadtxt(tmp_path / "metric.txt")
    assert metric < 1e-12
    assert first > 1 > 1e-18 > last
    saved = np.loadtxt(tmp_path / "test.dat")
    assert saved[:, 1] == pytest.approx(saved[:, 2], abs=1e-12)
    assert np.loadtxt(tmp_path / "loss.dat").shape == (2, 6)
    assert solution.method == "local"
    assert solution.relative_l2() < 1e-12
    assert solution.folder is None


def test_a_script_with_tensorflow_names_runs_on_pytorch(run):
    text = "import tensorflow as tf\nfrom deepxde.backend import tf as again\n" + STRING
    text = text.replace("import deepxde as dde\n", "", 1).replace(
        "import tensorflow", "import deepxde as dde\nimport tensorflow"
    )
    solution = run(
        text.replace("SIN", "again.sin")
        + "net.apply_output_transform(lambda x, y: x * (1 - x) * tf.tanh(tf.ones_like(x)) * y)\n"
        + "model.compile('adam', lr=1e-3, decay=('inverse time', 2000, 0.9))\nmodel.train(epochs=10)\n"
    )
    assert solution.relative_l2() < 1e-12
    assert "tensorflow" not in sys.modules


def test_names_that_a_script_defines_for_other_backends_only(run):
    text = STRING.replace("SIN", "sin").replace("dde.nn.FNN(", "dde.nn.MsFFN(")
    text = text.replace('"Glorot uniform")', '"Glorot uniform", sigmas=[1, 10])')
    branch = "if dde.backend.backend_name == 'paddle':\n    import paddle\n    sin = paddle.sin\n"
    solution = run(text.replace("def equation", branch + "\ndef equation", 1) + TRAINED)
    assert solution.relative_l2() < 1e-12


TRAINED = 'model.compile("adam", lr=1e-3)\nmodel.train(iterations=100)\n'


def test_constants_have_their_names_and_their_file(run, tmp_path):
    solution = run(
        """
import re
import deepxde as dde
import numpy as np

def main():
    rate = dde.Variable(0.2)
    other = dde.Variable(1.0)

    def equation(t, u):
        return dde.grad.jacobian(u, t) + rate * u - other

    span = dde.geometry.TimeDomain(0, 2)
    seen = np.linspace(0, 2, 20)[:, None]
    values = 0.5 + 0.7 * np.exp(-1.4 * seen)
    data = dde.data.PDE(
        span, equation, [dde.icbc.PointSetBC(seen, values, batch_size=5)], 20, 2, anchors=seen
    )
    model = dde.Model(data, dde.nn.FNN([1, 8, 1], "tanh", "Glorot uniform"))
    model.compile("adam", lr=1e-3, external_trainable_variables=[rate, other])
    written = dde.callbacks.VariableValue([rate, other], period=600, filename="rate.dat", precision=9)
    resampler = dde.callbacks.PDEPointResampler(period=10, bc_points=True)
    model.train(iterations=5000, callbacks=[written, resampler])
    lines = open("rate.dat").readlines()
    first, last = [np.array(eval(re.search(r"\\[.*\\]", line)[0])) for line in (lines[0], lines[-1])]
    assert first == __import__("pytest").approx([0.2, 1.0])
    np.savetxt("found.txt", last)

if __name__ == "__main__":
    main()
"""
    )
    assert np.loadtxt(tmp_path / "found.txt") == pytest.approx([1.4, 0.7], abs=1e-7)
    assert list(solution.unknowns) == ["rate", "other"]
    assert solution.unknowns["rate"].value == pytest.approx(1.4, abs=1e-7)
    assert any("PDEPointResampler" in note for note in solution.notes)


def test_a_loop_until_the_residual_is_small_ends(run, tmp_path):
    run(
        SIMPLE
        + TRAINED
        + X
        + """
rounds, residual = 0, 1.0
while residual > 1e-7:
    found = np.abs(model.predict(x, operator=equation))
    residual = found.mean()
    data.add_anchors(x[found.argmax()][None, :])
    model.compile("adam", lr=1e-3)
    model.train(iterations=100, disregard_previous_best=True)
    model.compile("L-BFGS")
    model.train()
    rounds += 1
np.savetxt("rounds.txt", [rounds])
"""
    )
    assert np.loadtxt(tmp_path / "rounds.txt") == 1


def test_a_loop_that_cannot_be_content_ends_with_a_sentence_and_its_solution(run):
    loop = "while True:\n    model.predict(x)\n    model.train(iterations=1, verbose=0)\n"
    with pytest.raises(BrokenScriptError, match=r"trained one model 51 times, .* loosen") as caught:
        run(SIMPLE + TRAINED + X + loop)
    assert caught.value.solution.relative_l2() < 1e-12


def test_a_problem_changed_between_two_trainings_is_solved_anew(run, tmp_path):
    text = SIMPLE.replace("4 * np.pi**2", "height * 4 * np.pi**2").replace(
        "def eq", "height = 1\n\ndef eq"
    )
    run(
        text
        + TRAINED
        + "height = 3\nmodel.train(iterations=100)\n"
        + "np.savetxt('top.txt', model.predict(np.array([[0.25]])))\n"
    )
    assert np.loadtxt(tmp_path / "top.txt") == pytest.approx(3, abs=1e-11)


def test_several_models_are_solved_and_the_last_is_returned(run):
    solution = run(
        """
import deepxde as dde
for rate in (1.0, 2.0):
    span = dde.geometry.TimeDomain(0, 1)
    start = dde.icbc.IC(span, lambda t: 1.0, lambda _, on: on)
    data = dde.data.PDE(span, lambda t, u: dde.grad.jacobian(u, t) + rate * u, start, 20, 2)
    model = dde.Model(data, dde.nn.FNN([1, 5, 1], "tanh", "Glorot normal"))
    model.compile("adam", lr=1e-3)
    model.train(iterations=10)
    assert abs(model.predict([[1.0]])[0, 0] - 2.718281828459045 ** -rate) < 1e-9
"""
    )
    assert solution([[1.0]])[0, 0] == pytest.approx(np.exp(-2), abs=1e-9)
    assert solution.problem.name == "mine_2"
    assert any("solves 2 models" in note for note in solution.notes)


def test_a_script_is_main_without_arguments_and_its_figures_are_kept(run, tmp_path):
    run(
        SIMPLE
        + TRAINED
        + """
import argparse, sys
import matplotlib
matplotlib.use("TkAgg")
import matplotlib.pyplot as plt
assert argparse.ArgumentParser().parse_args() == argparse.Namespace()
assert sys.modules["__main__"].__dict__ is globals()
plt.plot([0, 1])
plt.show()
plt.figure()
exit()
""",
        out=tmp_path / "run",
    )
    kept = sorted(path.name for path in (tmp_path / "run" / "figures").glob("script-*.png"))
    assert kept == ["script-1.png"]


def test_a_file_beside_the_script_is_found_from_another_folder(write_file, tmp_path, monkeypatch):
    (tmp_path / "scripts").mkdir()
    write_file("3.0", "height.txt")
    monkeypatch.chdir(tmp_path)
    text = SIMPLE.replace("4 * np.pi**2", "height * 4 * np.pi**2").replace(
        "def eq", "height = float(open('../height.txt').read())\n\ndef eq"
    )
    solution = solve(write_file(text + TRAINED, "scripts/mine.py"), budget="20s")
    assert solution([[0.25]])[0, 0] == pytest.approx(3, abs=1e-11)


def test_a_script_that_breaks_after_its_training_keeps_its_solution(run, tmp_path):
    with pytest.raises(BrokenScriptError) as caught:
        run(SIMPLE + TRAINED + "print(loss_history)\n", out=tmp_path / "run")
    assert re.search(
        r"mine\.py, line 15: NameError: name 'loss_history' is not defined in `print\(loss_history\)`; "
        r"correct the file; the solution found before is in .*run$",
        str(caught.value),
    )
    assert (tmp_path / "run" / "result.nc").exists()
    assert caught.value.solution.relative_l2() < 1e-12


OF_A_FUNCTION = """
import deepxde as dde
import numpy as np
data = dde.data.Function(dde.geometry.Interval(0, 1), np.sin, 10, 10)
model = dde.Model(data, dde.nn.FNN([1, 5, 1], "tanh", "Glorot normal"))
model.compile("adam", lr=1e-3)
model.train(iterations=10)
"""


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            SIMPLE.replace("model =", "# model =").replace("data =", "problem ="),
            r"defines no `data`",
        ),
        (
            OF_A_FUNCTION,
            r"dde\.data\.Function has no differential equation .* run this script with `python`",
        ),
        (
            "import numpy as np\nnp.asfarray([1])\n",
            r"AttributeError: .* written for another numpy than \d",
        ),
        (
            "import tensorflow as tf\ntf.py_function(1)\n",
            r"tensorflow\.py_function, which Isocline cannot",
        ),
        ("import no_such_thing\n", r"install no_such_thing, or correct the file$"),
    ],
)
def test_a_script_that_cannot_be_solved_gets_one_sentence(run, text, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        run(text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_model_in_a_notebook_is_solved_in_the_place_of_its_training(dde, precision):
    names = {}
    dde.config.set_default_float(precision)
    exec(SIMPLE, names)
    model = names["model"]
    model.compile("adam", lr=1e-3, verbose=0)
    solution = isocline_pinn.train(model, budget="20s")
    x = np.linspace(0, 1, 11)[:, None]
    assert model.predict(x) == pytest.approx(np.sin(2 * np.pi * x), abs=1e-12)
    assert solution(x) == pytest.approx(model.predict(x))


def test_a_notebook_file_is_a_script(run, tmp_path):
    import json

    cells = [
        {"cell_type": "markdown", "source": ["# A string"]},
        {
            "cell_type": "code",
            "source": ["%matplotlib inline\n", *SIMPLE.splitlines(keepends=True)],
        },
        {"cell_type": "code", "source": TRAINED},
    ]
    assert run(json.dumps({"cells": cells}), "mine.ipynb").relative_l2() < 1e-12


def test_an_equation_that_calls_the_network_itself_is_solved(run):
    text = SIMPLE.replace("dde.grad.hessian(u, x)", "dde.grad.hessian(model.net(x), x)")
    assert run(text + TRAINED).relative_l2() < 1e-12


def test_a_script_of_an_older_numpy_and_matplotlib_runs(run):
    solution = run(
        SIMPLE
        + TRAINED
        + """
import matplotlib.pyplot as plt
table = np.zeros((3, 2), dtype=np.float_)
kept = {}
for i in range(3):
    table[i][1] = model.predict(np.array([[0.25]]))[0]
    kept[i] = np.array([1.0])
assert abs(table[:, 1] - 1).max() < 1e-9
assert kept[0].shape == (1,)
assert abs(np.trapz([1.0, 1.0]) - 1) < 1e-12
plt.cm.get_cmap("viridis")
"""
    )
    assert solution.relative_l2() < 1e-12
    assert "float_" not in vars(np)


def test_the_first_layer_fits_the_features(run):
    text = SIMPLE.replace(
        "model = dde",
        "net.apply_feature_transform(lambda x: torch.cat([x, torch.sin(2 * np.pi * x)], 1))\nmodel = dde",
    )
    solution = run("import torch\n" + text + TRAINED, method="trained", budget=None, iterations=2)
    assert solution.net.linears[0].in_features == 2


def test_a_script_that_insists_on_its_network_has_it_trained(run, tmp_path):
    text = (
        SIMPLE
        + TRAINED
        + "np.savetxt('same.txt', [model.net is net, model.predict([[0.25]])[0, 0]])\n"
    )
    solution = run(text, method="trained", budget=None, iterations=40)
    same, top = np.loadtxt(tmp_path / "same.txt")
    assert same == 1
    assert top == pytest.approx(1, abs=1e-2)
    assert solution.method == "trained"


def test_a_network_too_large_for_our_training_gives_way_to_a_smaller_one(dde):
    from isocline_pinn.network import affordable_network
    from isocline_pinn.problem import describe_data

    names = {}
    exec(SIMPLE.replace("[1, 10, 1]", "[1, 100, 100, 1]"), names)
    names["net"].apply_output_transform(lambda x, y: x * y)
    problem = describe_data(names["data"], names["net"])
    insisting = isocline_pinn.PinnSettings(method="trained")
    assert affordable_network(problem, insisting) is names["net"]
    smaller = affordable_network(problem, isocline_pinn.PinnSettings())
    assert sum(p.numel() for p in smaller.parameters()) < 3000
    assert smaller._output_transform is names["net"]._output_transform


def test_points_are_thinned_but_no_condition_loses_its_last_one(dde, diffusion):
    from isocline_pinn.trained.sampling import fixed_points, thinned

    data = diffusion(
        lambda d: [
            dde.icbc.DirichletBC(d, lambda x: 0.0, lambda _, on: on),
            dde.icbc.IC(d, lambda x: 0.0, lambda _, on: on),
        ],
        num_boundary=400,
        num_initial=400,
    )
    fixed = fixed_points(data)
    assert len(thinned(data, fixed, 100, 0)) == 100
    data.bcs[0].on_boundary = lambda points, on: (np.arange(len(points)) >= 100) & on
    assert len(thinned(data, fixed, 100, 0)) == len(fixed)
