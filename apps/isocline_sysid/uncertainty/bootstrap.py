"""Parametric bootstrap: new noise on the fitted trajectories, and the fit again.

Draw b has its own generator, so the draws do not depend on the order in which they are made: an interrupted
bootstrap resumes with the same numbers. Efron and Tibshirani (1993), An Introduction to the Bootstrap, §6.5.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Float

from isocline_sysid.refine import Dynamics, Nodes, Refined, refine


def draw_coefficients(
    dynamics: Dynamics,
    nodes: Sequence[Nodes],
    fitted: Refined,
    *,
    seed: int,
    first: int,
    draws: int,
) -> Iterator[Float[np.ndarray, " coefficient"]]:
    """Coefficients refitted to data drawn from the fitted model, one a time.

    Args:
        dynamics: Which coefficients there are.
        nodes: The data; only where they were observed is kept.
        fitted: The model that draws.
        seed: Of all draws.
        first: The first draw to make.
        draws: One more than the last.

    Yields:
        Coefficients; NaN where a refit did not converge.
    """
    for draw in range(first, draws):
        generator = np.random.default_rng((seed, draw))
        drawn = []
        for node, states in zip(nodes, fitted.states, strict=True):
            noise = fitted.noise * generator.standard_normal(states.shape)
            samples = np.where(np.isfinite(node.samples), states + noise, np.nan)
            drawn.append(replace(node, states=states, samples=samples))
        try:
            again = refine(dynamics, drawn, fitted.w, fitted.noise, levels=(0.0,))
        except np.linalg.LinAlgError:
            yield np.full_like(fitted.w, np.nan)
            continue
        yield again.w if again.converged else np.full_like(fitted.w, np.nan)
