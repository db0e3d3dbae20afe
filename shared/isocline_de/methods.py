"""The Runge–Kutta methods one can ask for by name."""

import difflib
from dataclasses import dataclass

from isocline_de.errors import ProblemError


@dataclass(frozen=True)
class Method:
    """One method.

    Attributes:
        name: What `solve_ode(method=…)` takes.
        order: Order of convergence of the solution that is propagated.
        adaptive: Whether the method chooses its own step from rtol and atol.
        backend: Its name in torchdiffeq.
        interpolates: Whether outputs between steps are as accurate as the steps; where not, a step ends
            at each output time.
    """

    name: str
    order: int
    adaptive: bool
    backend: str
    interpolates: bool = False


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("euler", 1, adaptive=False, backend="euler"),
        Method("midpoint", 2, adaptive=False, backend="midpoint"),
        Method("heun", 2, adaptive=False, backend="heun2"),
        Method("heun3", 3, adaptive=False, backend="heun3"),
        Method("rk4", 4, adaptive=False, backend="rk4"),
        Method("adaptive_heun", 2, adaptive=True, backend="adaptive_heun", interpolates=True),
        Method("bosh3", 3, adaptive=True, backend="bosh3"),
        Method("dopri5", 5, adaptive=True, backend="dopri5", interpolates=True),
        Method("dopri8", 8, adaptive=True, backend="dopri8"),
    )
}


def find_method(name: str) -> Method:
    """The method of that name.

    Raises:
        ProblemError: There is none; near names are offered.
    """
    if name in METHODS:
        return METHODS[name]
    near = difflib.get_close_matches(name.lower(), METHODS, n=1, cutoff=0.5)
    offer = f"did you mean {near[0]!r}? The methods are" if near else "choose one of"
    raise ProblemError(f"there is no method {name!r}; {offer} {', '.join(METHODS)}")


__all__ = ["METHODS", "Method", "find_method"]
