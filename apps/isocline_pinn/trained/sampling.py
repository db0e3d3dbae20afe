"""Points that follow the residual.

Residual-adaptive distribution (RAD; Wu, Zhu, Tan, Kartha & Lu, Comput. Methods Appl. Mech. Engrg. 403,
115671, 2023): from a pool of random points, p(x) ∝ |r(x)| / mean|r| + 1.
"""

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np

from isocline_pinn.trained.residuals import ResidualSystem

_POOL = 4  # points in the pool for each one that is drawn


def can_redraw(data: Any) -> bool:
    """Whether new points may be drawn inside the problem's domain.

    Those of an integral or a fractional derivative come with quadrature points of their own.
    """
    if hasattr(data, "quad_deg") or hasattr(data, "disc"):
        return False
    return (
        hasattr(data, "train_x_all")
        and getattr(data, "pde", None) is not None
        and getattr(data, "num_domain", 0) > 0
    )


def place_points(data: Any, points: np.ndarray) -> None:
    """Make these the points of the equations; those of the conditions stay.

    Args:
        data: A `dde.data.PDE`.
        points: Shape (n, d).
    """
    data.train_x_all = points
    data.train_x = np.vstack((data.train_x_bc, points))
    data.train_y = data.soln(data.train_x) if data.soln else None
    if data.auxiliary_var_fn is not None:
        data.train_aux_vars = data.auxiliary_var_fn(data.train_x).astype(points.dtype)


def redraw(
    system: ResidualSystem, number: int, *, fixed: np.ndarray, seed: tuple[int, int]
) -> None:
    """Draw new points for the equations by the size of the residual.

    Args:
        system: The problem; its data object is given the points.
        number: Points to draw inside the domain.
        fixed: Points that stay (of the boundary, the initial time, anchors), shape (k, d).
        seed: Of the run, and which redraw this is: the same pair draws the same points.
    """
    data = system.data
    with _drawing(seed):
        pool = data.geom.random_points(_POOL * number, random="pseudo").astype(fixed.dtype)
        place_points(data, pool)
        terms = [t for t in system.residuals() if t.name.startswith("equation")]
        size = np.zeros(len(pool))
        for term in terms:
            values = np.abs(term.values.cpu().numpy())
            size += values / max(float(values.mean()), 1e-300)
        chance = size / len(terms) + 1.0
        chosen = np.random.choice(  # noqa: NPY002  (DeepXDE's geometry draws from the same generator)
            len(pool), min(number, len(pool)), replace=False, p=chance / chance.sum()
        )
    place_points(data, np.vstack((fixed, pool[np.sort(chosen)])))


def fixed_points(data: Any) -> np.ndarray:
    """The training points that a redraw leaves alone: on the boundary, at the initial time, anchors."""
    points: np.ndarray = data.train_x_all
    stays = np.asarray(data.geom.on_boundary(points), dtype=bool)
    if hasattr(data.geom, "on_initial"):
        stays = stays | np.asarray(data.geom.on_initial(points), dtype=bool)
    if data.anchors is not None:
        anchors = {tuple(row) for row in np.asarray(data.anchors).tolist()}
        stays = stays | np.array([tuple(row) in anchors for row in points.tolist()])
    fixed: np.ndarray = points[stays]
    return fixed


def thinned(data: Any, fixed: np.ndarray, most: int, seed: int) -> np.ndarray:
    """At most so many of the fixed points, drawn evenly; all where a condition would lose its last one.

    Args:
        data: Its conditions choose among the points.
        fixed: Shape (k, d).
        most: Number to keep.
        seed: Of the draw.
    """
    if len(fixed) <= most:
        return fixed
    chosen = np.random.default_rng(seed).choice(len(fixed), most, replace=False)
    kept: np.ndarray = fixed[np.sort(chosen)]
    held = all(len(condition.collocation_points(kept)) for condition in data.bcs)
    return kept if held else fixed


@contextlib.contextmanager
def _drawing(seed: tuple[int, int]) -> Iterator[None]:
    """Seed NumPy's global generator, which DeepXDE draws from, for the length of a block."""
    state = np.random.get_state()  # noqa: NPY002
    mixed = np.random.SeedSequence(seed).generate_state(1)[0]
    np.random.seed(int(mixed))  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(state)  # noqa: NPY002
