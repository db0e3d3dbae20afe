"""Finite elements by `scikit-fem`: what stands beside the networks on a mesh.

Elements of any degree on quadrilaterals ("p": the degree is raised, the mesh stays), and quadratic or cubic
ones on triangles that follow curved edges ("h": the mesh is refined).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse.linalg import splu
from scipy.spatial import cKDTree

from isocline_run import UserError

# From coordinates, shape (2, …), to values of shape (…).
Function = Callable[[np.ndarray], np.ndarray]


def load_skfem() -> Any:
    """The module `skfem`.

    Raises:
        UserError: It is not installed.
    """
    try:
        import skfem
    except ImportError as error:
        raise UserError(
            "scikit-fem is not installed, which solves this problem on a mesh; install it with "
            "pip install 'isocline[bench]'"
        ) from error
    return skfem


def grid_of_quadrilaterals(x: np.ndarray, y: np.ndarray) -> Any:
    """A mesh of rectangles between lines at x and at y."""
    return load_skfem().MeshQuad.init_tensor(x, y)


def element_of(mesh: Any, degree: int) -> Any:
    """The continuous element of a degree: any on quadrilaterals, 1 to 4 on triangles."""
    skfem = load_skfem()
    if mesh.refdom.name != "Quadrilateral":
        return getattr(skfem, f"ElementTriP{degree}")()
    return skfem.ElementQuadP(degree) if degree > 2 else getattr(skfem, f"ElementQuad{degree}")()


def scalar_basis(mesh: Any, degree: int) -> Any:
    """Polynomials of a degree on each cell, continuous between cells; see `element_of`."""
    return load_skfem().Basis(mesh, element_of(mesh, degree), intorder=2 * degree + 2)


def diffusion_reaction(
    basis: Any, source: Function, boundary: Function, reaction: float = 0.0
) -> np.ndarray:
    """−Δu + c u = f, u = g on the whole boundary: the coefficients of u in a basis.

    Args:
        basis: See `scalar_basis`.
        source: f.
        boundary: g.
        reaction: c.
    """
    skfem = load_skfem()

    def operator(u: Any, v: Any, _: Any) -> Any:
        return u.grad[0] * v.grad[0] + u.grad[1] * v.grad[1] + reaction * u * v

    def load(v: Any, w: Any) -> Any:
        return source(w.x) * v

    fixed = basis.get_dofs()
    values = on_boundary(basis, boundary)
    matrix = skfem.BilinearForm(operator).assemble(basis)
    right = skfem.LinearForm(load).assemble(basis)
    system, right, u, free = skfem.condense(matrix, right, x=values, D=fixed)
    u[free] = splu(system.tocsc()).solve(right)
    return np.asarray(u)


def heat_matrices(
    basis: Any, diffusivities: tuple[float, float], start: Function
) -> tuple[Any, Any, np.ndarray]:
    """∫ φᵢ φⱼ, ∫ ∇φᵢ · a ∇φⱼ for a diagonal a, and ∫ u₀ φᵢ."""
    skfem = load_skfem()
    a, b = diffusivities

    def flux(u: Any, v: Any, _: Any) -> Any:
        return a * u.grad[0] * v.grad[0] + b * u.grad[1] * v.grad[1]

    mass = skfem.BilinearForm(lambda u, v, _: u * v).assemble(basis)
    moments = skfem.LinearForm(lambda v, w: start(w.x) * v).assemble(basis)
    return mass, skfem.BilinearForm(flux).assemble(basis), moments


def facet_moments(basis: Any, facets: Any) -> tuple[Any, np.ndarray]:
    """∫ φᵢ φⱼ and ∫ φᵢ over facets of the boundary."""
    skfem = load_skfem()
    edges = skfem.FacetBasis(basis.mesh, basis.elem, facets=facets)
    mass = skfem.BilinearForm(lambda u, v, _: u * v).assemble(edges)
    return mass, skfem.LinearForm(lambda v, _: v).assemble(edges)


def on_boundary(basis: Any, function: Function, facets: Any = None) -> np.ndarray:
    """Coefficients of the least squares fit of a function on the boundary, zero elsewhere.

    Args:
        basis: See `scalar_basis`; or of vectors, with a function that gives shape (2, …).
        function: What is fitted.
        facets: Indices of facets; the whole boundary when None.
    """
    skfem = load_skfem()
    edges = skfem.FacetBasis(
        basis.mesh, basis.elem, facets=facets, intorder=2 * basis.elem.maxdeg + 2
    )
    mass = skfem.BilinearForm(lambda u, v, _: _dot(u, v)).assemble(edges).tocsc()
    moments = skfem.LinearForm(lambda v, w: _dot(function(w.x), v)).assemble(edges)
    living = np.unique(basis.get_dofs(edges.find).flatten())
    result = np.zeros(basis.N)
    result[living] = splu(mass[living][:, living]).solve(moments[living])
    return result


def values_at(basis: Any, u: np.ndarray, points: np.ndarray) -> np.ndarray:
    """A function's values at points, from its coefficients.

    Args:
        basis: See `scalar_basis`; or of vectors.
        u: Coefficients, shape (basis.N,).
        points: Shape (n, 2), inside the mesh. One between a curved edge and its chord takes the nearest cell.

    Returns:
        Shape (n,); or (2, n) of a function of vectors.
    """
    return _combine(basis, u, points, 0)


def gradients_at(basis: Any, u: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Derivatives at points, shape (2, n), of a function; or (2, 2, n), component first, of vectors."""
    return _combine(basis, u, points, 1)


