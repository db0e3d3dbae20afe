import numpy as np
import pytest
import xarray as xr

from isocline_pinn import Problem, Quantity, open_problem, solve
from isocline_run import UserError


@pytest.fixture(scope="module")
def heat():
    return solve("heat", method="trained", budget=None, iterations=20, hidden=(8, 8), points=150)


def test_a_solution_is_called_at_points(heat):
    found = heat([[0.5, 0.0], [0.25, 0.1]])
    exact = [[1.0], [np.exp(-0.04 * np.pi**2) * np.sin(np.pi / 4)]]
    assert found == pytest.approx(np.array(exact), abs=0.02)


def test_points_of_another_shape_are_refused_with_the_coordinates(heat):
    with pytest.raises(UserError, match=r"points have shape \(2,\); give \(n, 2\), columns x, t"):
        heat([0.5, 0.0])


def test_the_dataset_has_the_problems_names_units_and_reference(heat):
    dataset = heat.to_dataset()
    assert dataset["u"].dims == ("t", "x")
    assert dataset["u"].attrs == {"long_name": "temperature", "units": "degC"}
    assert dataset["x"].attrs["units"] == "m"
    assert {"u_reference", "residual"} <= set(dataset)
    error = (dataset["u"] - dataset["u_reference"]).values
    relative = np.linalg.norm(error) / np.linalg.norm(dataset["u_reference"])
    assert heat.relative_l2() == pytest.approx(relative, rel=1e-12)
    assert relative < 0.03


def test_a_grid_of_ones_own_has_no_reference(heat):
    dataset = heat.to_dataset({"x": [0.5], "t": [0.0, 0.1, 0.2]})
    assert dataset["u"].shape == (3, 1)
    assert "u_reference" not in dataset
    assert float(dataset["u"][1, 0]) == pytest.approx(heat([[0.5, 0.1]])[0, 0])


def test_derivatives_are_those_of_the_function(heat):
    h, points = 1e-4, np.array([[0.3, 0.4], [0.6, 0.1]])
    place, moment = np.array([[h, 0.0]]), np.array([[0.0, h]])
    u_t = (heat(points + moment) - heat(points - moment)) / (2 * h)
    u_xx = (heat(points + place) - 2 * heat(points) + heat(points - place)) / h**2
    assert heat.derivative(points, "u", t=1) == pytest.approx(u_t[:, 0], abs=1e-6)
    assert heat.derivative(points, "u", x=2) == pytest.approx(u_xx[:, 0], abs=1e-6)
    assert heat.derivative(points, "u") == pytest.approx(heat(points)[:, 0], abs=0)
    left = heat.derivative(points, "u", t=1) - 0.4 * heat.derivative(points, "u", x=2)
    assert heat.residual(points)[:, 0] == pytest.approx(left, abs=1e-10)


@pytest.mark.parametrize(
    ("output", "orders", "sentence"),
    [
        ("v", {}, "heat has no output 'v'; its outputs are u"),
        ("u", {"y": 1}, "heat has no coordinate 'y'; its coordinates are x, t"),
        ("u", {"x": -1}, "the order of x is -1; give 0, 1, 2"),
    ],
)
def test_a_derivative_that_is_none_is_refused(heat, output, orders, sentence):
    with pytest.raises(UserError, match=sentence):
        heat.derivative([[0.5, 0.1]], output, **orders)


def test_points_of_ones_own_become_a_dimension_with_derivatives_and_units(heat):
    points = np.array([[0.3, 0.4], [0.6, 0.1], [2.0, 0.1]])
    dataset = heat.to_dataset(points=points, derivatives=["u_xx", "u_xt"])
    assert dataset["u"].dims == dataset["x"].dims == ("point",)
    assert dataset["u_xx"].attrs["units"] == "degC m-2"
    assert dataset["u_xt"].attrs["units"] == "degC m-1 s-1"
    assert dataset["u_xx"].attrs["long_name"] == "derivative of temperature by x (2 times)"
    assert np.isnan(dataset["u"][2])  # outside
    assert dataset["u_xt"][:2].values == pytest.approx(
        heat.derivative(points[:2], "u", x=1, t=1), abs=0
    )
    assert dataset.attrs["method"] == "trained"
    with pytest.raises(UserError, match="a grid and points; give one of the two"):
        heat.to_dataset({"x": [0.5], "t": [0.1]}, points=points)
    with pytest.raises(UserError, match=r"'u_y' is no derivative of heat; .* such as u_xx"):
        heat.to_dataset(points=points, derivatives=["u_y"])


