"""Inputs that went wrong elsewhere, and records as they come: gaps, stamps, units, several runs."""

from collections.abc import Callable

import cftime
import numpy as np
import pytest
import xarray as xr
from scipy.integrate import solve_ivp

from isocline_data import DataError
from isocline_sysid import IdentificationError, Model, discover

Make = Callable[..., xr.Dataset]


def _found(model: Model) -> dict[str, dict[str, float]]:
    return {
        state: {term: float(w) for term, w in zip(model.library.term_names, row, strict=True) if w}
        for state, row in zip(model.states, model.values, strict=True)
    }


def _oscillates(model: Model, rate: float = 1.0, rel: float = 0.02) -> None:
    """x' = y, y' = −x − 0.2 y, in units in which time passes at `rate`."""
    assert _found(model) == {
        "x": {"y": pytest.approx(rate, rel=rel)},
        "y": {"x": pytest.approx(-rate, rel=rel), "y": pytest.approx(-0.2 * rate, rel=rel)},
    }


LORENZ = {
    "x": {"x": -10, "y": 10},
    "y": {"x": 28, "y": -1, "x z": -1},
    "z": {"z": -8 / 3, "x y": 1},
}


def _is_lorenz(model: Model, rel: float) -> None:
    found = _found(model)
    for state, row in LORENZ.items():
        assert found[state] == {term: pytest.approx(value, rel=rel) for term, value in row.items()}


def test_runs_of_different_length_with_random_inputs_give_all_of_lorenz(lorenz: Make) -> None:
    """pysindy#426: the inputs have no influence, and none is found."""
    generator = np.random.default_rng(0)
    runs = [lorenz(samples=n, step=0.002, seed=i) for i, n in enumerate((700, 900, 1300))]
    runs = [run.assign(u=("time", generator.standard_normal(run.sizes["time"]))) for run in runs]
    model = discover(runs, ["x", "y", "z"], controls=["u"], draws=0)
    _is_lorenz(model, rel=0.01)
    assert model.controls == ("u",)


def test_an_input_that_never_changes_is_still_taken_by_the_simulation(lorenz: Make) -> None:
    """pysindy#92: an array input is accepted, and the coefficients are not split with a constant."""
    record = lorenz(samples=600).assign(u=("time", np.ones(600)))
    model = discover(record, ["x", "y", "z"], controls=["u"], draws=0)
    _is_lorenz(model, rel=1e-4)
    assert len(model.notes) == 1
    start = [float(record[name][0]) for name in "xyz"]
    simulated = model.simulate(start, record["time"].values[:200], np.ones(200))
    np.testing.assert_allclose(simulated["x"], record["x"][:200], atol=1e-4)
    assert min(model.score(record).values()) > 0.999


def test_clean_lorenz_is_found_to_five_digits(lorenz: Make) -> None:
    _is_lorenz(discover(lorenz(samples=300), ["x", "y", "z"], draws=0), rel=1e-5)


def test_an_input_with_influence_is_found_with_its_coefficient() -> None:
    times = 0.1 * np.arange(300)
    force = np.repeat(np.random.default_rng(1).standard_normal(60), 5)
    solved = solve_ivp(
        lambda t, s: [s[1], -s[0] - 0.4 * s[1] + 2 * np.interp(t, times, force)],
        (0, times[-1]),
        [1.0, 0.0],
        "DOP853",
        times,
        rtol=1e-9,
        max_step=0.1,
    )
    noisy = solved.y + 0.01 * np.random.default_rng(2).standard_normal(solved.y.shape)
    record = xr.Dataset(
        {"x": ("time", noisy[0]), "y": ("time", noisy[1]), "u": ("time", force)}, {"time": times}
    )
    model = discover(record, ["x", "y"], controls=["u"], degree=1, draws=0)
    assert _found(model) == {
        "x": {"y": pytest.approx(1, rel=0.01)},
        "y": {
            "x": pytest.approx(-1, rel=0.01),
            "y": pytest.approx(-0.4, rel=0.02),
            "u": pytest.approx(2, rel=0.01),
        },
    }
    assert min(model.score(record).values()) > 0.999


@pytest.mark.parametrize("factors", [(1e8, 1e-6), (1e-9, 1e-9)])
def test_units_of_the_states_do_not_matter(oscillator: Make, factors: tuple) -> None:
    a, b = factors
    record = oscillator()
    model = discover(record.assign(x=record["x"] * a, y=record["y"] * b), ["x", "y"], degree=2)
    assert _found(model) == {
        "x": {"y": pytest.approx(a / b, rel=0.02)},
        "y": {"x": pytest.approx(-b / a, rel=0.02), "y": pytest.approx(-0.2, rel=0.02)},
    }


