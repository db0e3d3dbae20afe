"""Integral, fractional and ordinary problems by one network over the whole domain."""

import numpy as np
import pytest
import torch
from scipy.special import gamma

from isocline_pinn.problem import Problem, Quantity, describe_data
from isocline_pinn.whole import solve_whole
from isocline_pinn.whole.basis import make_basis
from isocline_pinn.whole.coupling import CoupledSystem
from isocline_pinn.whole.points import fekete_points, interior_points
from isocline_pinn.whole.result import values_of
from isocline_pinn.whole.sensitivity import sensitivities
from isocline_run import UserError


def product(matrix, values):
    """What a script does with `int_mat`: a dense matrix, or the three parts of a sparse one."""
    if isinstance(matrix, tuple):
        indices, entries, shape = matrix
        places = torch.as_tensor(np.array(indices).T)
        entries = torch.as_tensor(entries)
        sparse = torch.sparse_coo_tensor(places, entries, shape, check_invariants=True)
        return torch.sparse.mm(sparse, values)
    return torch.as_tensor(matrix) @ values


def volterra(dde):
    """y' + y = ∫₀ˣ e^{s−x} y(s) ds, y(0) = 1: y = e^{−x} cosh x."""

    def equation(x, y, matrix):
        integral = product(matrix, y)
        return (dde.grad.jacobian(y, x) + y)[: len(integral)] - integral

    domain = dde.geometry.TimeDomain(0, 5)
    start = dde.icbc.IC(domain, lambda x: 1.0 + 0 * x, lambda _, on: on)
    return dde.data.IDE(
        domain,
        equation,
        start,
        20,
        kernel=lambda x, s: np.exp(s - x),
        num_domain=10,
        num_boundary=2,
    )


def fractional(dde, alpha, resolution, power=3):
    """Both Riemann–Liouville derivatives of order α of x³ (1 − x)³ on [0, 1]."""

    def side(x):
        parts = [(1, 3), (-3, 4), (3, 5), (-1, 6)]
        return sum(c * gamma(n + 1) / gamma(n + 1 - 1.5) * x ** (n - 1.5) for c, n in parts)

    def equation(x, y, matrix):
        left = product(matrix, y)
        return left - (side(x) + side(1 - x))[: len(left)]

    domain = dde.geometry.Interval(0, 1)
    zero = dde.icbc.DirichletBC(domain, lambda x: 0 * x, lambda _, on: on)
    return dde.data.FPDE(domain, equation, alpha, zero, resolution, meshtype="static")


def one_output(data, transform=None, unknowns=None):
    class Net(torch.nn.Module):
        _output_transform = staticmethod(transform) if transform else None

    names = ("x", "y", "z")[: data.geom.dim]
    return Problem(
        name="mine",
        title="",
        data=data,
        coordinates=tuple(Quantity(n) for n in names),
        outputs=(Quantity("u"),),
        net=Net() if transform else None,
        unknowns=unknowns or {},
    )


def test_volterra_equation_is_solved_to_rounding(dde):
    result = solve_whole(one_output(volterra(dde)))
    x = np.linspace(0, 5, 101)[:, None]
    exact = np.exp(-x) * np.cosh(x)
    error = np.linalg.norm(values_of(result.network, x) - exact) / np.linalg.norm(exact)
    assert error < 1e-13
    assert result.error_estimate is not None
    assert result.error_estimate < 1e-9
    assert "quadrature of degree 20" in result.notes[1]


def test_estimate_counts_the_problems_own_sum_and_extrapolation_removes_most_of_it(dde):
    data = fractional(dde, 1.5, [101])
    problem = one_output(data, lambda x, v: x * (1 - x) * v)
    result = solve_whole(problem)
    x = np.linspace(0, 1, 101)[:, None]
    exact = x**3 * (1 - x) ** 3
    error = np.linalg.norm(values_of(result.network, x) - exact) / np.linalg.norm(exact)
    assert error < 3e-4  # the sum's own error is 1.1e-2
    assert error / 3 < result.error_estimate < 10 * error
    assert "1.0e-02 off" in result.notes[1]
    assert "Richardson" in result.notes[1]


def test_order_of_a_fractional_derivative_is_found(dde):
    alpha = dde.Variable(1.7)
    data = fractional(dde, alpha, [100])
    seen = np.linspace(0.05, 0.95, 10)[:, None]
    data = dde.data.FPDE(
        data.geom,
        data.pde,
        alpha,
        dde.icbc.PointSetBC(seen, seen**3 * (1 - seen) ** 3),
        [100],
        num_domain=20,
    )
    problem = one_output(data, lambda x, v: x * (1 - x) * v, {"alpha": alpha})
    result = solve_whole(problem, budget=2.0)
    assert result.constants[0].value == pytest.approx(1.5, abs=0.01)
    assert float(alpha.detach()) == result.constants[0].value