def test_the_estimated_error_is_a_field_and_covers_the_true_one():
    solution = solve("heat", method="local", budget=None, tolerance=1e-4)
    dataset = solution.to_dataset()
    estimated, true = dataset["u_error_estimate"], abs(dataset["u"] - dataset["u_reference"])
    assert estimated.attrs["units"] == "degC"
    ratio = float(np.sqrt((estimated**2).mean() / (true**2).mean()))
    assert 1 / 3 < ratio < 3
    assert dataset.attrs["estimated_relative_l2"] == solution.error_estimate
    first = solution.at_level(solution.levels[0])
    assert first.relative_l2() > solution.relative_l2()
    assert solution.at_level(solution.levels[-1]).relative_l2() == solution.relative_l2()


def test_a_grid_without_a_coordinate_is_refused(heat):
    with pytest.raises(UserError, match="the grid has x; t is missing, a coordinate of heat"):
        heat.to_dataset({"x": [0.5]})


def test_the_residual_is_that_of_the_equation(heat):
    h, point = 1e-4, np.array([[0.3, 0.4]])
    place, moment = np.array([[h, 0.0]]), np.array([[0.0, h]])
    u_t = (heat(point + moment) - heat(point - moment)) / (2 * h)
    u_xx = (heat(point + place) - 2 * heat(point) + heat(point - place)) / h**2
    assert heat.residual(point) == pytest.approx(u_t - 0.4 * u_xx, abs=1e-5)


def test_outside_the_domain_there_is_nothing(dde):
    solution = solve(
        "poisson_lshape", method="trained", budget=None, iterations=0, hidden=(4,), points=10
    )
    dataset = solution.to_dataset()
    for name in ("u", "u_reference", "residual"):
        assert np.isnan(dataset[name].sel(x=0.5, y=0.5, method="nearest"))
        assert np.isfinite(dataset[name].sel(x=-0.5, y=0.5, method="nearest"))
    assert np.isfinite(solution.relative_l2())


def test_a_problem_without_reference_has_an_even_grid_and_no_error(decay):
    solution = solve(decay, method="trained", budget=None, iterations=20, hidden=(6,), points=30)
    dataset = solution.to_dataset()
    assert dataset["u"].values == pytest.approx(np.exp(-dataset["t"].values), abs=1e-3)
    with pytest.raises(UserError, match="decay has no reference to compare with"):
        solution.relative_l2()


def test_four_dimensions_ask_for_a_grid(dde):
    cube = dde.geometry.Hypercube([0] * 4, [1] * 4)

    def equation(x, u):
        return sum(dde.grad.hessian(u, x, i=i, j=i) for i in range(4))

    data = dde.data.PDE(cube, equation, [], num_domain=20)
    solution = solve(data, method="trained", budget=None, iterations=0, hidden=(3,), points=5)
    assert solution.problem.order == ("x4", "x3", "x2", "x1")
    with pytest.raises(UserError, match="has 4 dimensions; give to_dataset a grid"):
        solution.to_dataset()
    grid = {f"x{i}": [0.0, 1.0] for i in range(1, 5)}
    assert solution.to_dataset(grid)["u"].shape == (2, 2, 2, 2)


def test_reference_of_another_order_of_dimensions_is_compared_rightly(dde):
    problem = open_problem("heat")
    turned = problem.reference().transpose("x", "t")
    solution = solve(problem, method="trained", budget=None, iterations=3, hidden=(4,), points=20)
    again = Problem(
        "heat", "", problem.data, problem.coordinates, problem.outputs, reference=lambda: turned
    )
    from dataclasses import replace

    assert replace(solution, problem=again).relative_l2() == pytest.approx(solution.relative_l2())


def test_labels_carry_units_where_there_are_any():
    assert Quantity("u", "temperature", "degC").label == "temperature u (degC)"
    assert Quantity("t").label == "t"
    assert isinstance(xr.Dataset(), xr.Dataset)
