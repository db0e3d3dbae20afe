"""The models there are, by the names a command line uses."""

import difflib
from typing import Any

from isocline_forecast.baselines import Drift, Mean, Naive, SeasonalNaive
from isocline_forecast.closed_form import Linear, PlainLinear
from isocline_forecast.contract import Model
from isocline_forecast.state_space import LinearSDE
from isocline_run import UserError

AUTO = "auto"
MODELS: dict[str, type[Model]] = {
    model.name: model
    for model in (Naive, SeasonalNaive, Drift, Mean, Linear, PlainLinear, LinearSDE)
}
BASELINES = ("naive", "seasonal_naive", "drift", "mean")
CANDIDATES = (*BASELINES, "linear", "linear_sde")
"""What `auto` tries, cheapest first."""
_OPTIONS = {
    "season": {"seasonal_naive", "linear_sde"},
    "lookback": {"linear", "linear_plain"},
}


def make_model(name: str, **options: Any) -> Model:
    """A model by name.

    Args:
        name: One of `MODELS`.
        options: `season` and `lookback`; those that a model does not have are ignored, and so are None.

    Raises:
        UserError: There is no such model; near names are offered.
    """
    check_name(name)
    given = {
        key: value for key, value in options.items() if value is not None and name in _OPTIONS[key]
    }
    return MODELS[name](**given)


def check_name(name: str) -> None:
    """Whether there is a model of that name, or it is "auto".

    Raises:
        UserError: There is not; near names are offered.
    """
    names = [*MODELS, AUTO]
    if name in names:
        return
    near = difflib.get_close_matches(name.lower(), names, n=2, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"the models are {', '.join(names)}"
    raise UserError(f"there is no model {name!r}; {hint}")
