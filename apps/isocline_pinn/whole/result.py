"""What a solve by one network over the whole domain hands back."""

from dataclasses import dataclass, field

import numpy as np

from isocline_pinn.whole.network import WholeNetwork


@dataclass(frozen=True)
class WholeLevel:
    """One degree.

    Attributes:
        number: From one.
        degree: Of the features.
        unknowns: Coefficients.
        rows: Residuals that they were fitted to.
        difference: Relative L2 difference from the level before: that level's error.
        elapsed: Seconds since the solve began.
        network: Its solution.
    """

    number: int
    degree: int
    unknowns: int
    rows: int
    difference: float | None
    elapsed: float
    network: WholeNetwork = field(repr=False, compare=False)


@dataclass(frozen=True)
class WholeConstant:
    """An unknown constant found: its value and its standard deviation."""

    value: float
    deviation: float


@dataclass(frozen=True)
class WholeResult:
    """A solution by one network of fixed features.

    Attributes:
        network: The solution as a module, output transform included.
        checked: The solution of the level next to it, whose distance is the error estimate.
        error_estimate: Estimated relative L2 error; None after a single level.
        levels: One record a level.
        constants: In the order of the unknowns given.
        residuals: Root mean square of each equation's and condition's residuals, by name.
        notes: Sentences for the user.
    """

    network: WholeNetwork
    checked: WholeNetwork | None
    error_estimate: float | None
    levels: list[WholeLevel]
    constants: list[WholeConstant] = field(default_factory=list)
    residuals: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def estimated_error(self, points: np.ndarray) -> np.ndarray:
        """Estimated |error| at points of shape (n, d): shape (n, outputs); NaN without a check."""
        found = values_of(self.network, points)
        if self.checked is None:
            return np.full_like(found, np.nan)
        return np.abs(values_of(self.checked, points) - found)


def values_of(network: WholeNetwork, points: np.ndarray) -> np.ndarray:
    """Outputs at points of shape (n, d), shape (n, outputs)."""
    import torch

    with torch.no_grad():
        values: np.ndarray = network(torch.from_numpy(np.asarray(points, dtype=float))).numpy()
    return values
