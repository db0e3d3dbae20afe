import numpy as np
import pytest
import torch

from isocline_pinn.trained.residuals import ResidualSystem


def _by_differences(system, step=1e-6):
    here = system.vector()
    columns = []
    for k in range(len(here)):
        ends = []
        for sign in (1, -1):
            there = here.copy()
            there[k] += sign * step
            system.assign(there)
            ends.append(np.concatenate([t.values.numpy() for t in system.residuals()]))
        columns.append((ends[0] - ends[1]) / (2 * step))
    system.assign(here)
    return np.stack(columns, axis=1)


def _conditions(dde, domain):
    def end(x, on):
        return bool(on and np.isclose(x[0], 1))

    icbc = dde.icbc
    return [
        icbc.DirichletBC(domain, lambda x: np.sin(x[:, 0:1]), lambda _, on: on),
        icbc.NeumannBC(domain, lambda x: x[:, 1:], lambda _, on: on),
        icbc.RobinBC(domain, lambda x, u: 2 * u**2, end),
        icbc.PeriodicBC(domain, 0, end),
        icbc.PeriodicBC(domain, 0, end, derivative_order=1),
        icbc.OperatorBC(
            domain, lambda x, u, _: dde.grad.jacobian(u, x, i=0, j=1) * u, lambda _, on: on
        ),
        icbc.PointSetBC(np.array([[0.1, 0.2], [0.3, 0.4]]), np.array([[1.0], [2.0]])),
        icbc.IC(domain, lambda x: x[:, 0:1] ** 2, lambda _, on: on),
    ]


@pytest.mark.parametrize("kind", ["FNN", "PFNN"])
def test_jacobian_of_every_kind_of_condition_is_exact(dde, diffusion, kind):
    data = diffusion(
        lambda domain: _conditions(dde, domain), num_domain=8, num_boundary=6, num_initial=4
    )
    layers = [2, 5, 1] if kind == "FNN" else [2, [4], 1]
    net = getattr(dde.nn, kind)(layers, "tanh", "Glorot normal")
    system = ResidualSystem(data, net)
    terms, matrices = system.jacobian()
    assert len(terms) == 9
    assert np.vstack(matrices) == pytest.approx(_by_differences(system), abs=1e-6)


def test_terms_are_named_for_equation_and_condition(dde, diffusion):
    data = diffusion(lambda d: [dde.icbc.IC(d, lambda x: x[:, 0:1], lambda _, on: on)])
    terms = ResidualSystem(data, dde.nn.FNN([2, 4, 1], "tanh", "Glorot normal")).residuals()
    assert [t.name for t in terms] == ["equation 1", "condition 1 (IC)"]


def test_jacobian_of_systems_transforms_and_unknowns_is_exact(dde):
    k = dde.Variable(0.7)

    def equations(t, u):
        a, b = u[:, 0:1], u[:, 1:2]
        return [dde.grad.jacobian(u, t, i=0) - k * a * b, dde.grad.jacobian(u, t, i=1) + k**2 * a]

    span = dde.geometry.TimeDomain(0, 1)
    points = np.linspace(0, 1, 5)[:, None]
    seen = dde.icbc.PointSetBC(points, np.cos(points), component=1)
    data = dde.data.PDE(span, equations, [seen], num_domain=7)
    net = dde.nn.FNN([1, 4, 4, 2], "sin", "Glorot normal")
    net.apply_feature_transform(lambda t: 2 * t - 1)
    net.apply_output_transform(lambda t, u: 1 + t * u)
    system = ResidualSystem(data, net, (k,))
    terms, matrices = system.jacobian()
    assert system.size == system.network_size + 1
    assert np.vstack(matrices) == pytest.approx(_by_differences(system), abs=1e-6)
    assert [len(t.values) for t in terms] == [7, 7, 5]


def test_a_residual_that_couples_all_points_is_found_and_differentiated_row_by_row(dde):
    def equation(t, u):
        return dde.grad.jacobian(u, t) + u.mean() - t * u

    span = dde.geometry.TimeDomain(0, 1)
    start = dde.icbc.IC(span, lambda t: 1.0, lambda _, on: on)
    data = dde.data.PDE(span, equation, [start], num_domain=9, num_boundary=2)
    system = ResidualSystem(data, dde.nn.FNN([1, 4, 1], "tanh", "Glorot normal"))
    _, matrices = system.jacobian()
    assert np.vstack(matrices) == pytest.approx(_by_differences(system), abs=1e-6)


def test_a_layer_that_is_not_trained_keeps_its_values(dde, diffusion):
    data = diffusion(lambda d: [dde.icbc.IC(d, lambda x: x[:, 0:1], lambda _, on: on)])
    net = dde.nn.FNN([2, 4, 1], "tanh", "Glorot normal")
    net.linears[0].requires_grad_(False)
    system = ResidualSystem(data, net)
    assert system.size == 5
    _, matrices = system.jacobian()
    assert matrices[0].shape[1] == 5


def test_assigning_the_vector_changes_nothing(dde, diffusion):
    data = diffusion(lambda d: [dde.icbc.IC(d, lambda x: x[:, 0:1], lambda _, on: on)])
    net = dde.nn.FNN([2, 4, 1], "tanh", "Glorot normal")
    system = ResidualSystem(data, net)
    before = [p.detach().clone() for p in net.parameters()]
    system.assign(system.vector())
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
