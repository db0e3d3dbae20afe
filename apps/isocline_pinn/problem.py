"""A problem: DeepXDE's data object, and the names and units its numbers go by."""

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from torch import Tensor
from torch.nn import Module

from isocline_pinn import catalogue
from isocline_pinn.backend import load_deepxde
from isocline_run import UserError

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True)
class Quantity:
    """A coordinate or an output: how it is called in results.

    Attributes:
        name: As a variable of a dataset, "u".
        long_name: In words, for axes and legends.
        units: As CF writes them; "1" when dimensionless.
    """

    name: str
    long_name: str = ""
    units: str = "1"

    @property
    def label(self) -> str:
        """What stands at an axis: the words, the name, the units."""
        words = f"{self.long_name} {self.name}" if self.long_name else self.name
        return words if self.units == "1" else f"{words} ({self.units})"

    @property
    def attributes(self) -> dict[str, str]:
        """As attributes of a dataset's variable."""
        return {"long_name": self.long_name or self.name, "units": self.units}


@dataclass(frozen=True)
class Classical:
    """A classical solver of the same problem: what a mesh or a spectral method does with it.

    Attributes:
        method: In words, such as "ETDRK4, Fourier modes".
        solve: From a resolution to the solution on the grid of the problem's reference.
        resolutions: Increasing; the error falls along them.
    """

    method: str
    solve: "Callable[[int], xr.Dataset]"
    resolutions: tuple[int, ...]


@dataclass(frozen=True)
class Problem:
    """A differential equation with its conditions, and what is known about it.

    Attributes:
        name: Short, for folders and tables.
        title: One line in words.
        data: A `dde.data` object (`PDE`, `TimePDE`, …).
        coordinates: The columns of the network's input, in order.
        outputs: The columns of the network's output, in order.
        dimensions: Names of the coordinates in the order results have them; time first unless given.
        net: A network; one is made when None.
        hidden: Widths of the hidden layers of the network that is made.
        spread: Standard deviation of the weights of its first layer, for inputs scaled to [−1, 1]: larger
            for solutions with many waves across the domain. Glorot's when None.
        unknowns: Constants to be found, each a `dde.Variable`, by name.
        truth: Values of the unknowns, where they are known.
        reference: Computes the solution on a grid, by classical means; None when there is none.
        reference_error: Relative L2 error that the reference itself may have; None when it is exact to
            rounding.
        classical: A classical solver to stand beside ours in tables.
        target: Relative L2 error that we mean to reach within `target_budget` seconds; of the unknowns, the
            largest relative one, where there are any.
        target_budget: Seconds.
        source: Where the problem comes from.
        path: The file that defines it, if one does.
    """

    name: str
    title: str
    data: Any
    coordinates: tuple[Quantity, ...]
    outputs: tuple[Quantity, ...]
    dimensions: tuple[str, ...] = ()
    net: Module | None = None
    hidden: tuple[int, ...] | None = None
    spread: float | None = None
    unknowns: Mapping[str, Tensor] = field(default_factory=dict)
    truth: Mapping[str, float] = field(default_factory=dict)
    reference: "Callable[[], xr.Dataset] | None" = None
    reference_error: float | None = None
    classical: Classical | None = None
    target: float | None = None
    target_budget: float = 60.0
    source: str = ""
    path: Path | None = None

    @property
    def order(self) -> tuple[str, ...]:
        """The dimensions of a result."""
        names = tuple(q.name for q in self.coordinates)
        if self.dimensions:
            return self.dimensions
        space = tuple(name for name in names if name != "t")
        return (*names[len(space) :], *space[::-1])


def open_problem(
    source: "str | Path | Problem | Any", *, dtype: Literal["float64", "float32"] = "float64"
) -> Problem:
    """A problem from the catalogue, from a file, or around a DeepXDE data object.

    Args:
        source: A name of the catalogue; a path of a Python file that defines `data`, and `net` if it
            likes; a `Problem`; or a `dde.data` object.
        dtype: Precision in which the file's arrays and networks are made.

    Returns:
        The problem.

    Raises:
        UserError: There is no such name or file, or the file defines no problem or raises.

    Example:
        >>> open_problem("heat").order
        ('t', 'x')
    """
    if isinstance(source, Problem):
        return source
    load_deepxde(dtype)
    if not isinstance(source, str | Path):
        return describe_data(source)
    path = Path(source)
    if path.suffix == ".py" or path.is_file():
        from isocline_pinn.problem_file import read_problem_file

        return read_problem_file(path)
    if str(source) in catalogue.names():
        return catalogue.load_problem(str(source), dtype=dtype)
    raise UserError(_unknown_name(str(source)))


def describe_data(
    data: Any, net: Module | None = None, *, name: str = "problem", path: Path | None = None
) -> Problem:
    """Names for a data object that came without: coordinates by its geometry, outputs u, or u1, u2, ….

    Args:
        data: A `dde.data` object.
        net: Its network, which tells the number of outputs; otherwise they are found by trying.
        name: Of the problem.
        path: The file that it comes from.

    Raises:
        UserError: It is no data object that this application can use.
    """
    geometry = getattr(data, "geom", None)
    if geometry is None or not hasattr(data, "losses_train"):
        raise UserError(
            f"{type(data).__name__} is not a problem on a domain; give a dde.data.PDE or "
            "dde.data.TimePDE"
        )
    timed = hasattr(geometry, "timedomain") or type(geometry).__name__ == "TimeDomain"
    space = geometry.dim - int(timed)
    letters = ["x", "y", "z"] if space <= 3 else [f"x{i + 1}" for i in range(space)]
    names = [*letters[:space], *(["t"] if timed else [])]
    problem = Problem(
        name=name,
        title=name,
        data=data,
        coordinates=tuple(Quantity(n) for n in names),
        outputs=(Quantity("u"),),
        net=net,
        path=path,
    )
    number = _number_of_outputs(problem)
    several = tuple(Quantity(f"u{i + 1}") for i in range(number))
    return problem if number == 1 else replace(problem, outputs=several)


def _number_of_outputs(problem: Problem) -> int:
    """From the network, or the smallest number with which the equations can be written."""
    import torch

    points = torch.as_tensor(problem.data.train_x[:2], dtype=torch.get_default_dtype())
    if problem.net is not None:
        parameter = next(problem.net.parameters())
        with torch.no_grad():
            return int(problem.net(points.to(parameter)).shape[-1])
    from isocline_pinn.network import fewest_outputs

    return fewest_outputs(problem.data, problem.path)


def _unknown_name(name: str) -> str:
    known = catalogue.names()
    near = difflib.get_close_matches(name, known, n=2)
    hint = f"did you mean {' or '.join(near)}? The catalogue has" if near else "the catalogue has"
    return f"there is no problem {name!r} and no file of that name; {hint} {', '.join(known)}"
