import pytest

from isocline_pinn.problem import open_problem
from isocline_run import UserError


def test_a_file_that_defines_data_is_a_problem(decay):
    problem = open_problem(decay)
    assert problem.name == "decay"
    assert problem.order == ("t",)
    assert [q.name for q in problem.outputs] == ["u"]
    assert problem.net is None
    assert problem.path == decay


def test_coordinates_are_named_by_the_geometry_and_outputs_counted(write_file):
    path = write_file(
        """
import deepxde as dde

def equations(x, u):
    return [dde.grad.hessian(u, x, component=c, i=0, j=0) - u[:, 2:3] for c in (0, 1)]

domain = dde.geometry.GeometryXTime(
    dde.geometry.Rectangle([0, 0], [1, 1]), dde.geometry.TimeDomain(0, 1)
)
data = dde.data.TimePDE(domain, equations, [], num_domain=10)
"""
    )
    problem = open_problem(path)
    assert [q.name for q in problem.coordinates] == ["x", "y", "t"]
    assert problem.order == ("t", "y", "x")
    assert [q.name for q in problem.outputs] == ["u1", "u2", "u3"]


def test_a_script_is_run_up_to_where_it_would_train(write_file, decay):
    path = write_file(
        decay.read_text()
        + """
rate = dde.Variable(2.0)
net = dde.nn.FNN([1, 5, 1], "tanh", "Glorot normal")
model = dde.Model(data, net)
model.compile("adam", lr=1e-3, external_trainable_variables=rate)
raise RuntimeError("plots a result that is not there")
"""
    )
    problem = open_problem(path)
    assert problem.net is not None
    assert list(problem.unknowns) == ["rate"]


def test_data_inside_a_function_is_found_by_its_model(write_file, decay):
    body = "".join(f"    {line}\n" for line in decay.read_text().splitlines())
    path = write_file(
        f"def main():\n{body}"
        "    model = dde.Model(data, dde.nn.FNN([1, 5, 1], 'tanh', 'Glorot normal'))\n"
        "    model.train(iterations=100000)\n\n"
        "if __name__ == '__main__':\n    main()\n"
    )
    assert open_problem(path).order == ("t",)


def test_a_file_may_import_its_neighbour(write_file, decay):
    write_file("from decay import data\n", "uses.py")
    assert open_problem(decay.parent / "uses.py").order == ("t",)


def test_deepxde_models_train_again_after_a_file_was_read(dde, decay):
    before = dde.Model.train
    open_problem(decay)
    assert dde.Model.train is before


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = 1\n", r"mine\.py defines no `data`; give that name to its dde\.data\.PDE"),
        (
            "import math\n\nmath.sqrt(-1)\n",
            r"mine\.py, line 3: ValueError: .* in `math\.sqrt\(-1\)`; correct the file$",
        ),
        ("def f(:\n", r"mine\.py, line 1: SyntaxError: .*; correct the file$"),
        (
            "import no_such_package\n",
            r"line 1: ModuleNotFoundError: No module named 'no_such_package'",
        ),
        ("data = 3\n", r"int is not a problem on a domain; give a dde\.data\.PDE"),
    ],
)
def test_a_file_that_cannot_be_used_gets_one_sentence(write_file, text, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        open_problem(write_file(text))
    assert "\n" not in str(caught.value)


def test_a_net_that_is_no_network_gets_its_sentence(write_file, decay):
    path = write_file(decay.read_text() + "net = [1, 20, 1]\n")
    with pytest.raises(UserError, match=r"`net` in .* is a list; .* torch\.nn\.Module"):
        open_problem(path)


def test_a_missing_file_gets_its_sentence(tmp_path):
    with pytest.raises(
        UserError, match=r"nowhere\.py is not there; give the path of a Python file"
    ):
        open_problem(tmp_path / "nowhere.py")


def test_an_unknown_name_is_told_the_near_ones():
    with pytest.raises(UserError, match=r"no problem 'burger' and no file .* did you mean burgers"):
        open_problem("burger")
