"""Split-conformal intervals from signed errors at each lead.

A new error falls below the k-th smallest of n exchangeable ones with probability k / (n + 1) (Vovk et al.,
*Algorithmic Learning in a Random World*, 2005; Lei et al., J. Am. Stat. Assoc. 113, 2018).  The quantile
at level q is therefore the one of rank (n + 1) q, between two errors by a straight line: rounding the rank
up on both sides would cover up to 2 / (n + 1) too much.  The errors are signed.  Where n is too small for
the rank to exist, the interval is widened by the ratio of Student t quantiles instead of being cut at the
largest error seen.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import stats

SPREAD = 0.1  # neighbouring leads within a tenth of the lead share their errors


@dataclass(frozen=True)
class ConformalOffsets:
    """What to add to a forecast to get its quantiles.

    Attributes:
        levels: Quantile levels, increasing.
        offsets: (quantile, lead, series), lead 1 first.
        widened: Whether some offsets go beyond the errors seen, because those were too few.
    """

    levels: Float[np.ndarray, " quantile"]
    offsets: Float[np.ndarray, "quantile lead series"]
    widened: bool

    @classmethod
    def from_errors(
        cls,
        errors: Float[np.ndarray, "origin lead series"],
        levels: Float[np.ndarray, " quantile"],
        floor: Float[np.ndarray, " series"],
    ) -> "ConformalOffsets":
        """Offsets from the errors (observed − forecast) of past forecasts.

        Args:
            errors: NaN where nothing was observed.
            levels: Quantile levels.
            floor: Smallest deviation to believe, one a series; 0 for none.
        """
        _, leads, series = errors.shape
        offsets = np.zeros((levels.size, leads, series))
        widened = False
        for channel in range(series):
            for lead in range(leads):
                spread = int(SPREAD * lead)
                seen = errors[:, max(lead - spread, 0) : lead + spread + 1, channel].ravel()
                seen = np.sort(seen[~np.isnan(seen)])
                if seen.size == 0:
                    offsets[:, lead, channel] = np.nan
                    continue
                for index, level in enumerate(levels):
                    offset, beyond = conformal_quantile(seen, float(level))
                    offsets[index, lead, channel] = offset
                    widened |= beyond
            offsets[:, :, channel] = _extended(offsets[:, :, channel])
        if (floor > 0).any():
            normal = stats.t.ppf(levels, 2)[:, None, None] * floor
            wider = np.abs(normal) > np.abs(offsets)
            offsets = np.where(wider, normal, offsets)
        return cls(levels, offsets, widened)

    def at(self, ahead: Float[np.ndarray, " lead"]) -> Float[np.ndarray, "quantile lead series"]:
        """Offsets at any leads; beyond the last one they grow with the root of the lead."""
        known = np.arange(1, self.offsets.shape[1] + 1, dtype=float)
        inside = np.minimum(ahead, known[-1])
        growth = np.sqrt(np.maximum(ahead / known[-1], 1.0))
        found = np.empty((self.levels.size, ahead.size, self.offsets.shape[2]))
        for index in np.ndindex(self.levels.size, self.offsets.shape[2]):
            found[index[0], :, index[1]] = growth * np.interp(
                inside, known, self.offsets[index[0], :, index[1]]
            )
        return found

    @property
    def widest(self) -> Float[np.ndarray, "quantile series"]:
        """The offset furthest from zero over all leads."""
        rows = np.abs(self.offsets).argmax(axis=1)
        return np.take_along_axis(self.offsets, rows[:, None, :], axis=1)[:, 0, :]


def conformal_quantile(errors: Float[np.ndarray, " n"], level: float) -> tuple[float, bool]:
    """The finite-sample quantile of sorted errors, and whether it lies beyond the largest of them.

    The median is left at zero: the forecast itself is the middle of its interval.
    """
    if level == 0.5:
        return 0.0, False
    if level < 0.5:
        mirrored, beyond = conformal_quantile(-errors[::-1], 1.0 - level)
        return -mirrored, beyond
    count = errors.size
    rank = (count + 1) * level
    if rank <= count + 1e-9:
        return float(np.interp(rank, np.arange(1, count + 1), errors)), False
    # The largest of n errors stands at the level n / (n + 1); from there the t distribution goes on.
    degrees = max(count - 1, 1)
    reached = stats.t.ppf(max(count / (count + 1), 0.75), degrees)
    largest = float(np.abs(errors).max())
    return largest * float(stats.t.ppf(level, degrees) / reached), True


def _extended(offsets: Float[np.ndarray, "quantile lead"]) -> Float[np.ndarray, "quantile lead"]:
    """Leads without errors take those of the longest lead that has some, grown with the root of time."""
    known = ~np.isnan(offsets).any(axis=0)
    if known.all():
        return offsets
    if not known.any():
        return np.zeros_like(offsets)
    leads = np.arange(1, offsets.shape[1] + 1, dtype=float)
    nearest = np.array([leads[known][np.abs(leads[known] - lead).argmin()] for lead in leads])
    growth = np.sqrt(np.maximum(leads / nearest, 1.0))
    return np.where(known, offsets, offsets[:, nearest.astype(int) - 1] * growth)
