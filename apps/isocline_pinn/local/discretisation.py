"""All rows of one region (the whole domain, or a slab in time) for given blocks and features."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from torch import Tensor

from isocline_pinn.local.blocks import Face, Mesh, find_faces
from isocline_pinn.local.features import Alpha, Polynomials, gauss, grid
from isocline_pinn.local.rows import (
    Fixed,
    Pairing,
    damping,
    make_patch,
    patches_by_block,
    with_value,
)
from isocline_pinn.local.sheets import Sheet
from isocline_pinn.trace import Jet, Term, TracedTerm

JetValues = Callable[[np.ndarray, Sequence[Jet]], dict[Jet, np.ndarray]]


@dataclass
class Discretisation:
    """Rows of the least-squares problem of one region.

    Attributes:
        mesh: its blocks.
        polynomials: the features of each.
        outputs: outputs of u.
        sheets: the equation and the conditions.
        fixed: continuity rows and what came before in time.
        unknowns: scalar tensors that are to be found.
    """

    mesh: Mesh
    polynomials: Polynomials
    outputs: int
    sheets: list[Sheet]
    fixed: list[Fixed]
    unknowns: Sequence[Tensor] = ()
    linear: bool = field(init=False)

    def __post_init__(self) -> None:
        self.linear = all(sheet.traced.linear for sheet in self.sheets) and not self.unknowns

    @property
    def shape(self) -> tuple[int, int, int]:
        """Of the coefficients: (blocks, outputs, features)."""
        return self.mesh.count, self.outputs, self.polynomials.count

    def sides(self, rows: Fixed) -> list[tuple[int, np.ndarray]]:
        """Columns of fixed rows block by block, over all outputs."""
        count = self.polynomials.count
        by_block: dict[int, np.ndarray] = {}
        for block, output, matrix in rows.sides:
            wide = by_block.setdefault(block, np.zeros((len(matrix), self.outputs * count)))
            wide[:, output * count : (output + 1) * count] += matrix
        return list(by_block.items())


def emphasis(highest: int) -> float:
    """Weight of conditions and faces over the equation, both normalised by their row norms.

    Measured: 100 serves second order (10 to 1000 are equal within a factor 3); a KdV equation
    marched with 10 is wrong by 1e-2 where 1000 gives the reference's own accuracy.
    """
    return 100.0 if highest <= 2 else 1000.0


def equation_sheet(
    mesh: Mesh,
    polynomials: Polynomials,
    outputs: int,
    term: Term,
    traced: TracedTerm,
    inside: Sequence[np.ndarray],
    highest: int,
) -> Sheet:
    """The equation at Gauss points of whole blocks and at given points of cut ones.

    Args:
        mesh: the blocks.
        polynomials: their features.
        outputs: outputs of u.
        term: the equation.
        traced: what it uses.
        inside: for each cut block, in order, its points, shape (m, d).
        highest: the highest derivative of the whole problem.
    """
    dimension = polynomials.dimension
    alphas = with_value(traced.jets, dimension)
    local = polynomials.points
    whole = np.nonzero(~mesh.cut)[0]
    points = mesh.centre[whole, None] + mesh.half[whole, None] * local
    place = np.arange(len(whole) * len(local)).reshape(len(whole), len(local))
    patches = []
    if len(whole):
        patches.append(make_patch(mesh, polynomials, whole, local, place, alphas))
    scattered = [points.reshape(-1, dimension)]
    start = place.size
    for block, own in zip(np.nonzero(mesh.cut)[0], inside, strict=True):
        one = np.array([block])
        where = np.arange(start, start + len(own))[None, :]
        xi = mesh.local(own, np.full(len(own), block))
        patches.append(make_patch(mesh, polynomials, one, xi, where, alphas))
        scattered.append(own)
        start += len(own)
    degrees = polynomials.indices.sum(axis=1)
    return Sheet(term, traced, np.concatenate(scattered), patches, outputs, degrees, highest)


def condition_sheet(
    mesh: Mesh,
    polynomials: Polynomials,
    outputs: int,
    term: Term,
    traced: TracedTerm,
    points: np.ndarray,
    highest: int,
) -> Sheet:
    """A condition at its own points, each given to the block that holds it."""
    alphas = with_value(traced.jets, polynomials.dimension)
    blocks = mesh.locate(points)
    patches = patches_by_block(mesh, polynomials, points, blocks, alphas)
    degrees = polynomials.indices.sum(axis=1)
    sheet = Sheet(term, traced, points, patches, outputs, degrees, highest, by_block=False)
    sheet.emphasis = emphasis(highest)
    if term.paired:
        sheet.pairings = _pairings(mesh, polynomials, points, blocks, alphas)
    return sheet


def _pairings(
    mesh: Mesh,
    polynomials: Polynomials,
    points: np.ndarray,
    blocks: np.ndarray,
    alphas: Sequence[Alpha],
) -> list[Pairing]:
    half = len(points) // 2
    couples = np.stack([blocks[:half], blocks[half:]], 1)
    found = []
    for k, other in np.unique(couples, axis=0):
        rows = np.nonzero((couples[:, 0] == k) & (couples[:, 1] == other))[0]
        sides = []
        for block, where in ((k, rows), (other, rows + half)):
            xi = mesh.local(points[where], np.full(len(where), block))
            one = np.array([block])
            sides.append(make_patch(mesh, polynomials, one, xi, where[None, :], alphas))
        found.append(Pairing(rows, sides[0], sides[1]))
    return found


def _in_direction(axis: int, order: int, dimension: int) -> Alpha:
    return tuple(order if j == axis else 0 for j in range(dimension))


def face_points(face: Face, count: int) -> np.ndarray:
    """Gauss points on a face, shape (points, d)."""
    middle, half = (face.lower + face.upper) / 2, (face.upper - face.lower) / 2
    axes = [np.zeros(1) if j == face.axis else gauss(count) for j in range(len(middle))]
    return middle + half * grid(axes)


def continuity(
    mesh: Mesh,
    polynomials: Polynomials,
    order: np.ndarray,
    inside: Callable[[np.ndarray], np.ndarray] | None,
    periodic: Sequence[int] = (),
) -> list[Fixed]:
    """D_j^q u_c equal on both sides of each face, for q below the order of u_c in direction j."""
    found: list[Fixed] = []
    for face in find_faces(mesh, periodic):
        highest = int(order[:, face.axis].max())
        points = face_points(face, polynomials.per_direction)
        if inside is not None and (mesh.cut[face.below] or mesh.cut[face.above]):
            dense = face_points(face, 6 * polynomials.per_direction)
            dense = dense[inside(dense)]
            if not len(dense):
                continue
            chosen = np.linspace(0, len(dense) - 1, min(len(dense), len(points))).astype(int)
            points = dense[np.unique(chosen)]
        alphas = [_in_direction(face.axis, q, polynomials.dimension) for q in range(highest)]
        if not alphas:
            continue
        across = points.copy()
        across[:, face.axis] -= face.period
        sides = [
            _features(mesh, polynomials, face.below, points, alphas),
            _features(mesh, polynomials, face.above, across, alphas),
        ]
        for output in range(len(order)):
            for q in range(int(order[output, face.axis])):
                left, right = sides[0][alphas[q]], sides[1][alphas[q]]
                low = damping(polynomials.indices.sum(axis=1), q, int(order.max()))
                square = ((left * low) ** 2).sum(axis=1).mean() + ((right * low) ** 2).sum(
                    axis=1
                ).mean()
                weight = emphasis(int(order.max())) / np.sqrt(square / 2)
                columns = [
                    (face.below, output, weight * left),
                    (face.above, output, -weight * right),
                ]
                found.append(Fixed(columns, np.zeros(len(points))))
    return found


def _features(
    mesh: Mesh, polynomials: Polynomials, block: int, points: np.ndarray, alphas: Sequence[Alpha]
) -> dict[Alpha, np.ndarray]:
    xi = mesh.local(points, np.full(len(points), block))
    table = polynomials.derivatives(xi, alphas)
    return {a: v / np.prod(mesh.half[block] ** np.array(a)) for a, v in table.items()}


def handed_over(
    mesh: Mesh,
    polynomials: Polynomials,
    order: np.ndarray,
    axis: int,
    before: JetValues,
    inside: Callable[[np.ndarray], np.ndarray] | None,
) -> list[Fixed]:
    """D_t^q u_c at the start of a slab as the slab before left it, q below the order in time."""
    found: list[Fixed] = []
    dimension = polynomials.dimension
    alphas = [_in_direction(axis, q, dimension) for q in range(int(order[:, axis].max()))]
    jets = [(c, alphas[q]) for c in range(len(order)) for q in range(int(order[c, axis]))]
    for block in range(mesh.count):
        upper = mesh.upper[block].copy()
        upper[axis] = mesh.lower[block, axis]
        face = Face(block, block, axis, mesh.lower[block], upper)
        points = face_points(face, polynomials.per_direction)
        if inside is not None and mesh.cut[block]:
            points = face_points(face, 3 * polynomials.per_direction)
            points = points[inside(points)]
            if not len(points):
                continue
        values = before(points, jets)
        tables = _features(mesh, polynomials, block, points, alphas)
        for output, alpha in jets:
            table = tables[alpha]
            low = damping(polynomials.indices.sum(axis=1), sum(alpha), int(order.max()))
            weight = emphasis(int(order.max())) / np.sqrt(((table * low) ** 2).sum(axis=1).mean())
            found.append(Fixed([(block, output, weight * table)], weight * values[output, alpha]))
    return found