@pytest.mark.parametrize(
    ("start", "step", "unit", "rate"),
    [
        ("2000-01-01", np.timedelta64(1, "D"), "day", 0.1),
        ("2000-01-01", np.timedelta64(3, "h"), "h", 1 / 30),
        ("2000-01-01", np.timedelta64(50, "ms"), "s", 2.0),
    ],
)
def test_stamps_count_in_the_unit_of_their_step(
    oscillator: Make, start: str, step: np.timedelta64, unit: str, rate: float
) -> None:
    stamps = np.datetime64(start, "ns") + np.arange(300) * step
    model = discover(oscillator().assign_coords(time=stamps), ["x", "y"], degree=1, draws=0)
    assert model.time_unit == unit
    _oscillates(model, rate)


def test_stamps_of_another_calendar_count_too(oscillator: Make) -> None:
    stamps = xr.date_range("2001-01-01", periods=300, freq="D", calendar="360_day", use_cftime=True)
    assert isinstance(stamps[0], cftime.datetime)
    model = discover(oscillator().assign_coords(time=stamps), ["x", "y"], degree=1, draws=0)
    assert model.time_unit == "day"
    _oscillates(model, 0.1)


def test_yearly_stamps_count_in_years(oscillator: Make) -> None:
    stamps = np.array([f"{1700 + i}-01-01" for i in range(300)], dtype="datetime64[ns]")
    model = discover(oscillator().assign_coords(time=stamps), ["x", "y"], degree=1, draws=0)
    assert model.time_unit == "year"
    _oscillates(model, 0.1)


def test_single_precision_is_enough(oscillator: Make) -> None:
    _oscillates(discover(oscillator().astype("float32"), ["x", "y"], degree=1, draws=0))


def test_a_record_with_a_hole_is_read_as_two(oscillator: Make) -> None:
    record = oscillator().isel(time=np.r_[0:120, 200:300])
    _oscillates(discover(record, ["x", "y"], degree=1, draws=0))


def test_missing_and_infinite_samples_are_left_out_with_a_word(oscillator: Make) -> None:
    record = oscillator()
    record["x"][7] = np.inf
    model = discover(record, ["x", "y"], degree=1, draws=0)
    assert "1 sample with a missing value was left out." in model.notes
    record["y"][20:25] = np.nan
    model = discover(record, ["x", "y"], degree=1, draws=0)
    assert "6 samples with a missing value were left out." in model.notes
    _oscillates(model)


def test_one_state_is_a_system_too() -> None:
    times = 0.1 * np.arange(150)
    exact = 1 / (1 + 19 * np.exp(-times))
    noisy = exact + 0.003 * np.random.default_rng(0).standard_normal(150)
    model = discover(xr.Dataset({"x": ("time", noisy)}, {"time": times}), ["x"], draws=0)
    assert _found(model) == {
        "x": {"x": pytest.approx(1, rel=0.02), "x^2": pytest.approx(-1, rel=0.02)}
    }


def test_white_noise_has_no_equations() -> None:
    values = np.random.default_rng(0).standard_normal(300)
    record = xr.Dataset({"x": ("time", values)}, {"time": np.arange(300.0)})
    with pytest.raises(IdentificationError, match="not identifiable: samples are 1 apart"):
        discover(record, ["x"], draws=0)


def test_the_unhappy_trajectory_is_named(oscillator: Make) -> None:
    good = oscillator()
    with pytest.raises(DataError, match="no variable 'y' in trajectory 2"):
        discover([good, good.drop_vars("y")], ["x", "y"])
    with pytest.raises(IdentificationError, match="trajectory 2 has 8 complete samples"):
        discover([good, good.isel(time=slice(8))], ["x", "y"])
    days = np.datetime64("2000-01-01", "ns") + np.arange(300) * np.timedelta64(1, "D")
    with pytest.raises(IdentificationError, match=r"trajectory 2 count in 'day', .* one unit"):
        discover([good, good.assign_coords(time=days)], ["x", "y"])
    with pytest.raises(IdentificationError, match="no trajectories were given"):
        discover([], ["x"])


def test_a_missing_stamp_is_named_with_its_row(oscillator: Make) -> None:
    stamps = np.datetime64("2000-01-01", "ns") + np.arange(300) * np.timedelta64(1, "D")
    stamps[4] = np.datetime64("NaT")
    with pytest.raises(DataError, match=r"1 missing stamp \(NaT\) of 300, first at row 4"):
        discover(oscillator().assign_coords(time=stamps), ["x", "y"])