def _combine(basis: Any, u: np.ndarray, points: np.ndarray, order: int) -> np.ndarray:
    cells = cells_of(basis.mesh, points)
    places = basis.mapping.invF(points.T[:, :, np.newaxis], tind=cells)
    total: Any = 0.0
    for k in range(basis.Nbfun):
        field = basis.elem.gbasis(basis.mapping, places, k, tind=cells)[0]
        part = np.asarray(field if order == 0 else field.grad)[..., 0]
        total = total + part * u[basis.element_dofs[k, cells]]
    return np.asarray(total)


def cells_of(mesh: Any, points: np.ndarray) -> np.ndarray:
    """The cell that holds each point, shape (n,); a point in none gets one that it nearly lies in."""
    if mesh.refdom.name == "Quadrilateral":
        return _cells_between_lines(mesh, points)
    corners = mesh.p[:, mesh.t[:3]]
    _, candidates = cKDTree(corners.mean(axis=1).T).query(points, min(12, mesh.t.shape[1]))
    a, b, c = (corners[:, k, candidates] for k in range(3))
    p = points.T[:, :, np.newaxis]
    area = _cross(b - a, c - a)
    shares = np.stack([_cross(c - b, p - b), _cross(a - c, p - c), _cross(b - a, p - a)]) / area
    best = shares.min(axis=0).argmax(axis=1)
    return np.take_along_axis(candidates, best[:, np.newaxis], axis=1)[:, 0]


def _cells_between_lines(mesh: Any, points: np.ndarray) -> np.ndarray:
    """Of a mesh of rectangles: which pair of lines a point lies between, in each direction."""
    centres = mesh.p[:, mesh.t].mean(axis=1)
    index, place = np.zeros((2, mesh.t.shape[1]), dtype=int), np.zeros((2, len(points)), dtype=int)
    number, on_line = [], []
    for axis in (0, 1):
        lines = np.unique(mesh.p[axis].round(12))
        index[axis] = np.searchsorted(lines, centres[axis]) - 1
        last = len(lines) - 2
        place[axis] = np.searchsorted(lines, points[:, axis] + 1e-12, side="right") - 1
        place[axis] = place[axis].clip(0, last)
        on_line.append(np.isclose(points[:, axis], lines[place[axis]], rtol=0, atol=1e-11))
        number.append(last + 1)
    table = np.full(number, -1)
    table[tuple(index)] = np.arange(mesh.t.shape[1])
    found = table[tuple(place)]
    # On a line between a cell and nothing, such as a step's edge, the cell on the other side.
    for axis in (0, 1):
        beside = place.copy()
        beside[axis] = (place[axis] - 1).clip(0)
        found = np.where((found < 0) & on_line[axis], table[tuple(beside)], found)
    return found


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(a[0] * b[1] - a[1] * b[0])


def _dot(u: Any, v: Any) -> Any:
    return u * v if np.ndim(u) <= 2 else u[0] * v[0] + u[1] * v[1]
