"""The steady Navier–Stokes equations in the plane, for the flows of the catalogue."""

from collections.abc import Callable

import deepxde as dde
from torch import Tensor


def steady_navier_stokes(viscosity: float) -> Callable[[Tensor, Tensor], list[Tensor]]:
    """Both momenta and continuity at points (x, y), with w = (u, v, p)."""

    def equation(x: Tensor, w: Tensor) -> list[Tensor]:
        u, v = w[:, 0:1], w[:, 1:2]
        u_x, u_y = (dde.grad.jacobian(w, x, i=0, j=j) for j in (0, 1))
        v_x, v_y = (dde.grad.jacobian(w, x, i=1, j=j) for j in (0, 1))
        p_x, p_y = (dde.grad.jacobian(w, x, i=2, j=j) for j in (0, 1))
        u_xx, u_yy = (dde.grad.hessian(w, x, component=0, i=j, j=j) for j in (0, 1))
        v_xx, v_yy = (dde.grad.hessian(w, x, component=1, i=j, j=j) for j in (0, 1))
        return [
            u * u_x + v * u_y + p_x - viscosity * (u_xx + u_yy),
            u * v_x + v * v_y + p_y - viscosity * (v_xx + v_yy),
            u_x + v_y,
        ]

    return equation
