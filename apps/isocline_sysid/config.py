"""Validated settings of an identification."""

from typing import Annotated

from pydantic import Field, field_validator

from isocline_run import Settings


class SysidSettings(Settings):
    """What determines a run besides its data.

    Attributes:
        states: State variables, in order.
        controls: Known inputs.
        degree: Of the polynomial library.
        draws: Bootstrap draws for the error bars; 0 takes them from the fit's covariance.
    """

    states: tuple[str, ...]
    controls: tuple[str, ...] = ()
    degree: Annotated[int, Field(ge=1, le=6)] = 2
    draws: Annotated[int, Field(ge=0)] = 100

    @field_validator("states")
    @classmethod
    def _at_least_one(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if not names:
            raise ValueError("name at least one state, for example --states x,y")
        return names
