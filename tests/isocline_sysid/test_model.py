"""A model as its user meets it: read, simulated, scored, saved."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import sympy
import xarray as xr
from scipy.integrate import solve_ivp

from isocline_sysid import IdentificationError, Model, PolynomialLibrary
from isocline_sysid.text import rounded


def _model(values: list[list[float]], names: str, degree: int, controls: str = "") -> Model:
    library = PolynomialLibrary((*names, *controls), degree)
    table = np.array(values)
    columns = {"value": table, "standard_error": abs(table) / 100}
    columns |= {"lower": table - abs(table) / 60, "upper": table + abs(table) / 60}
    coefficients = xr.Dataset(
        {name: (("equation", "term"), column) for name, column in columns.items()},
        {"equation": list(names), "term": list(library.term_names)},
    )
    units = dict.fromkeys((*names, *controls), "m")
    return Model(
        library=library,
        states=tuple(names),
        controls=tuple(controls),
        coefficients=coefficients,
        sizes=(1.0,) * len(names),
        units=units,
        time_unit="s",
        noise=(0.1,) * len(names),
        relative=False,
        notes=("A note.",),
    )


@pytest.fixture
def pendulum() -> Model:
    """x' = y, y' = −x − 0.2 y."""
    return _model([[0, 0, 1], [0, -1, -0.2]], "xy", 1)


@pytest.fixture
def driven() -> Model:
    """x' = −x + u."""
    return _model([[0, -1, 1]], "x", 1, "u")


def test_the_text_shows_two_digits_of_each_error(pendulum: Model) -> None:
    assert str(pendulum).splitlines() == [
        "dx/dt = (1.000 ± 0.010) y  [m/s]",
        "dy/dt = −(1.000 ± 0.010) x − (0.2000 ± 0.0020) y  [m/s]",
    ]


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (27.98681, 0.00972, ("27.9868", "0.0097")),
        (1234.5, 130.0, ("1234", "130")),
        (0.52, 0.0, ("0.52", "")),
        (2.0, float("nan"), ("2", "")),
        (1e-14, 2e-17, ("1.0000e-14", "2.0e-17")),
        (8 / 3, 1e-6, ("2.6666667", "1.0e-06")),
        (9.9993e13, 2.1e11, ("9.999e+13", "2.1e+11")),
        (3e-9, 2e-8, ("3.0e-09", "2.0e-08")),
    ],
)
def test_values_are_rounded_to_their_errors(
    value: float, error: float, shown: tuple[str, str]
) -> None:
    assert rounded(value, error) == shown


def test_latex_is_an_align_environment_s_lines(pendulum: Model) -> None:
    first, second = pendulum.latex().splitlines()
    assert first == r"\frac{d x}{dt} &= (1.000 \pm 0.010) y \quad [\mathrm{m/s}] \\"
    assert (
        second
        == r"\frac{d y}{dt} &= -(1.000 \pm 0.010) x - (0.2000 \pm 0.0020) y \quad [\mathrm{m/s}]"
    )


def test_an_equation_without_terms_is_zero() -> None:
    still = _model([[0, 0]], "x", 1)
    assert str(still) == "dx/dt = 0  [m/s]"
    assert still.equations == {"x": 0}
    assert (still.simulate([3.0], [0, 1, 2])["x"] == 3.0).all()


def test_equations_are_sympy_expressions_in_the_variables_names(driven: Model) -> None:
    x, u = sympy.symbols("x u", real=True)
    assert sympy.simplify(driven.equations["x"] - (u - x)) == 0


def test_the_right_hand_side_is_that_of_the_expressions() -> None:
    values = np.random.default_rng(0).standard_normal((2, 10))
    model = _model(values.tolist(), "xy", 3)
    states = np.random.default_rng(1).standard_normal((5, 2))
    for k, expression in enumerate(model.equations.values()):
        field = sympy.lambdify(sympy.symbols("x y", real=True), expression)
        np.testing.assert_allclose(model.right_hand_side(states)[:, k], field(*states.T))


def test_a_simulation_is_the_solution(pendulum: Model) -> None:
    times = np.linspace(0, 30, 301)
    exact = solve_ivp(
        lambda _, s: [s[1], -s[0] - 0.2 * s[1]], (0, 30), [2, 1], "DOP853", times, rtol=1e-12
    )
    simulated = pendulum.simulate([2.0, 1.0], times)
    np.testing.assert_allclose(simulated["x"], exact.y[0], atol=1e-5)
    assert simulated["x"].attrs["units"] == "m"
    assert simulated["time"].attrs["units"] == "s"


