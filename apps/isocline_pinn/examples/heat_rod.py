"""A rod that cools, from the equation to a labelled NetCDF file: copy this and change the equation.

Run it with `python -m isocline_pinn.examples.heat_rod`; it takes a few seconds.
"""

from pathlib import Path

import numpy as np
from torch import Tensor

from isocline_pinn import Problem, Quantity, load_deepxde, solve

dde = load_deepxde()  # DeepXDE on PyTorch in double precision

DIFFUSIVITY = 0.1  # m²/s


# 1. The equation, as DeepXDE writes it: what must vanish at every point (x, t).
def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂u/∂t − a ∂²u/∂x²."""
    u_t = dde.grad.jacobian(u, x, i=0, j=1)
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    return u_t - DIFFUSIVITY * u_xx


def rod() -> Problem:
    """A rod of one metre, warm in the middle, its ends on ice."""
    # 2. Where it holds, and what is known at the ends and at the start.
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(0, 1), dde.geometry.TimeDomain(0, 2))
    on_ice = dde.icbc.DirichletBC(domain, lambda _: 0.0, lambda _, on: on)
    warm = dde.icbc.IC(domain, lambda x: 20 * np.sin(np.pi * x[:, 0:1]), lambda _, on: on)
    data = dde.data.TimePDE(
        domain, equation, [on_ice, warm], num_domain=500, num_boundary=40, num_initial=40
    )
    # 3. How the numbers are called in the result.
    return Problem(
        name="rod",
        title="A rod that cools",
        data=data,
        coordinates=(Quantity("x", "place along the rod", "m"), Quantity("t", "time", "s")),
        outputs=(Quantity("u", "temperature", "degC"),),
    )


def main(out: Path | None = None, budget: float = 30.0) -> None:
    """Solve, print the temperature in the middle beside the exact one, and write a file."""
    solution = solve(rod(), budget=budget)
    times = [0.0, 0.5, 1.0, 2.0]
    middle = solution([[0.5, t] for t in times])[:, 0]
    for t, u in zip(times, middle, strict=True):
        exact = 20 * np.exp(-(np.pi**2) * DIFFUSIVITY * t)
        print(f"t = {t:.1f} s: {u:7.3f} degC (exact {exact:7.3f})")
    path = out or Path("rod.nc")
    solution.to_dataset().to_netcdf(path)
    print(f"{path} holds u(t, x) and its residual")


if __name__ == "__main__":
    main()
