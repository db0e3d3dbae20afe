"""A DeepXDE script as people write them: a gene spreads through a population (Fisher's equation).

    u_t = u_xx + u (1 − u),   u = (1 + exp((x − 5t/√6)/√6))⁻²

is Ablowitz and Zeppetella's travelling wave (Bull. Math. Biol. 41, 1979). `python fisher_wave.py` trains a
network; `isocline pinn solve fisher_wave.py` runs the same file with its own engine.
"""

import deepxde as dde
import numpy as np
from torch import Tensor


def equation(x: Tensor, u: Tensor) -> Tensor:
    """u_t − u_xx − u (1 − u)."""
    u_t = dde.grad.jacobian(u, x, i=0, j=1)
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    return u_t - u_xx - u * (1 - u)


def wave(x: np.ndarray) -> np.ndarray:
    """The exact solution at points (x, t), shape (n, 1)."""
    phase = (x[:, 0:1] - 5 * x[:, 1:2] / np.sqrt(6)) / np.sqrt(6)
    return (1 + np.exp(phase)) ** -2


space = dde.geometry.Interval(-10, 20)
domain = dde.geometry.GeometryXTime(space, dde.geometry.TimeDomain(0, 4))
ends = dde.icbc.DirichletBC(domain, wave, lambda _, on_boundary: on_boundary)
start = dde.icbc.IC(domain, wave, lambda _, on_initial: on_initial)
data = dde.data.TimePDE(
    domain, equation, [ends, start], num_domain=2000, num_boundary=100, num_initial=100
)

net = dde.nn.FNN([2] + [32] * 3 + [1], "tanh", "Glorot normal")
model = dde.Model(data, net)
model.compile("adam", lr=1e-3)
model.train(iterations=15000)
model.compile("L-BFGS")
losshistory, train_state = model.train()

points = domain.random_points(1000)
error = dde.metrics.l2_relative_error(wave(points), model.predict(points))
residual = np.abs(model.predict(points, operator=equation)).mean()
print(f"relative L2 error {error:.1e}, mean residual {residual:.1e}")
