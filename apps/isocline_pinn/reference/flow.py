"""Steady flow of an incompressible fluid by finite elements, velocity one degree above pressure.

    (u·∇) u + ∇p − ν Δu = 0,   ∇·u = 0

by Newton's method from Stokes' flow (Taylor & Hood, Comput. Fluids 1, 73–100, 1973). Where no velocity is
prescribed the boundary is left to itself: ν ∂u/∂n = p n ("do nothing"), or, if so asked, free of traction,
ν (∇u + ∇uᵀ) n = p n.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import bmat, csr_matrix
from scipy.sparse.linalg import splu

from isocline_pinn.reference.finite_elements import element_of, load_skfem, on_boundary, values_at

# From coordinates, shape (2, …), to velocities of shape (2, …).
Velocity = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Flow:
    """A flow on a mesh.

    Attributes:
        velocity: The basis of the velocity.
        pressure: The basis of the pressure.
        coefficients: Of the velocity, then of the pressure.
    """

    velocity: Any
    pressure: Any
    coefficients: np.ndarray

    def at(self, points: np.ndarray) -> np.ndarray:
        """Both velocities and the pressure at points of shape (n, 2): shape (3, n)."""
        number = self.velocity.N
        u = values_at(self.velocity, self.coefficients[:number], points)
        p = values_at(self.pressure, self.coefficients[number:], points)
        return np.concatenate([u, p[np.newaxis]])


def steady_flow(
    mesh: Any,
    degree: int,
    viscosity: float,
    prescribed: Mapping[str, Velocity],
    *,
    pressure_at: tuple[np.ndarray, float] | None = None,
    free_of_traction: bool = False,
) -> Flow:
    """Solve for the velocity and the pressure.

    Args:
        mesh: Of quadrilaterals or of triangles, with named boundaries.
        degree: Of the velocity; the pressure has one less.
        viscosity: ν.
        prescribed: The velocity on boundaries, by their names; of two that meet, the later one holds.
        pressure_at: A point and the pressure there: needed where velocity is prescribed all around.
        free_of_traction: Where no velocity is prescribed; "do nothing" otherwise.

    Raises:
        RuntimeError: Newton's method has not converged in 20 steps.
    """
    velocity, pressure = _bases(mesh, degree)
    forms = _Forms(velocity, pressure, viscosity, free_of_traction)
    fixed, values = [], np.zeros(velocity.N + pressure.N)
    for name, function in prescribed.items():
        facets = mesh.boundaries[name]
        dofs = velocity.get_dofs(facets).flatten()
        values[dofs] = on_boundary(velocity, function, facets)[dofs]
        fixed.append(dofs)
    if pressure_at is not None:
        corner = np.linalg.norm(mesh.p.T - pressure_at[0], axis=1).argmin()
        dof = velocity.N + pressure.nodal_dofs[0, corner]
        values[dof] = pressure_at[1]
        fixed.append(np.array([dof]))
    held = np.unique(np.concatenate(fixed))
    free = np.setdiff1d(np.arange(len(values)), held)
    x = values.copy()
    x[free] = -splu(forms.stokes[free][:, free].tocsc()).solve((forms.stokes @ values)[free])
    for _ in range(20):
        jacobian, residual = forms.newton(x)
        step = splu(jacobian[free][:, free].tocsc()).solve(residual[free])
        x[free] -= step
        if np.abs(step).max() < 1e-10 * np.abs(x).max():
            return Flow(velocity, pressure, x)
    raise RuntimeError("Newton's method for the flow has not converged in 20 steps")


def _bases(mesh: Any, degree: int) -> tuple[Any, Any]:
    skfem = load_skfem()
    above = skfem.ElementVector(element_of(mesh, degree))
    velocity = skfem.Basis(mesh, above, intorder=3 * degree)
    return velocity, velocity.with_element(element_of(mesh, degree - 1))


class _Forms:
    """The linear part, assembled once, and Newton's matrix and residual at a state."""

    def __init__(
        self, velocity: Any, pressure: Any, viscosity: float, free_of_traction: bool
    ) -> None:
        skfem = load_skfem()
        self._velocity = velocity

        def stress(u: Any, v: Any, _: Any) -> Any:
            strained = u.grad + np.swapaxes(u.grad, 0, 1) if free_of_traction else u.grad
            return viscosity * np.einsum("ij...,ij...", strained, v.grad)

        viscous = skfem.BilinearForm(stress).assemble(velocity)
        divergence = skfem.BilinearForm(
            lambda u, q, _: -(u.grad[0][0] + u.grad[1][1]) * q
        ).assemble(velocity, pressure)
        self.stokes = bmat([[viscous, divergence.T], [divergence, None]]).tocsr()

    def newton(self, x: np.ndarray) -> tuple[Any, np.ndarray]:
        skfem, velocity = load_skfem(), self._velocity
        known = velocity.interpolate(x[: velocity.N])

        def convected(a: Any, b: Any) -> Any:
            """(a·∇) b."""
            return np.einsum("j...,ij...->i...", a, b.grad)

        turning = skfem.BilinearForm(
            lambda u, v, w: np.einsum(
                "i...,i...", convected(w["known"], u) + convected(u, w["known"]), v
            )
        ).assemble(velocity, known=known)
        convection = skfem.LinearForm(
            lambda v, w: np.einsum("i...,i...", convected(w["known"], w["known"]), v)
        ).assemble(velocity, known=known)
        number = len(x) - velocity.N
        empty = csr_matrix((number, number))
        jacobian = self.stokes + bmat([[turning, None], [None, empty]], format="csr")
        residual = self.stokes @ x
        residual[: velocity.N] += convection
        return jacobian, residual
