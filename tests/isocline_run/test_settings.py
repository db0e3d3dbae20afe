import pytest
from pydantic import Field, ValidationError

from isocline_run import Settings, settings_sentences


class Training(Settings):
    steps: int = Field(gt=0)
    layers: tuple[int, ...] = (24, 24)


def sentences(model: type[Settings], **values: object) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        model(**values)
    return settings_sentences(refused.value)


def test_defaults_are_the_reproducible_ones() -> None:
    assert Settings().model_dump() == {
        "seed": 0,
        "device": "cpu",
        "dtype": "float64",
        "budget": None,
        "threads": None,
    }


@pytest.mark.parametrize(("given", "seconds"), [("1h30m", 5400.0), (90, 90.0), (None, None)])
def test_a_budget_is_read_as_a_duration(given: object, seconds: float | None) -> None:
    assert Settings(budget=given).budget == seconds  # type: ignore[arg-type]


def test_settings_do_not_change_once_made() -> None:
    with pytest.raises(ValidationError):
        Settings().seed = 1  # type: ignore[misc]


def test_a_changed_copy_is_checked_again() -> None:
    assert Training(steps=1).changed(seed=3).seed == 3
    with pytest.raises(ValidationError):
        Settings().changed(seed=-1)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"seed": "abc"}, "seed is 'abc'; expected a whole number"),
        ({"seed": 1.5}, "seed is 1.5; expected a whole number"),
        ({"seed": -1}, "seed is -1; expected at least 0"),
        ({"threads": 0}, "threads is 0; expected at least 1"),
        ({"dtype": "float16"}, "dtype is 'float16'; expected 'float64' or 'float32'"),
        ({"device": "gpu"}, "device is 'gpu'; expected cpu, cuda, cuda:N, mps or auto"),
        (
            {"budget": "soon"},
            "budget: 'soon' is not a duration; write for example 90s, 2m or 1h30m",
        ),
        (
            {"budget": -1},
            "budget: the duration -1 is not positive and finite; write for example 90s",
        ),
        ({"sed": 1}, "there is no setting 'sed'; did you mean seed?"),
        (
            {"colour": 1},
            "there is no setting 'colour'; the settings are seed, device, dtype, budget, threads",
        ),
    ],
)
def test_each_wrong_setting_has_its_sentence(values: dict[str, object], sentence: str) -> None:
    assert sentences(Settings, **values) == [sentence]


def test_near_names_are_those_of_the_application() -> None:
    assert sentences(Training, steps=1, layer=3) == [
        "there is no setting 'layer'; did you mean layers?"
    ]


def test_every_wrong_setting_is_named_at_once() -> None:
    assert sentences(Training, seed="x", steps=0) == [
        "seed is 'x'; expected a whole number",
        "steps is 0; expected more than 0",
    ]
    assert sentences(Training) == ["the setting 'steps' is missing; give it a value"]
