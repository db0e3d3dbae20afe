"""One method on one problem: our solver, DeepXDE's training, the classical solver."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from isocline_bench.catalogue.case import Case, values_of
from isocline_bench.peers.deepxde_training import (
    Clock,
    Precision,
    Predictor,
    precision,
    train_model,
    warm_up,
)
from isocline_bench.suite import Measured
from isocline_run import UserError

if TYPE_CHECKING:
    from isocline_pinn import Problem, Solution

TOLERANCE = 1e-12
"""Of our solver, the same on every problem: it goes on until its estimate is below, or time is out."""
_SHORT = 0.2  # seconds
_NINETY = 1.645  # standard deviations on either side that hold nine results of ten


def measure_ours(case: Case, budget: float, *, seed: int, method: str = "auto") -> Measured:
    """Our solver with its automatic settings.

    The reference is computed before the clock starts; nothing else is known in advance.
    """
    import isocline_pinn.choose  # noqa: F401 - so that imports are not on the clock, as for the peers
    from isocline_pinn import solve

    problem = _with_known_reference(case)
    started = time.perf_counter()
    solution = solve(problem, method=method, budget=budget, seed=seed, tolerance=TOLERANCE)
    seconds = time.perf_counter() - started
    numbers = _known(case) | {"seconds": seconds}
    if case.reference is not None:
        numbers["relative_l2"] = case.field_error(solution)
    if solution.error_estimate is not None:
        numbers["estimate"] = solution.error_estimate
    if case.inverse:
        numbers |= _constants(case, solution)
    else:
        numbers["error"] = numbers["relative_l2"]
    return Measured(numbers, _curve(case, solution, seconds), (solution.method, *solution.notes))


def measure_deepxde(
    case: Case, budget: float, *, seed: int, optimisers: Sequence[str] = ("adam", "L-BFGS")
) -> Measured:
    """DeepXDE's own training of the same data, in its default precision, single.

    The network is the problem's own or, where it has none, DeepXDE's plain one with the widths that
    ours would have.

    Raises:
        UserError: There is nothing to compare with, or NNCG was asked to find constants.
    """
    if case.reference is None and not case.inverse:
        raise UserError(f"{case.name} has no reference to compare with")
    if "NNCG" in optimisers and case.problem.unknowns:
        raise UserError("DeepXDE's NNCG does not train constants beside a network")
    try:
        return _trained(case, budget, seed, optimisers, "float32")
    except RuntimeError as error:
        if "dtype" not in str(error):
            raise
        # Some of DeepXDE's geometries make double-precision points whatever its setting.
        found = _trained(case, budget, seed, optimisers, "float64")
        note = "in double precision: DeepXDE's points of this domain cannot be used in single"
        return replace(found, notes=(*found.notes, note))


def _trained(
    case: Case, budget: float, seed: int, optimisers: Sequence[str], dtype: Precision
) -> Measured:
    import deepxde as dde

    with precision(dtype):
        dde.config.set_random_seed(seed)
        problem = case.load(dtype)
        net = problem.net or dde.nn.FNN(_widths(problem), "tanh", "Glorot normal")
        model = dde.Model(problem.data, net)
        variables = tuple(problem.unknowns.values())

        def judge(predict: Predictor) -> float:
            if case.inverse:
                return case.constants_error(values_of(problem.unknowns))
            return case.field_error(predict, roughly=True)

        warm_up()
        clock = Clock(budget)
        training = train_model(model, optimisers, clock, variables=variables, judge=judge)
        seconds = clock.elapsed
        numbers = {"error": training.curve[-1][1], "seconds": seconds}
        numbers["iterations"] = float(model.train_state.iteration)
    return Measured(numbers, training.curve, training.notes)


def measure_classical(case: Case, budget: float) -> Measured:
    """The classical solver at rising resolutions, as far as the time goes.

    Its curve holds time and error of each resolution by itself; the table reads off it the time at which
    it is as close as we are.
    """
    classical = case.problem.classical
    if classical is None:
        raise UserError(f"{case.name} has no classical solver in the catalogue")
    classical.solve(classical.resolutions[0])  # imports and caches are not its work
    curve: list[tuple[float, float]] = []
    spent = 0.0
    for resolution in classical.resolutions:
        started = time.perf_counter()
        found = classical.solve(resolution)
        seconds = time.perf_counter() - started
        spent += seconds
        if seconds < _SHORT:  # once more, lest the clock's noise counts
            started = time.perf_counter()
            classical.solve(resolution)
            seconds = min(seconds, time.perf_counter() - started)
        curve.append((seconds, case.dataset_error(found)))
        if spent > budget:
            break
    numbers = {"error": min(error for _, error in curve), "seconds": spent}
    return Measured(numbers, tuple(curve), (classical.method,))


def _with_known_reference(case: Case) -> "Problem":
    reference = case.reference
    if reference is None:
        return case.load("float64")
    return replace(case.load("float64"), reference=lambda: reference)


def _known(case: Case) -> dict[str, float]:
    """What the table says of the problem itself."""
    problem = case.problem
    found = {}
    if problem.target is not None:
        found["target"] = problem.target
    if problem.reference_error is not None:
        found["reference_error"] = problem.reference_error
    return found


def _constants(case: Case, solution: "Solution") -> dict[str, float]:
    found = solution.unknowns
    truth = case.problem.truth
    inside = [
        abs(found[name].value - right) <= _NINETY * found[name].standard_error
        for name, right in truth.items()
    ]
    return {
        "error": case.constants_error({name: found[name].value for name in truth}),
        "estimate": max(
            found[name].standard_error / (abs(right) or 1.0) for name, right in truth.items()
        ),
        "inside_90": sum(inside) / len(inside),
    }


def _curve(case: Case, solution: "Solution", seconds: float) -> tuple[tuple[float, float], ...]:
    """Error along the way: of each level, or as the training kept it; the result last."""
    if case.inverse:
        names = [name for name in case.problem.truth if all(name in r for r in solution.history)]
        if len(names) < len(case.problem.truth):
            return ((seconds, case.constants_error(_values(solution))),)
        return tuple((row["seconds"], case.constants_error(row)) for row in solution.history)
    if solution.levels:
        found = [
            (level.seconds, case.field_error(solution.at_level(level), roughly=True))
            for level in solution.levels
        ]
    else:
        found = [(row["seconds"], row["error"]) for row in solution.history if "error" in row]
    return (*found, (seconds, case.field_error(solution, roughly=True)))


def _values(solution: "Solution") -> dict[str, float]:
    return {name: estimate.value for name, estimate in solution.unknowns.items()}


def _widths(problem: "Problem") -> list[int]:
    inputs, outputs = len(problem.coordinates), len(problem.outputs)
    hidden = problem.hidden or ((16, 16) if inputs == 1 else (20, 20, 20))
    return [inputs, *hidden, outputs]
