"""Both ways to the residuals agree on every problem of the catalogue."""

import deepxde as dde
import numpy as np
import pytest

from isocline_pinn import catalogue
from isocline_pinn.local.problem import why_not
from isocline_pinn.local.shape import Shape
from isocline_pinn.local.solve import double_precision
from isocline_pinn.trace import surrogate_difference


@pytest.mark.filterwarnings("ignore:Arrays of 2-dimensional vectors:DeprecationWarning")
@pytest.mark.parametrize("name", catalogue.names())
def test_surrogate_and_automatic_differentiation_agree(catalogued, name):
    with double_precision():
        problem = catalogued(name)
        if why_not(problem.data) is not None:
            return
        points = Shape(problem.data.geom).probes(12, 3)
        unknowns = tuple(problem.unknowns.values())
        count = len(problem.outputs)
        assert surrogate_difference(problem.data, points, count, unknowns=unknowns) < 1e-10


def test_a_derivative_higher_than_traced_is_noticed():
    """Sixth order is beyond the jets of the surrogate: the check says so."""
    line = dde.geometry.Interval(0, 1)

    def pde(x, u):
        for _ in range(3):
            u = dde.grad.hessian(u, x)
        return u

    with double_precision():
        data = dde.data.PDE(line, pde, [], 4, 2)
        assert surrogate_difference(data, np.linspace(0.1, 0.9, 9)[:, None], 1) > 0.1
