"""The settings every run has, checked as they are read."""

import difflib
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from isocline_run.duration import parse_duration
from isocline_run.errors import UserError


class Settings(BaseModel):
    """What every application's settings share; each application adds its own fields to it.

    Attributes:
        seed: Of every random number the run draws.
        device: "cpu", "cuda", "cuda:1", "mps" or "auto".
        dtype: Precision of the computation.
        budget: Wall time in seconds, imports included; also written "90s", "2m", "1h30m". None
            for no limit.
        threads: CPU threads PyTorch may use; its own choice when None.

    Example:
        >>> Settings(budget="2m").budget
        120.0
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, validate_default=True, use_attribute_docstrings=True
    )

    seed: int = Field(default=0, ge=0, le=2**32 - 1)
    device: str = Field(default="cpu", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")
    dtype: Literal["float64", "float32"] = "float64"
    budget: float | None = None
    threads: int | None = Field(default=None, ge=1)

    @field_validator("budget", mode="before")
    @classmethod
    def _read_budget(cls, value: Any) -> Any:
        if not isinstance(value, str | int | float):
            return value
        try:
            return parse_duration(value)
        except UserError as error:
            raise ValueError(str(error)) from error

    def changed(self, **changes: Any) -> Self:
        """A copy with some settings changed, checked again."""
        return type(self).model_validate(self.model_dump() | changes)


def settings_sentences(error: ValidationError) -> list[str]:
    """One sentence per wrong setting, from pydantic's report."""
    return [_sentence(dict(problem), error.title) for problem in error.errors()]


def _sentence(problem: dict[str, Any], title: str) -> str:
    name = ".".join(str(part) for part in problem["loc"]) or title
    given, kind = problem.get("input"), str(problem["type"])
    limits = problem.get("ctx", {})
    if kind == "extra_forbidden":
        return f"there is no setting {name!r}{_near(name, title)}"
    if kind == "missing":
        return f"the setting {name!r} is missing; give it a value"
    if kind == "value_error":
        return f"{name}: {str(problem['msg']).removeprefix('Value error, ')}"
    expected = {
        "literal_error": "{expected}",
        "enum": "{expected}",
        "int_parsing": "a whole number",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_parsing": "a number",
        "float_type": "a number",
        "finite_number": "a finite number",
        "bool_parsing": "true or false",
        "bool_type": "true or false",
        "string_type": "text",
        "greater_than": "more than {gt}",
        "greater_than_equal": "at least {ge}",
        "less_than": "less than {lt}",
        "less_than_equal": "at most {le}",
        "too_short": "at least {min_length} of them",
        "too_long": "at most {max_length} of them",
        "list_type": "a list",
        "tuple_type": "a list",
        "dict_type": "names with values",
    }
    if kind in expected:
        return f"{name} is {given!r}; expected {expected[kind].format(**limits)}"
    if kind == "string_pattern_mismatch" and name == "device":
        return f"device is {given!r}; expected cpu, cuda, cuda:N, mps or auto"
    message = str(problem["msg"])
    return f"{name} is {given!r}; {message[:1].lower()}{message[1:]}"


def _near(name: str, title: str) -> str:
    """The settings that may have been meant, as the end of a sentence."""
    model = next((model for model in _models(Settings) if model.__name__ == title), Settings)
    near = difflib.get_close_matches(name, model.model_fields, n=2)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; the settings are {', '.join(model.model_fields)}"


def _models(model: type[Settings]) -> list[type[Settings]]:
    return [model, *(found for child in model.__subclasses__() for found in _models(child))]
