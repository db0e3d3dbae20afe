"""Linear elasticity in the plane by finite elements: ∇·σ = f, σ = λ (∇·u) 1 + μ (∇u + ∇uᵀ)."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse.linalg import splu

from isocline_pinn.reference.finite_elements import element_of, load_skfem

# From coordinates, shape (2, …), to values.
Function = Callable[[np.ndarray], np.ndarray]


def displacement(
    mesh: Any,
    degree: int,
    lame: tuple[float, float],
    *,
    force: Function,
    normal_stress: Function,
) -> tuple[Any, np.ndarray]:
    """The basis and the coefficients of the displacement.

    Args:
        mesh: Its boundaries "ux" and "uy" hold that component at zero; on "pulled" the stress along the
            outward normal is given. Elsewhere a part that is not held is free of stress.
        degree: Of the elements.
        lame: λ and μ.
        force: f, shape (2, …).
        normal_stress: On "pulled", shape (…).
    """
    skfem = load_skfem()
    element = skfem.ElementVector(element_of(mesh, degree))
    basis = skfem.Basis(mesh, element, intorder=2 * degree + 4)
    pulled = skfem.FacetBasis(
        mesh, element, facets=mesh.boundaries["pulled"], intorder=2 * degree + 4
    )
    first, shear = lame

    def stored(u: Any, v: Any, _: Any) -> Any:
        symmetric = u.grad + np.swapaxes(u.grad, 0, 1)
        divergences = (u.grad[0, 0] + u.grad[1, 1]) * (v.grad[0, 0] + v.grad[1, 1])
        return first * divergences + shear * np.einsum("ij...,ij...", symmetric, v.grad)

    def done(v: Any, w: Any) -> Any:
        return -np.einsum("i...,i...", force(w.x), v)

    def on_edge(v: Any, w: Any) -> Any:
        return normal_stress(w.x) * np.einsum("i...,i...", w.n, v)

    stiffness = skfem.BilinearForm(stored).assemble(basis)
    load = skfem.LinearForm(done).assemble(basis) + skfem.LinearForm(on_edge).assemble(pulled)
    held = [
        basis.get_dofs(mesh.boundaries[name]).all([f"u^{component}"])
        for component, name in ((1, "ux"), (2, "uy"))
    ]
    free = np.setdiff1d(np.arange(basis.N), np.concatenate(held))
    u = np.zeros(basis.N)
    u[free] = splu(stiffness[free][:, free].tocsc()).solve(load[free])
    return basis, u