def test_pointwise_problem_is_solved_too(dde):
    def equation(x, u):
        laplacian = dde.grad.hessian(u, x, i=0, j=0) + dde.grad.hessian(u, x, i=1, j=1)
        return laplacian + 2 * torch.sin(x[:, 0:1]) * torch.cos(x[:, 1:]) + u**3 - _exact(x) ** 3

    disk = dde.geometry.Disk([0, 0], 1)
    edge = dde.icbc.DirichletBC(disk, _exact, lambda _, on: on)
    data = dde.data.PDE(disk, equation, edge, num_domain=50, num_boundary=20)
    result = solve_whole(one_output(data), tolerance=1e-9)
    points = interior_points(disk, 300, 5)
    assert np.abs(values_of(result.network, points) - _exact(points)).max() < 1e-9


def _exact(x):
    if isinstance(x, torch.Tensor):
        return torch.sin(x[:, 0:1]) * torch.cos(x[:, 1:])
    return np.sin(x[:, 0:1]) * np.cos(x[:, 1:])


def test_jacobian_equals_differences(dde):
    system = CoupledSystem(volterra(dde), 1)
    assert system.jets == [(0, (0,)), (0, (1,))]
    low, high = np.zeros(1), np.full(1, 5.0)
    basis = make_basis(low, high, 6, np.linspace(0.01, 4.99, 60)[:, None])
    start = np.random.default_rng(0).standard_normal((7, 1))
    found = system.linearise(basis, start)
    for k in range(7):
        moved = start.copy()
        moved[k] += 1.0
        after = system.residuals(basis, moved)
        for term, rows, values in zip(after, found.rows, found.values, strict=True):
            assert term.values.detach().numpy() - values == pytest.approx(rows[:, k], abs=1e-10)


def test_sensitivities_find_coupled_rows():
    matrix = torch.from_numpy(np.random.default_rng(0).standard_normal((4, 9)))
    leaf = torch.linspace(0, 1, 9, dtype=torch.float64).reshape(-1, 1).requires_grad_()
    dense = sensitivities((matrix @ leaf**2).ravel(), [leaf])[0].toarray()
    assert dense == pytest.approx((matrix * 2 * leaf.T).detach().numpy())
    apart = torch.zeros(4, 9, dtype=torch.float64)
    apart[[0, 1, 3, 3], [2, 5, 0, 8]] = torch.tensor([1.0, -2.0, 3.0, 4.0], dtype=torch.float64)
    sparse = sensitivities((apart @ leaf).ravel(), [leaf])[0]
    assert sparse.nnz == 4
    assert sparse.toarray() == pytest.approx(apart.numpy())


def test_points_keep_polynomials_well_conditioned(dde):
    disk = dde.geometry.Disk([0, 0], 1)
    points = fekete_points(disk, 132, 0)
    inner = interior_points(disk, 500, 1)
    basis = make_basis(-np.ones(2), np.ones(2), 10, inner)
    random = interior_points(disk, 132, 2)
    condition = [np.linalg.cond(basis.values(p)) for p in (points, random)]
    assert condition[0] < 20
    assert condition[0] < condition[1] / 2


def test_error_of_an_equation_names_it(dde):
    def equation(x, y, matrix):
        return y @ y

    domain = dde.geometry.TimeDomain(0, 1)
    start = dde.icbc.IC(domain, lambda x: x, lambda _, on: on)
    data = dde.data.IDE(domain, equation, start, 4, num_domain=5, num_boundary=2)
    with pytest.raises(UserError, match="in `return y @ y`; correct the file"):
        solve_whole(one_output(data))


def test_point_cloud_keeps_its_points(dde):
    inside = np.random.default_rng(0).uniform(0.05, 0.95, (400, 2))
    side = np.linspace(0, 1, 30)
    edge = np.vstack([np.c_[side, 0 * side], np.c_[side, 0 * side + 1]])
    edge = np.vstack([edge, edge[:, ::-1]])
    cloud = dde.geometry.PointCloud(inside, edge)

    def equation(x, u):
        laplacian = dde.grad.hessian(u, x, i=0, j=0) + dde.grad.hessian(u, x, i=1, j=1)
        return laplacian + 2 * _exact(x)

    condition = dde.icbc.DirichletBC(cloud, _exact, lambda _, on: on)
    data = dde.data.PDE(cloud, equation, condition, num_domain=400, num_boundary=120)
    result = solve_whole(describe_data(data))
    assert np.abs(values_of(result.network, inside) - _exact(inside)).max() < 1e-8
