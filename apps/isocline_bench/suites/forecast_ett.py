"""`forecast/ett`: mean MSE over 96, 192, 336 and 720 steps on the electricity-transformer data."""

from functools import partial

from isocline_bench.suite import Measurement, Suite, Task

OURS = "isocline, chosen on validation"
PLAIN = "plain least squares"

# Means over the four horizons of papers whose test loaders keep the last batch.
PUBLISHED = {
    "ETTh1": {
        "PDF": 0.407,
        "FITS": 0.408,
        "PatchTST": 0.419,
        "DLinear": 0.425,
        "tuned ridge": 0.405,
    },
    "ETTm1": {
        "PDF": 0.342,
        "FITS": 0.357,
        "PatchTST": 0.349,
        "DLinear": 0.356,
        "tuned ridge": 0.346,
    },
}


def suite() -> Suite:
    """Our closed-form model with its choice, and the same without one, on ETTh1 and ETTm1."""
    tasks = [
        Task(case, method, 0, partial(_measure, case=case, chosen=method == OURS))
        for case in PUBLISHED
        for method in (OURS, PLAIN)
    ]
    return Suite(
        name="forecast/ett",
        question="MSE on standardised data, mean of horizons 96, 192, 336 and 720",
        metric="mean_mse",
        ours=OURS,
        budget=120.0,
        tasks=tuple(tasks),
        quoted=PUBLISHED,
    )


def _measure(budget: float, case: str, chosen: bool) -> Measurement:
    from isocline_forecast.closed_form.benchmark import ett_scores

    scores = ett_scores(case.lower(), chosen=chosen, budget=budget)
    by_horizon = {
        f"mse_{int(horizon)}": float(scores["mse"].sel(horizon=horizon))
        for horizon in scores["horizon"]
    }
    return by_horizon | {"mean_mse": float(scores.attrs["mean_mse"])}
