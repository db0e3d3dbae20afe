"""Sequential thresholded least squares, the threshold chosen by an information criterion.

A term is compared with its own standard error, so neither the units of the states nor the size of a
coefficient decides (a true coefficient of 1e-4 stays, an estimated one of 0.1 ± 0.2 goes).
Brunton, Proctor and Kutz (2016), PNAS 113(15), thresholds the coefficients themselves.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from isocline_sysid.regression.whitened import FLOOR, Fit, fit_whitened

THRESHOLDS = (1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 7.0, 10.0, 15.0, 25.0, 50.0, 100.0)
TIE = 6.0
"""Models within this much of the criterion are ties: the data do not tell them apart."""


@dataclass(frozen=True)
class Selected:
    """The chosen fit and its rivals.

    Attributes:
        fit: With the least criterion.
        threshold: In standard errors; the one it came from.
        rivals: (number of terms, criterion above the least, term indices) of the other supports met.
    """

    fit: Fit
    threshold: float
    rivals: tuple[tuple[int, float, tuple[int, ...]], ...]

    @property
    def ties(self) -> int:
        """How many rivals the data do not tell apart from the chosen one."""
        return sum(above < TIE for _, above, _ in self.rivals)


def select_terms(
    matrix: Float[np.ndarray, "row term"], target: Float[np.ndarray, " row"]
) -> Selected:
    """The support of one equation.

    Args:
        matrix: Whitened rows of all candidate terms.
        target: Whitened left-hand side.

    Returns:
        The fit whose Bayesian information criterion, n log(χ²/n) + p log n, is least over supports
        that sequential thresholding meets, at every threshold and at every step on its way.
    """
    met: dict[tuple[int, ...], tuple[float, float, Fit]] = {}
    for threshold in THRESHOLDS:
        for fit in _thresholded(matrix, target, threshold):
            key = tuple(int(i) for i in np.flatnonzero(fit.support))
            met.setdefault(key, (information_criterion(fit), threshold, fit))
    best = min(met, key=lambda key: met[key][0])
    least, threshold, fit = met[best]
    rivals = sorted(
        (len(key), value - least, key) for key, (value, _, _) in met.items() if key != best
    )
    return Selected(fit, threshold, tuple(sorted(rivals, key=lambda rival: rival[1])))


def information_criterion(fit: Fit) -> float:
    """N log(χ²/n) + p log n of Gaussian residuals of unknown variance (Schwarz 1978)."""
    floor = FLOOR**2 * float(np.mean(fit.target**2))
    variance = max(fit.chi_squared / fit.rows, floor, 1e-300)
    return fit.rows * float(np.log(variance)) + int(fit.support.sum()) * float(np.log(fit.rows))


def _thresholded(
    matrix: Float[np.ndarray, "row term"], target: Float[np.ndarray, " row"], threshold: float
) -> list[Fit]:
    """The fits on the way: the weakest term below the threshold goes, until none is below it."""
    support: Bool[np.ndarray, " term"] = np.ones(matrix.shape[1], dtype=bool)
    path = []
    while True:
        fit = fit_whitened(matrix, target, support)
        path.append(fit)
        if not support.any():
            return path
        errors = np.maximum(fit.standard_errors, 1e-300)
        strength = np.where(support, np.abs(fit.coefficients) / errors, np.inf)
        weakest = int(strength.argmin())
        if strength[weakest] >= threshold:
            return path
        support = support.copy()
        support[weakest] = False