def test_a_repeated_stamp_is_refused(oscillator: Make) -> None:
    record = oscillator()
    stamps = record["time"].values.copy()
    stamps[10] = stamps[9]
    with pytest.raises(DataError, match="time"):
        discover(record.assign_coords(time=stamps), ["x", "y"])


@pytest.mark.parametrize(
    ("states", "controls", "sentence"),
    [
        ("hare", [], r"the names are the text 'hare', where a list was expected"),
        (["x", "x"], [], "'x' is named more than once"),
        (["x", "y"], ["x"], "'x' is named more than once"),
        (["x", "wide"], [], r"'wide' of the dataset has dimensions \(time: 300, place: 2\)"),
    ],
)
def test_names_that_cannot_be_meant_are_refused(
    oscillator: Make, states: list[str], controls: list[str], sentence: str
) -> None:
    record = oscillator().assign(wide=(("time", "place"), np.ones((300, 2))))
    with pytest.raises(IdentificationError, match=sentence):
        discover(record, states, controls=controls)


def test_a_control_of_another_length_names_its_trajectory(oscillator: Make) -> None:
    """pysindy#426: the first trajectory's length is not taken for the others'."""
    runs = [oscillator().assign(u=("time", np.ones(300))) for _ in range(2)]
    runs[1] = runs[1].drop_vars("u").assign(u=("control_time", np.ones(250)))
    with pytest.raises(
        IdentificationError,
        match=r"'u' of trajectory 2 has dimensions \(control_time: 250\), where \(time: 300\) was",
    ):
        discover(runs, ["x", "y"], controls=["u"])


def test_a_slow_lag_keeps_its_small_coefficients() -> None:
    """pysindy#122: 0.01 x and 0.01 u are far below a fixed threshold of 0.1, and all there is."""
    times = np.arange(1500.0)
    u = np.interp(times % 500, [0, 190, 210, 480, 499], [0, 0, 1, 1, 0.05])
    # Between two times u is linear, so the step of x' = (u − x)/100 is exact.
    decay = np.exp(-0.01)
    x = np.zeros(1500)
    for k in range(1499):
        slope = u[k + 1] - u[k]
        x[k + 1] = decay * x[k] + (1 - decay) * u[k] + slope * (1 - 100 * (1 - decay))
    record = xr.Dataset({"x": ("time", x), "u": ("time", u)}, {"time": times})
    model = discover(record, ["x"], controls=["u"], degree=1, draws=0)
    assert _found(model) == {
        "x": {"x": pytest.approx(-0.01, rel=1e-4), "u": pytest.approx(0.01, rel=1e-4)}
    }
    np.testing.assert_allclose(model.simulate([0.0], times, u)["x"], x, atol=1e-5)


def test_small_derivatives_are_not_taken_for_none() -> None:
    """DataDrivenDiffEq.jl#220: u' = 0.02 u + 0.01."""
    times = 0.1 * np.arange(50)
    record = xr.Dataset({"u": ("time", 0.8 * np.exp(0.02 * times) - 0.5)}, {"time": times})
    model = discover(record, ["u"], degree=1, draws=0)
    assert _found(model) == {
        "u": {"1": pytest.approx(0.01, rel=1e-4), "u": pytest.approx(0.02, rel=1e-3)}
    }


@pytest.mark.parametrize(("noise", "seed"), [(0.0, 0), (0.05, 0), (0.05, 3)])
def test_few_positive_samples_that_relax_are_not_forced_to_grow(noise: float, seed: int) -> None:
    """x' = 1 − 0.2 x holds a term without x: a form in which each term holds its own state is wrong."""
    times = np.linspace(0, 15, 30)
    exact = 5 - 4.5 * np.exp(-0.2 * times)
    values = exact + noise * np.random.default_rng(seed).standard_normal(30)
    model = discover(xr.Dataset({"x": ("time", values)}, {"time": times}), ["x"], draws=0)
    rel = 0.1 if noise else 1e-4
    assert _found(model) == {
        "x": {"1": pytest.approx(1, rel=rel), "x": pytest.approx(-0.2, rel=rel)}
    }


def test_parallel_ramps_are_said_to_be_inseparable() -> None:
    """sindyr#1, with enough samples: x and y = x + 9 say the same, and one orbit cannot tell which acts."""
    ramp = np.arange(1.0, 41.0)
    record = xr.Dataset({"x": ("time", ramp), "y": ("time", ramp + 9)}, {"time": ramp})
    with pytest.raises(IdentificationError, match=r"not identifiable from one orbit.* 1, x, y "):
        discover(record, ["x", "y"], degree=1)
    with pytest.raises(IdentificationError, match="has 6 complete samples, where at least 15"):
        discover(record.isel(time=slice(6)), ["x", "y"], degree=1)
