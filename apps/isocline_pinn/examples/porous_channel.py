"""A DeepXDE script for a flow: a channel with fluid blown in through its floor and sucked off at its top.

The steady Navier–Stokes equations with a constant cross flow V and pressure gradient −G have the solution
u = (G/V) (y − (e^{Vy/ν} − 1)/(e^{V/ν} − 1)), v = V, p = −G x (Drazin & Riley, The Navier–Stokes Equations,
2006, section 2.2). `python porous_channel.py` trains a network; `isocline pinn solve porous_channel.py`
runs the same file with its own engine.
"""

from collections.abc import Callable

import deepxde as dde
import numpy as np
from torch import Tensor

VISCOSITY, BLOWING, GRADIENT = 0.05, 0.5, 1.0


def navier_stokes(x: Tensor, w: Tensor) -> list[Tensor]:
    """Momentum in x and y, and mass."""
    u, v = w[:, 0:1], w[:, 1:2]
    u_x, u_y = (dde.grad.jacobian(w, x, i=0, j=j) for j in (0, 1))
    v_x, v_y = (dde.grad.jacobian(w, x, i=1, j=j) for j in (0, 1))
    p_x, p_y = (dde.grad.jacobian(w, x, i=2, j=j) for j in (0, 1))
    lap_u = sum(dde.grad.hessian(w, x, component=0, i=j, j=j) for j in (0, 1))
    lap_v = sum(dde.grad.hessian(w, x, component=1, i=j, j=j) for j in (0, 1))
    return [
        u * u_x + v * u_y + p_x - VISCOSITY * lap_u,
        u * v_x + v * v_y + p_y - VISCOSITY * lap_v,
        u_x + v_y,
    ]


def flow(x: np.ndarray) -> np.ndarray:
    """The exact u, v, p at points, shape (n, 3)."""
    ratio, y = BLOWING / VISCOSITY, x[:, 1:2]
    u = GRADIENT / BLOWING * (y - np.expm1(ratio * y) / np.expm1(ratio))
    return np.hstack([u, np.full_like(y, BLOWING), -GRADIENT * x[:, 0:1]])


def column(c: int) -> Callable[[np.ndarray], np.ndarray]:
    """One of u, v, p as a function of the points."""
    return lambda x: flow(x)[:, c : c + 1]


channel = dde.geometry.Rectangle([0, 0], [2, 1])
walls = [
    dde.icbc.DirichletBC(channel, column(c), lambda _, on_boundary: on_boundary, c) for c in (0, 1)
]
outlet = dde.icbc.DirichletBC(
    channel,
    column(2),
    lambda x, on_boundary: on_boundary and np.isclose(x[0], 2),
    component=2,
)
data = dde.data.PDE(channel, navier_stokes, [*walls, outlet], num_domain=2000, num_boundary=400)

net = dde.nn.FNN([2] + [50] * 4 + [3], "tanh", "Glorot normal")
model = dde.Model(data, net)
model.compile("adam", lr=1e-3)
model.train(iterations=30000)

points = channel.random_points(1000)
found, exact = model.predict(points), flow(points)
for name, c in (("u", 0), ("v", 1), ("p", 2)):
    print(
        f"{name}: relative L2 error {dde.metrics.l2_relative_error(exact[:, c], found[:, c]):.1e}"
    )
