"""Allen–Cahn equation, d = 0.0001, periodic: a mixture separates into two sharp phases.

    ∂u/∂t = d ∂²u/∂x² + 5 (u − u³)      −1 < x < 1, 0 < t ≤ 1
    u(0, x) = x² cos πx,   u and ∂u/∂x periodic

with d = 0.0001 (Raissi, Perdikaris & Karniadakis, J. Comput. Phys. 378, 686–707, 2019; a standard problem
since). Continued periodically the initial values have a kink at x = ±1, where their slope jumps from
−2 to 2: it is gone after any time, but near t = 0 there is a layer √(dt) thin. A Fourier method that samples
the initial values at n places therefore stands at 1e-6 for n = 4096; the reference here projects them
instead, and agrees with Chebyshev polynomials that crowd at the kink to 4e-11. DeepXDE's example,
`allen_cahn`, is another problem.
"""

import deepxde as dde
import numpy as np
import xarray as xr
from torch import Tensor

from isocline_pinn.catalogue._periodic import periodic
from isocline_pinn.problem import Classical, Problem, Quantity
from isocline_pinn.reference.etd import integrate
from isocline_pinn.reference.fourier import evaluate, project, wavenumbers

DIFFUSIVITY = 0.0001
ENDS = (-1.0, 1.0)


def equation(x: Tensor, u: Tensor) -> Tensor:
    """∂u/∂t − d ∂²u/∂x² − 5 (u − u³) at points (x, t)."""
    u_t = dde.grad.jacobian(u, x, i=0, j=1)
    u_xx = dde.grad.hessian(u, x, i=0, j=0)
    return u_t - DIFFUSIVITY * u_xx - 5 * (u - u**3)


def problem() -> Problem:
    """The problem, with 2,000 points inside."""
    domain = dde.geometry.GeometryXTime(dde.geometry.Interval(*ENDS), dde.geometry.TimeDomain(0, 1))
    start = dde.icbc.IC(domain, lambda x: _initial(x[:, 0:1]), lambda _, on: on)
    conditions = [start, *periodic(domain, 2)]
    data = dde.data.TimePDE(
        domain, equation, conditions, num_domain=2000, num_boundary=200, num_initial=200
    )
    return Problem(
        name="allen_cahn_periodic",
        title="Allen–Cahn equation, d = 0.0001, periodic: a mixture separates into two sharp phases",
        data=data,
        coordinates=(Quantity("x", "place"), Quantity("t", "time")),
        outputs=(Quantity("u", "phase"),),
        reference=reference,
        reference_error=4e-11,
        classical=Classical(
            "Fourier modes of projected initial values, ETDRK4",
            classical,
            (256, 512, 1024, 2048),
        ),
        target=1e-7,
        source="Raissi, Perdikaris & Karniadakis 2019, https://doi.org/10.1016/j.jcp.2018.10.045",
    )


def _initial(x: np.ndarray) -> np.ndarray:
    result: np.ndarray = x**2 * np.cos(np.pi * x)
    return result


def reference(number: int = 4096, steps_between: int = 8) -> xr.Dataset:
    """Fourier modes and ETDRK4 on 201 times and 512 places.

    Args:
        number: Fourier modes, complex ones counted twice; a power of two.
        steps_between: Time steps from one of the 201 times to the next.
    """
    t, x = np.linspace(0, 1, 201), np.linspace(*ENDS, 512)
    k = wavenumbers(number, *ENDS)

    def reaction(modes: np.ndarray) -> np.ndarray:
        u = np.fft.irfft(modes, number)
        change: np.ndarray = np.fft.rfft(5 * (u - u**3))
        return change

    modes = integrate(
        project(_initial, number, *ENDS), -DIFFUSIVITY * k**2, reaction, t, steps_between
    )
    u = evaluate(modes, x, *ENDS)
    u[0] = _initial(x)  # the kink is in no finite number of modes
    return xr.Dataset({"u": (("t", "x"), u)}, coords={"t": t, "x": x})


def classical(number: int) -> xr.Dataset:
    """The same with a number of modes."""
    return reference(number, 4)
