import numpy as np
import pytest
import xarray as xr

from isocline_pinn import Problem, Quantity, open_problem, read_observations, solve
from isocline_run import UserError


@pytest.fixture
def counts():
    t = np.array([1.0, 2.0, 3.0, 4.0])
    prey = [1.0, np.nan, 1.2, 1.3]
    return xr.Dataset({"prey": ("t", prey)}, coords={"t": t})


def test_a_variable_becomes_a_condition_on_its_output_without_its_gaps(tmp_path, counts):
    counts.to_netcdf(tmp_path / "counts.nc")
    (condition,) = read_observations(tmp_path / "counts.nc", open_problem("lotka_volterra"))
    assert condition.component == 0
    assert condition.points[:, 0] == pytest.approx([1, 3, 4])
    assert condition.values.numpy() == pytest.approx(np.array([[1.0], [1.2], [1.3]]))


def test_a_grid_and_a_list_of_stations_are_both_points():
    problem = open_problem("heat")
    grid = xr.Dataset(
        {"u": (("t", "x"), np.ones((2, 3)))}, coords={"t": [0.1, 0.2], "x": [0.0, 0.5, 1.0]}
    )
    (on_grid,) = read_observations(grid, problem)
    assert on_grid.points.shape == (6, 2)
    assert on_grid.points[1] == pytest.approx([0.5, 0.1])
    place = xr.Dataset(
        {name: ("station", [0.2, 0.4]) for name in ("u", "x", "t")}, coords={"station": ["a", "b"]}
    )
    (stations,) = read_observations(place, problem)
    assert stations.points == pytest.approx(np.array([[0.2, 0.2], [0.4, 0.4]]))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda d: d.assign_coords(t=[1.0, 2.0, 3.0, 14.0]),
            (
                r"1 of 3 of the observations of prey lie outside the domain \(t from 0 to 10\), the "
                r"first at t = 14; leave them out or enlarge the domain"
            ),
        ),
        (
            lambda d: d.rename(prey="hares"),
            r"the observations hold hares, t; expected an output of lotka_volterra: prey, predators",
        ),
        (lambda d: d.rename(t="day"), r"expected each coordinate of lotka_volterra, t is missing"),
        (lambda d: d.where(d.prey > 9), r"all values of prey in the observations are missing"),
    ],
)
def test_observations_that_cannot_be_used_get_one_sentence(counts, change, sentence):
    with pytest.raises(UserError, match=sentence):
        read_observations(change(counts), open_problem("lotka_volterra"))


def test_a_solution_meets_its_observations(decay):
    t = np.linspace(0, 1, 6)
    seen = xr.Dataset({"u": ("t", np.exp(-t) + 0.5)}, coords={"t": t})
    decay.write_text(
        decay.read_text()
        .replace("data =", "shift = dde.Variable(0.1)\ndata =")
        .replace("+ u", "+ u - shift")
        .replace("start = dde.icbc.IC(span, lambda t: 1.0, lambda _, on: on)", "start = []")
    )
    solution = solve(
        decay,
        observations=seen,
        method="trained",
        budget=None,
        iterations=25,
        hidden=(8,),
        points=40,
    )
    assert solution.unknowns["shift"].value == pytest.approx(0.5, abs=1e-3)
    assert solution(t[:, None])[:, 0] == pytest.approx(np.exp(-t) + 0.5, abs=1e-4)


def test_observations_count_by_their_stated_errors(dde):
    # A constant seen as 1 ± 0.1 and 2 ± 0.2: the mean weighted by 1/σ² is (100 + 50) / 125 = 1.2.
    seen = xr.Dataset(
        {"u": ("x", [1.0, 2.0]), "u_standard_error": ("x", [0.1, 0.2])}, coords={"x": [0.3, 0.7]}
    )
    level = dde.Variable(0.5)
    data = dde.data.PDE(
        dde.geometry.Interval(0, 1), lambda x, u: u - level, [], num_domain=4, num_boundary=2
    )
    problem = Problem(
        "level", "level", data, (Quantity("x"),), (Quantity("u"),), unknowns={"level": level}
    )
    solution = solve(problem, observations=seen, budget=20)
    assert solution.unknowns["level"].value == pytest.approx(1.2, rel=1e-4)
    seen["u_standard_error"][0] = 0.0
    with pytest.raises(
        UserError, match="1 of 2 values of u_standard_error are not above zero; give"
    ):
        read_observations(seen, problem)
