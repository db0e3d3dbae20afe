"""Which components a series calls for."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from isocline_forecast.history import History
from isocline_forecast.seasons import calendar_seasons, correlated_period
from isocline_forecast.state_space.assembly import Assembly
from isocline_forecast.state_space.components import Component, Cycle, Seasonal, ShortTerm, Trend
from isocline_forecast.time_axis import TimeAxis

HARMONICS = 4
_PRICE = (
    3.0  # of a harmonic, in units of log n: the residuals are correlated, so BIC alone is too easy
)
_KNOTS = 20
_LONG = 60  # values: from here on a slow and a fast anomaly can be told apart


@dataclass(frozen=True)
class Structure:
    """The components of one series, as plain values.

    Attributes:
        trend: "smooth" (a slope that wanders), "rough" (level and slope wander) or "level" (no slope).
        slow: Whether there is a slow anomaly, forgotten within seasons, beside the fast one.
        seasons: Season and number of harmonics, for each season.
        cycle: First guess of a free period in steps; None for no cycle.
        roughness: Standard deviation of the change over one step, for first guesses.
        slow_length: Time scale of the slow anomaly in steps, for first guesses.
    """

    trend: Literal["smooth", "rough", "level"]
    slow: bool
    seasons: tuple[tuple[str | float, int], ...]
    cycle: float | None
    roughness: float
    slow_length: float

    def assembly(self) -> Assembly:
        """The model with first guesses."""
        rough = self.roughness
        level = None if self.trend == "smooth" else 0.3 * rough
        slope = None if self.trend == "level" else 0.01 * rough
        parts: list[Component] = [Trend(level, slope)]
        for index, (season, count) in enumerate(self.seasons):
            harmonics = tuple(range(1, count + 1))
            name = season if isinstance(season, str) else f"season of {season:g} steps"
            parts.append(Seasonal(index, harmonics, 0.03 * rough, name))
        if self.cycle is not None:
            parts.append(Cycle(0.7, self.cycle))
        parts.append(ShortTerm(0.5 * rough, 2.0, name="fast anomaly"))
        if self.slow:
            parts.append(ShortTerm(2 * rough, self.slow_length, smooth=True, name="slow anomaly"))
        return Assembly(parts, 0.5 * rough)

    def phases(
        self, axis: TimeAxis, positions: Float[np.ndarray, " time"], stamps: np.ndarray
    ) -> Float[np.ndarray, "time season"]:
        """The phase of each season at each time."""
        columns = [axis.phase(season, stamps, positions) for season, _ in self.seasons]
        return np.stack(columns, axis=1) if columns else np.zeros((len(positions), 0))

    @property
    def words(self) -> str:
        """The components in words."""
        parts = [
            {"smooth": "smooth trend", "rough": "level and slope", "level": "level"}[self.trend]
        ]
        for season, count in self.seasons:
            label = season if isinstance(season, str) else f"{season:g} steps"
            parts.append(f"season ({label}, {count} harmonic{'s' * (count > 1)})")
        if self.cycle is not None:
            parts.append(f"cycle (about {self.cycle:.3g} steps)")
        return ", ".join(
            [*parts, "slow and fast anomaly" if self.slow else "fast anomaly", "noise"]
        )

    def as_plain(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Structure":
        """From `as_plain`."""
        seasons = tuple((season, int(count)) for season, count in plain["seasons"])
        return cls(**(plain | {"seasons": seasons}))

    def alternatives(self, count: int) -> list["Structure"]:
        """The structures to be compared on a series of `count` values."""
        if count < _LONG:
            return [replace(self, trend="rough"), replace(self, trend="level")]
        return [
            replace(self, trend="smooth", slow=True),
            replace(self, trend="rough"),
            replace(self, trend="level", slow=True),
        ]


def propose_structure(
    history: History, series: int, season: str | float | Sequence[str | float] | None = None
) -> Structure:
    """The components of one series, by its calendar and a regression.

    Args:
        history: Standardised values.
        series: Which.
        season: Seasons to use; those of the calendar that pay for their harmonics when None.
    """
    values = history.values[:, series]
    seen = ~np.isnan(values)
    axis, y = history.axis, values[seen]
    positions, stamps = axis.positions[seen], axis.stamps[seen]
    if season is None:
        # Shortest first: a day explains more of an hourly series than a year does.
        names: Sequence[str | float] = calendar_seasons(axis)
    else:
        names = [season] if isinstance(season, str | int | float) else season
    base = _trend_basis(positions, min((axis.period(s) for s in names), default=0.0))
    chosen: list[tuple[str | float, int]] = []
    for name in names:
        phase = axis.phase(name, stamps, positions)
        most = min(HARMONICS, int(axis.period(name) / 2 + 1e-6), int((y.size / 4 - 2) // 2))
        count = _count_harmonics(base, phase, y, most, forced=season is not None)
        if count:
            chosen.append((name, count))
            base = np.concatenate([base, _waves(phase, count)], axis=1)
    cycle = None
    if not chosen and season is None and axis.regular and y.size >= 20:
        cycle = correlated_period(history.with_values(history.values[:, [series]]))
    change = np.diff(y) / np.sqrt(np.maximum(np.diff(positions), 1.0))
    roughness = float(np.sqrt(np.mean(change**2))) if change.size else 1.0
    period = max((axis.period(name) for name, _ in chosen), default=cycle or y.size / 10)
    return Structure(
        "rough", False, tuple(chosen), cycle, max(roughness, 1e-6), max(period / 2, 10.0)
    )


def _count_harmonics(
    base: np.ndarray, phase: np.ndarray, y: np.ndarray, most: int, *, forced: bool
) -> int:
    """How many harmonics lower the price: n log RSS + price · coefficients · log n."""
    if most < 1 or base.shape[1] + 2 >= y.size:
        return 0
    n = y.size
    costs = []
    for count in range(most + 1):
        design = np.concatenate([base, _waves(phase, count)], axis=1)
        rest = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
        price = _PRICE * 2 * count * np.log(n)
        costs.append(n * np.log(max(float(rest @ rest), 1e-20 * n)) + price)
    best = int(np.argmin(costs))
    return max(best, 1) if forced else best


def _waves(phase: np.ndarray, count: int) -> np.ndarray:
    angle = 2 * np.pi * phase[:, None] * np.arange(1, count + 1)
    return np.concatenate([np.cos(angle), np.sin(angle)], axis=1)


def _trend_basis(positions: np.ndarray, period: float) -> np.ndarray:
    """A broken line with knots no closer than two periods, so that it cannot follow the season."""
    span = float(np.ptp(positions)) or 1.0
    knots = int(np.clip(span / (2 * period) if period else 0, 0, _KNOTS))
    at = np.linspace(0, 1, knots + 2)[1:-1]
    x = (positions - positions[0]) / span
    return np.concatenate(
        [np.ones((x.size, 1)), x[:, None], np.maximum(x[:, None] - at[None, :], 0)], axis=1
    )
