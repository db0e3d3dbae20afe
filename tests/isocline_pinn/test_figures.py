import json

import numpy as np
import pytest
import xarray as xr

from isocline_pinn import Problem, Quantity, solve
from isocline_pinn.figures.maps import cuts


def _problem(order):
    names = [name for name in order if name != "t"] + [name for name in order if name == "t"]
    return Problem("p", "", None, tuple(map(Quantity, names)), (Quantity("u"),), dimensions=order)


def _dataset(order):
    axes = {name: np.linspace(0, 1, 5) for name in order}
    return xr.Dataset(coords=axes)


@pytest.mark.parametrize(
    ("order", "words"),
    [
        (("y", "x"), [""]),
        (("t", "x"), [""]),
        (("t", "y", "x"), ["t = 0", "t = 0.25", "t = 0.75", "t = 1"]),
        (("z", "y", "x"), ["z = 0.5", "y = 0.5", "x = 0.5"]),
        (("z", "t", "y", "x"), [f"t = {t}" for t in ("0", "0.25", "0.75", "1")]),
        (("x4", "x3", "x2", "x1"), ["x4 = 0.5, x3 = 0.5"]),
    ],
)
def test_planes_that_show_a_field(order, words):
    found = cuts(_problem(order), _dataset(order))
    assert [cut.words for cut in found] == words
    beside = {("z", "t", "y", "x"): "z = 0.5", ("x4", "x3", "x2", "x1"): "x4 = 0.5, x3 = 0.5"}
    assert {cut.common for cut in found} == {beside.get(order, "")}
    left = {len(order) - len(cut.at) for cut in found}
    assert left == {2}


def test_a_run_in_four_dimensions_leaves_points_planes_and_a_report(tmp_path, dde):
    cube = dde.geometry.Hypercube([0] * 4, [1] * 4)

    def equation(x, u):
        return sum(dde.grad.hessian(u, x, i=i, j=i) for i in range(4)) - 8

    rim = dde.icbc.DirichletBC(cube, lambda x: (x**2).sum(1, keepdims=True), lambda _, on: on)
    data = dde.data.PDE(cube, equation, [rim], num_domain=40, num_boundary=40)
    solved = solve(data, out=tmp_path / "run", method="local", budget=None, tolerance=1e-6)
    with xr.open_dataset(tmp_path / "run" / "result.nc") as result:
        assert result["u"].dims == ("point",)
        exact = sum(result[f"x{i}"] ** 2 for i in range(1, 5))
        assert result["u"].values == pytest.approx(exact.values, abs=1e-6)
    drawn = {path.stem for path in (tmp_path / "run" / "figures").glob("*.png")}
    assert {"1-solution", "3-residual", "4-convergence", "6-blocks"} <= drawn
    page = (tmp_path / "run" / "report.html").read_text()
    assert "Local networks: fixed Legendre features in blocks" in page
    assert "relative error, estimated" in page
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())["method"] == "local"
    assert solved.error_estimate < 1e-6


def test_a_run_in_two_dimensions_and_time_is_animated(tmp_path, dde):
    square = dde.geometry.GeometryXTime(
        dde.geometry.Rectangle([0, 0], [1, 1]), dde.geometry.TimeDomain(0, 1)
    )

    def equation(x, u):
        return dde.grad.jacobian(u, x, i=0, j=2) - 1

    start = dde.icbc.IC(square, lambda x: x[:, :1] * x[:, 1:2], lambda _, on: on)
    data = dde.data.TimePDE(square, equation, [start], num_domain=40, num_initial=20)
    solve(data, out=tmp_path / "run", method="trained", budget=None, iterations=1, hidden=(3,))
    drawn = sorted(path.name for path in (tmp_path / "run" / "figures").iterdir())
    assert "animation.gif" in drawn
    assert "6-points.png" in drawn


def test_figures_for_which_there_is_no_time_are_left_out_and_named(tmp_path, monkeypatch):
    monkeypatch.setattr("isocline_pinn.report._LAST", 1e9)
    few = {"iterations": 1, "hidden": (3,), "points": 20}
    solve("heat", out=tmp_path / "run", budget="60s", method="trained", **few)
    drawn = {path.stem for path in (tmp_path / "run" / "figures").iterdir()}
    assert drawn == {"1-solution"}
    page = (tmp_path / "run" / "report.html").read_text()
    assert "left no time to draw: profiles, residual, convergence, points, animation" in page
