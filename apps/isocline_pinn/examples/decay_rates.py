"""A DeepXDE script for an inverse problem: how fast a tracer spreads and decays, from noisy readings.

    c_t = D c_xx − k c,   c = Σ_m a_m exp(−(D (mπ)² + k) t) sin(mπx),   m = 1, 3

`python decay_rates.py` trains a network; `isocline pinn solve decay_rates.py` runs the same file with
its own engine.
"""

import re
from pathlib import Path

import deepxde as dde
import numpy as np
from torch import Tensor

D_TRUE, K_TRUE, NOISE = 0.05, 0.4, 0.01

diffusivity = dde.Variable(0.2)
decay = dde.Variable(0.1)


def equation(x: Tensor, c: Tensor) -> Tensor:
    """c_t − D c_xx + k c."""
    c_t = dde.grad.jacobian(c, x, i=0, j=1)
    c_xx = dde.grad.hessian(c, x, i=0, j=0)
    return c_t - diffusivity * c_xx + decay * c


def tracer(x: np.ndarray) -> np.ndarray:
    """What the readings would be without noise, shape (n, 1)."""
    place, t = x[:, 0:1], x[:, 1:2]
    modes = [
        a * np.exp(-(D_TRUE * (m * np.pi) ** 2 + K_TRUE) * t) * np.sin(m * np.pi * place)
        for m, a in ((1, 1.0), (3, 0.5))
    ]
    return np.sum(modes, axis=0)


domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 1))
ends = dde.icbc.DirichletBC(domain, lambda _: 0, lambda _, on_boundary: on_boundary)
start = dde.icbc.IC(domain, tracer, lambda _, on_initial: on_initial)
noise = np.random.default_rng(2)
places = noise.uniform([0, 0], [1, 1], (300, 2))
readings = tracer(places) + NOISE * noise.standard_normal((300, 1))
seen = dde.icbc.PointSetBC(places, readings)
data = dde.data.TimePDE(
    domain,
    equation,
    [ends, start, seen],
    num_domain=500,
    num_boundary=50,
    num_initial=50,
    anchors=places,
)

net = dde.nn.FNN([2] + [32] * 3 + [1], "tanh", "Glorot normal")
model = dde.Model(data, net)
model.compile("adam", lr=1e-3, external_trainable_variables=[diffusivity, decay])
written = dde.callbacks.VariableValue(
    [diffusivity, decay], period=1000, filename="rates.dat", precision=4
)
model.train(iterations=20000, callbacks=[written])

last = re.search(r"\[(.*)\]", Path("rates.dat").read_text().splitlines()[-1])
assert last is not None
print(f"D, k = {last[1]} (true: {D_TRUE}, {K_TRUE})")
