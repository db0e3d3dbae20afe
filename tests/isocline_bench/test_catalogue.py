"""The catalogue suite on a problem that takes a second: u' = −u, and its rate sought from values."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr

from isocline_bench import Suite, Task, load_suite, read_records, run_suite, table_of
from isocline_bench.catalogue import (
    Case,
    catalogue_table,
    draw_curves,
    measure_classical,
    measure_deepxde,
    measure_ours,
)
from isocline_bench.catalogue.methods import CLASSICAL, DEEPXDE, NNCG, OURS
from isocline_bench.catalogue.table import rows_of, summary
from isocline_bench.cli import app
from isocline_bench.export import export_suite
from isocline_bench.peers.deepxde_training import precision
from isocline_bench.record import Record
from isocline_bench.suites.pinn_catalogue import tasks_of
from isocline_pinn import Problem, Quantity, load_deepxde
from isocline_pinn.problem import Classical
from isocline_run import UserError


def exact() -> xr.Dataset:
    t = np.linspace(0, 1, 21)
    return xr.Dataset({"u": ("t", np.exp(-t))}, coords={"t": t})


def euler(steps: int) -> xr.Dataset:
    """The explicit Euler method on a multiple of twenty steps."""
    every = (1 - 1 / steps) ** np.arange(steps + 1)
    return exact().assign(u=("t", every[:: steps // 20]))


def decay(dtype: str = "float64") -> Problem:
    dde = load_deepxde(dtype)

    def equation(t, u):
        return dde.grad.jacobian(u, t) + u

    span = dde.geometry.TimeDomain(0, 1)
    start = dde.icbc.IC(span, lambda t: 1.0, lambda _, on: on)
    data = dde.data.PDE(span, equation, start, num_domain=20, num_boundary=2)
    return Problem(
        "decay",
        "u' = −u",
        data,
        (Quantity("t"),),
        (Quantity("u"),),
        hidden=(6,),
        reference=exact,
        classical=Classical("explicit Euler", euler, (20, 40, 80)),
        target=1e-6,
        target_budget=4.0,
    )


def rate(dtype: str = "float64") -> Problem:
    dde = load_deepxde(dtype)
    k = dde.Variable(0.5)

    def equation(t, u):
        return dde.grad.jacobian(u, t) + k * u

    span = dde.geometry.TimeDomain(0, 1)
    t = np.linspace(0, 1, 9)[:, None]
    noise = 1e-3 * np.random.default_rng(0).standard_normal(t.shape)
    seen = dde.icbc.PointSetBC(t, np.exp(-t) + noise)
    data = dde.data.PDE(span, equation, [seen], num_domain=20, num_boundary=2)
    return replace(
        decay(dtype), name="rate", data=data, unknowns={"k": k}, truth={"k": 1.0}, classical=None
    )


@pytest.fixture
def case() -> Case:
    return Case("decay", decay)


def quiet(line: str) -> None:
    del line


def test_ours_is_measured_with_its_estimate_and_its_levels(case: Case) -> None:
    found = measure_ours(case, 60.0, seed=0)
    assert found.numbers["error"] < 1e-9
    assert found.numbers["error"] == found.numbers["relative_l2"]
    assert found.numbers["target"] == 1e-6
    assert found.notes[0] == "local"
    assert len(found.curve) >= 2
    seconds = [at for at, _ in found.curve]
    assert seconds == sorted(seconds)
    assert found.curve[-1][1] == pytest.approx(found.numbers["error"])


@pytest.mark.parametrize("optimisers", [("adam", "L-BFGS"), ("adam", "L-BFGS", "NNCG")])
def test_deepxde_trains_in_single_precision_for_the_time_given(case: Case, optimisers) -> None:
    found = measure_deepxde(case, 1.5, seed=0, optimisers=optimisers)
    assert 1e-9 < found.numbers["error"] < 0.1
    assert found.numbers["seconds"] < 2.5
    assert found.numbers["iterations"] > 20
    assert found.curve[-1][1] == found.numbers["error"]
    assert len(found.curve) > 4
    assert torch.get_default_dtype() is torch.float64


def test_constants_are_judged_by_their_own_error() -> None:
    case = Case("rate", rate)
    assert case.inverse
    ours = measure_ours(case, 6.0, seed=0)
    assert ours.numbers["error"] < 0.1
    assert 0 < ours.numbers["estimate"] < 0.1
    assert ours.numbers["inside_90"] in (0.0, 1.0)
    peer = measure_deepxde(case, 1.5, seed=0)
    assert peer.curve[0][1] > peer.numbers["error"]
    assert case.constants_error({"k": 1.25}) == pytest.approx(0.25)
    with pytest.raises(UserError, match="NNCG does not train constants beside a network"):
        measure_deepxde(case, 1.0, seed=0, optimisers=("adam", "NNCG"))


def test_points_that_come_in_double_precision_are_trained_in_it() -> None:
    def stubborn(dtype: str) -> Problem:
        problem = decay(dtype)
        problem.data.train_x = problem.data.train_x.astype(np.float64)
        return problem

    found = measure_deepxde(Case("stubborn", stubborn), 1.0, seed=0)
    assert found.numbers["error"] < 0.5
    assert "in double precision" in found.notes[-1]


def test_the_classical_solver_is_run_until_the_time_is_out(case: Case) -> None:
    found = measure_classical(case, 10.0)
    errors = [error for _, error in found.curve]
    assert errors[0] / errors[1] == pytest.approx(2.0, rel=0.05)  # first order
    assert errors[1] / errors[2] == pytest.approx(2.0, rel=0.05)
    assert found.numbers["error"] == errors[2]
    assert found.notes == ("explicit Euler",)
    assert len(measure_classical(case, 0.0).curve) == 1
    with pytest.raises(UserError, match="rate has no classical solver in the catalogue"):
        measure_classical(Case("rate", rate), 1.0)


def test_a_classical_solver_of_an_inverse_problem_is_judged_by_its_constants() -> None:
    case = Case("rate", rate)
    assert case.dataset_error(xr.Dataset({"k": 1.5})) == pytest.approx(0.5)
    with pytest.raises(
        UserError, match="the classical solution of rate lacks k; add the constants"
    ):
        case.dataset_error(exact())


def test_a_case_without_reference_and_another_grid_are_refused() -> None:
    bare = Case("bare", lambda dtype: replace(decay(dtype), reference=None))
    with pytest.raises(UserError, match="bare has no reference to compare with"):
        bare.field_error(lambda points: points)
    with pytest.raises(UserError, match="has 11 values an output, its reference 21; give both"):
        Case("decay", decay).dataset_error(exact().isel(t=slice(0, 11)))


def test_a_suite_of_it_leaves_records_a_table_and_a_figure(tmp_path: Path, case: Case) -> None:
    broken = Task("decay", NNCG, 0, _fail)
    tasks = [task for task in tasks_of(case, seeds=1) if task.method != NNCG]
    suite = Suite(
        "pinn/tiny",
        "how far",
        "error",
        OURS,
        60.0,
        (*tasks, broken),
        table=catalogue_table,
        figure=draw_curves,
    )
    said: list[str] = []
    run_suite(suite, tmp_path, say=said.append)
    assert any("RuntimeError: no luck" in line for line in said)
    records = read_records(tmp_path, "pinn/tiny")
    assert {r.budget for r in records if r.method != NNCG} == {4.0}
    assert any(r.failure.startswith("RuntimeError: no luck") for r in records)
    assert next(r for r in records if r.method == OURS).curve
    run_suite(suite, tmp_path, budget=4.0, only=NNCG, say=quiet)
    table, figure = export_suite(suite, tmp_path, tmp_path / "docs")
    text = table.read_text()
    assert "| decay | 4 s | 1e-06 reached |" in text
    assert "explicit Euler | not reached" in text
    assert "Targets reached: 1 of 1." in text
    assert "Failed: decay, DeepXDE Adam + L-BFGS + NNCG, seed 0: RuntimeError: no luck" in text
    assert figure.read_text().startswith("<?xml")


def _fail(budget: float) -> dict[str, float]:
    raise RuntimeError("no luck")


def _record(case: str, method: str, error: float, **more: object) -> Record:
    numbers = {"error": error, "seconds": 1.0} | dict(more.pop("numbers", {}))
    machine = {"processor": "p", "cores": "2", "platform": "x"}
    return Record("s", case, method, 0, 60.0, 1.0, numbers, machine, {}, "now", **more)


def test_rows_compare_at_equal_error_and_time() -> None:
    fine = {"estimate": 2e-8, "target": 1e-7, "reference_error": 1e-9}
    records = [
        _record("a", OURS, 1e-8, numbers=fine),
        _record("a", DEEPXDE, 1e-2),
        _record("a", NNCG, np.nan),
        _record("a", CLASSICAL, 1e-10, curve=((0.1, 1e-3), (0.5, 9e-9), (2.0, 1e-10))),
        _record("b", OURS, 1e-12, numbers={"estimate": 9e-12, "reference_error": 1e-10}),
        _record("b", DEEPXDE, 1e-4),
    ]
    suite = Suite("s", "", "error", OURS, 60.0, ())
    first, second = rows_of(suite, records)
    assert first.ratio(DEEPXDE) == pytest.approx(1e6)
    assert first.ratio(NNCG) == np.inf
    assert first.classical_time() == 0.5
    assert (first.reached, first.told) == (True, True)
    # Below the reference's own error nothing can be told.
    assert second.ratio(DEEPXDE) == pytest.approx(1e6)
    assert (second.reached, second.told) == (None, None)
    words = summary([first, second])
    assert "Adam + L-BFGS to isocline at equal time: 1.0e+06 over 2 problems (2 of them" in words
    assert "Estimate within a factor 3 of the true error: 1 of 1." in words


def test_the_registered_suite_has_every_problem_four_ways() -> None:
    from isocline_pinn import catalogue

    suite = load_suite("pinn/catalogue")
    assert {task.case for task in suite.tasks} == set(catalogue.names())
    heat = [task for task in suite.tasks if task.case == "heat"]
    assert [task.method for task in heat] == [OURS] * 3 + [DEEPXDE, NNCG, CLASSICAL]
    assert table_of(suite, []).rows == ()


def test_precision_is_put_back() -> None:
    dde = load_deepxde()
    with precision("float32"):
        with precision("float64"):
            assert dde.config.real.precision == 64
        assert dde.config.real.precision == 32
    assert dde.config.real.precision == 64


def test_the_command_exports(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    done = CliRunner().invoke(
        app, ["export", "pinn/catalogue", "--results", str(tmp_path), "--to", str(tmp_path)]
    )
    assert isinstance(done.exception, UserError)
    assert "holds no record of pinn/catalogue; run `isocline bench run pinn/catalogue`" in str(
        done.exception
    )
