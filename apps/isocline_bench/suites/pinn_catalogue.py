"""`pinn/catalogue`: every problem of the catalogue beside DeepXDE's training and a classical solver."""

from functools import partial
from typing import TYPE_CHECKING

from isocline_bench.catalogue import (
    Case,
    catalogue_table,
    draw_curves,
    measure_classical,
    measure_deepxde,
    measure_ours,
)
from isocline_bench.catalogue.methods import CLASSICAL, DEEPXDE, NNCG, OURS
from isocline_bench.suite import Suite, Task

if TYPE_CHECKING:
    from isocline_bench.peers.deepxde_training import Precision
    from isocline_pinn import Problem

SEEDS = 3


def suite() -> Suite:
    """Our solver with three seeds, DeepXDE's two ways of training and the classical solver with one each."""
    from isocline_pinn.catalogue import names

    tasks = [task for name in names() for task in tasks_of(Case(name, partial(_load, name)))]
    return Suite(
        name="pinn/catalogue",
        question="relative L2 error of every problem of the catalogue",
        metric="error",
        ours=OURS,
        budget=60.0,
        tasks=tuple(tasks),
        table=catalogue_table,
        figure=draw_curves,
    )


def tasks_of(case: Case, seeds: int = SEEDS) -> list[Task]:
    """All methods on one problem, each with the problem's own budget."""

    def budget() -> float:
        return case.problem.target_budget

    nncg = ("adam", "L-BFGS", "NNCG")
    return [
        *(
            Task(case.name, OURS, seed, partial(measure_ours, case, seed=seed), budget)
            for seed in range(seeds)
        ),
        Task(case.name, DEEPXDE, 0, partial(measure_deepxde, case, seed=0), budget),
        Task(case.name, NNCG, 0, partial(measure_deepxde, case, seed=0, optimisers=nncg), budget),
        Task(case.name, CLASSICAL, 0, partial(measure_classical, case), budget),
    ]


def _load(name: str, dtype: "Precision") -> "Problem":
    from isocline_pinn.catalogue import load_problem

    return load_problem(name, dtype=dtype)
