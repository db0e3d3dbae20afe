"""`pinn/burgers`: Burgers' equation, ν = 0.01/π, beside DeepXDE's own training at equal wall time."""

from functools import partial

import numpy as np

from isocline_bench.peers.deepxde_training import train_deepxde
from isocline_bench.suite import Measurement, Suite, Task

OURS = "isocline"
TRAINED = "isocline, trained network"
PEER = "DeepXDE Adam + L-BFGS"


def suite() -> Suite:
    """Three seeds of our solver, of our trained network alone, and of DeepXDE's published example."""
    tasks = []
    for seed in range(3):
        tasks.append(Task("Burgers", OURS, seed, partial(_ours, seed=seed, method="auto")))
        tasks.append(Task("Burgers", TRAINED, seed, partial(_ours, seed=seed, method="trained")))
        tasks.append(Task("Burgers", PEER, seed, partial(_peer, seed=seed)))
    return Suite(
        name="pinn/burgers",
        question="relative L2 error of Burgers' equation against the Cole–Hopf solution",
        metric="relative_l2",
        ours=OURS,
        budget=60.0,
        tasks=tuple(tasks),
        quoted={"Burgers": {"self-scaled Broyden with residual attention": 8.3e-9}},
    )


def _ours(budget: float, seed: int, method: str) -> Measurement:
    from isocline_pinn import solve

    solution = solve("burgers", method=method, budget=budget, seed=seed)
    return {"relative_l2": solution.relative_l2()}


def _peer(budget: float, seed: int) -> Measurement:
    from isocline_pinn.catalogue import load_problem

    load_problem("burgers")  # sets DeepXDE's backend before the module below imports it
    from isocline_pinn.catalogue.burgers import reference as cole_hopf

    reference = cole_hopf()
    predict = train_deepxde(_published_example, [2, 20, 20, 20, 1], seconds=budget, seed=seed)
    t, x = np.meshgrid(reference["t"], reference["x"], indexing="ij")
    predicted = predict(np.stack([x.ravel(), t.ravel()], axis=1))[:, 0].reshape(t.shape)
    exact = reference["u"].values
    return {"relative_l2": float(np.linalg.norm(predicted - exact) / np.linalg.norm(exact))}


def _published_example() -> object:
    """DeepXDE's published Burgers example: 2,540 + 80 + 160 points."""
    import deepxde as dde

    def pde(x, y):  # type: ignore[no-untyped-def]
        u_x = dde.grad.jacobian(y, x, i=0, j=0)
        u_t = dde.grad.jacobian(y, x, i=0, j=1)
        u_xx = dde.grad.hessian(y, x, i=0, j=0)
        return u_t + y * u_x - 0.01 / np.pi * u_xx

    domain = dde.geometry.GeometryXTime(
        dde.geometry.Interval(-1, 1), dde.geometry.TimeDomain(0, 0.99)
    )
    conditions = [
        dde.icbc.DirichletBC(domain, lambda x: np.zeros((len(x), 1)), lambda _, on: on),
        dde.icbc.IC(domain, lambda x: -np.sin(np.pi * x[:, 0:1]), lambda _, on: on),
    ]
    return dde.data.TimePDE(
        domain, pde, conditions, num_domain=2540, num_boundary=80, num_initial=160
    )