def test_inputs_are_linear_between_the_times(driven: Model) -> None:
    times = np.array([0.0, 1.0, 2.0, 3.0])
    ramp = times.copy()  # x' = −x + t: x = t − 1 + e^{−t}
    simulated = driven.simulate([0.0], times, ramp)
    np.testing.assert_allclose(simulated["x"], times - 1 + np.exp(-times), atol=1e-6)
    dataset = xr.Dataset({"u": ("time", ramp)}, {"time": times})
    for same in (dataset, ramp[:, None]):
        xr.testing.assert_identical(driven.simulate([0.0], times, same), simulated)


@pytest.mark.timeout(20)
def test_a_start_at_rest_is_simulated_at_the_size_of_the_states() -> None:
    """The tolerance comes from what was observed: a start of zero says nothing of sizes."""
    pumped = replace(_model([[0, -1, 1]], "x", 1, "u"), sizes=(1e9,))
    simulated = pumped.simulate([0.0], np.linspace(0, 3, 4), np.full(4, 1e9))
    np.testing.assert_allclose(simulated["x"], 1e9 * (1 - np.exp(-np.arange(4))), rtol=1e-6)


@pytest.mark.parametrize("start", [1.0, 1e5, -3.0])
def test_a_state_that_runs_away_leaves_missing_values(start: float) -> None:
    explosive = _model([[0, 0, 0, 1]], "x", 3)  # x' = x³ ends at t = 1/(2 x₀²)
    values = explosive.simulate([start], np.linspace(0, 2, 41))["x"].values
    known = np.isfinite(values)
    end = 1 / (2 * start**2)
    assert known.sum() == max(int(np.ceil(end / 0.05)), 1)
    assert known[: known.sum()].all()


def test_a_perfect_model_scores_one_and_a_runaway_minus_infinity(
    pendulum: Model, oscillator: Callable[..., xr.Dataset]
) -> None:
    record = oscillator(noise=0.0)
    assert pendulum.score(record) == {"x": pytest.approx(1), "y": pytest.approx(1)}
    growing = _model([[0, 50, 0], [0, 0, 0]], "xy", 1)
    assert growing.score(record)["x"] == float("-inf")
    still = _model([[0, 0, 0], [0, 0, 0]], "xy", 1)
    assert still.score(record)["x"] < 0


def test_a_model_comes_back_from_its_file_whole(tmp_path: Path, driven: Model) -> None:
    path = driven.to_netcdf(tmp_path / "model.nc")
    again = Model.from_netcdf(path)
    xr.testing.assert_identical(again.coefficients, driven.coefficients)
    for name in ("library", "states", "controls", "sizes", "units", "time_unit", "noise", "notes"):
        assert getattr(again, name) == getattr(driven, name)
    with xr.open_dataset(path) as dataset:
        assert dataset.attrs["equations"] == str(driven)
        assert dataset["value"].dims == ("equation", "term")


@pytest.mark.parametrize(
    ("start", "times", "inputs", "sentence"),
    [
        ([1.0, 2.0], [0, 1], [0, 0], r"initial state has shape \(2,\), where \(1,\) was expected"),
        ([np.nan], [0, 1], [0, 0], r"initial state is \[nan\]; .* a finite number for each"),
        ([1.0], [0], [0], "two or more times, each later than the last"),
        ([1.0], [0, 2, 1], [0, 0, 0], "two or more times, each later than the last"),
        ([1.0], [0, 1], None, r"inputs have shape \(2, 0\), where \(2, 1\) was expected: .* u"),
        ([1.0], [0, 1], [0, 0, 0], r"inputs have shape \(3, 1\), where \(2, 1\) was expected"),
        ([1.0], [0, 1], [0, np.nan], "the inputs have missing values; fill them"),
    ],
)
def test_what_cannot_be_simulated_is_refused_in_a_sentence(
    driven: Model, start: list, times: list, inputs: list | None, sentence: str
) -> None:
    with pytest.raises(IdentificationError, match=sentence):
        driven.simulate(start, times, None if inputs is None else np.array(inputs, float))
