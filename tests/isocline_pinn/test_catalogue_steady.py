"""Steady problems: closed forms satisfy their equations, classical solvers converge to the references."""

import sys

import numpy as np
import pytest
import torch

from isocline_pinn import catalogue
from isocline_pinn.trained.residuals import ResidualSystem
from isocline_run import UserError


class ClosedForm(torch.nn.Module):
    """A network that is the solution, whatever its one parameter."""

    def __init__(self, formula):
        super().__init__()
        self.zero = torch.nn.Parameter(torch.zeros(()))
        self.formula = formula

    def forward(self, x):
        return self.formula(x) + 0 * self.zero


def _kovasznay(x):
    rate = 10 - np.sqrt(100 + 4 * np.pi**2)
    grows, turn = torch.exp(rate * x[:, 0:1]), 2 * np.pi * x[:, 1:2]
    v = rate / (2 * np.pi) * grows * torch.sin(turn)
    return torch.cat([1 - grows * torch.cos(turn), v, (1 - grows**2) / 2], dim=1)


def _elastic_plate(x):
    a, b, y = np.pi * x[:, 0:1], np.pi * x[:, 1:2], x[:, 1:2]
    ux_x, uy_y = -2 * np.pi * torch.sin(2 * a) * torch.sin(b), 4 * y**3 * torch.sin(a)
    shear = np.pi * (torch.cos(2 * a) * torch.cos(b) + y**4 * torch.cos(a))
    ux, uy = torch.cos(2 * a) * torch.sin(b), y**4 * torch.sin(a)
    return torch.cat([ux, uy, 2 * ux_x + uy_y, 2 * uy_y + ux_x, 0.5 * shear], dim=1)


def _sum_of_sines(x):
    return torch.sin(np.pi / 2 * x).sum(dim=1, keepdim=True)


def _heat_multiscale(x):
    waves = torch.sin(20 * np.pi * x[:, 0:1]) * torch.sin(np.pi * x[:, 1:2])
    return torch.exp(-(1 + 1 / 625) * x[:, 2:3]) * waves


def _heat_5d(x):
    return torch.exp((x[:, :5] ** 2).sum(dim=1, keepdim=True) / 2 + x[:, 5:])


def _poisson_inverse(x):
    a, b = x[:, 0:1], x[:, 1:2]
    field = 1 / (1 + a**2 + b**2 + (a - 1) ** 2 + (b - 1) ** 2)
    return torch.cat([torch.sin(np.pi * a) * torch.sin(np.pi * b), field], dim=1)


def _heat_inverse(x):
    wave = torch.sin(np.pi * x[:, 0:1]) * torch.sin(np.pi * x[:, 1:2])
    return torch.cat([torch.exp(-x[:, 2:3]) * wave, 2 + wave], dim=1)


FORMULAE = {
    "heat_multiscale": _heat_multiscale,
    "heat_5d": _heat_5d,
    "poisson_inverse_field": _poisson_inverse,
    "heat_inverse_field": _heat_inverse,
    "kovasznay": _kovasznay,
    "elastic_plate": _elastic_plate,
    "poisson_5d": _sum_of_sines,
    "poisson_10d": _sum_of_sines,
}


@pytest.mark.parametrize("name", FORMULAE)
def test_a_closed_form_satisfies_equations_conditions_and_reference(dde, name):
    problem = catalogue.load_problem(name)
    net = ClosedForm(FORMULAE[name])
    for term in ResidualSystem(problem.data, net).residuals():
        noisy = name.endswith("inverse_field") and term.values.numel() == 2500
        if noisy:
            # The observations are off by their noise, of standard deviation 0.1.
            assert 0.095 < float(term.values.std()) < 0.105
        else:
            assert float(term.values.abs().max()) < 1e-10, term.name
    reference = problem.reference()
    at = reference.isel({name: size // 2 for name, size in reference.sizes.items()})
    point = torch.tensor([[float(at[q.name]) for q in problem.coordinates]])
    expected = [float(at[q.name]) for q in problem.outputs]
    assert net(point).detach().numpy()[0] == pytest.approx(expected, abs=1e-12)


# The error of the classical solver at two of its resolutions is less than these.
CLASSICAL = {
    "helmholtz": {5: 2e-3, 9: 2e-7},
    "poisson_lshape": {3: 1e-3, 6: 1e-5},
    "kovasznay": {12: 3e-3, 20: 3e-8},
    "elastic_plate": {5: 1e-3, 9: 1e-7},
    "poisson_holes": {20: 5e-5, 40: 5e-6},
    "poisson_boltzmann": {24: 5e-4, 48: 5e-5},
    "poisson_5d": {4: 1e-4, 8: 1e-9},
    "poisson_10d": {3: 1e-3, 5: 2e-5},
    "poisson_many_areas": {4: 5e-4, 12: 1e-6},
    "heat_multiscale": {4: 0.5, 8: 5e-4},
    "heat_5d": {3: 1e-3, 6: 3e-7},
    "poisson_inverse_field": {4: 0.3, 8: 2.5e-2},
    "heat_inverse_field": {3: 2.0, 5: 0.1},
}


@pytest.mark.parametrize("name", CLASSICAL)
def test_the_classical_solver_converges_to_the_reference(catalogued, name):
    pytest.importorskip("skfem")
    problem = catalogued(name)
    reference = problem.reference()
    for resolution, bound in CLASSICAL[name].items():
        assert resolution in problem.classical.resolutions
        assert bound / 20 < relative_l2(problem, resolution, reference) < bound


# Neighbouring resolutions on a mesh differ by less than these.
ON_MESH = {
    "back_step": {(2, 4): 3e-2, (4, 8): 5e-3},
    "obstacle_flow": {(6, 8): 4e-3, (8, 12): 2.5e-3},
    "heat_complex": {(10, 14): 1.5e-3, (14, 20): 7e-4},
}


@pytest.mark.parametrize("name", ON_MESH)
def test_a_problem_without_closed_form_converges_on_meshes(dde, name):
    pytest.importorskip("skfem")
    problem = catalogue.load_problem(name)
    for (coarse, fine), bound in ON_MESH[name].items():
        finer = problem.classical.solve(fine)
        assert bound / 20 < relative_l2(problem, coarse, finer) < bound


def test_heat_over_a_long_time_converges_in_space_and_time(dde):
    from isocline_pinn.catalogue.heat_long_time import by_sines

    fine = by_sines(36, 100)["u"].values
    # Only space is coarser, and only time; the layers are thinner than either resolves.
    coarse, fast = by_sines(24, 100)["u"].values, by_sines(36, 50)["u"].values
    size = np.linalg.norm(fine)
    assert 1e-2 < np.linalg.norm(coarse - fine) / size < 0.1
    assert np.linalg.norm(fast - fine) / size < 1e-3
    assert np.abs(fine[:, [0, -1]]).max() < 1e-12
    assert fine[:, :, 8] == pytest.approx(0.0, abs=1e-12)


def test_heat_in_a_varying_material_satisfies_its_equation(dde):
    from isocline_pinn.catalogue.heat_varying import by_collocation, conductivity

    found = by_collocation(24)
    coarse = by_collocation(16)["u"].values
    assert 1e-3 < np.linalg.norm(coarse - found["u"].values) / np.linalg.norm(coarse) < 5e-2
    # By differences around one point, whose error is about 1 % here.
    u, h, t = found["u"].values, 1 / 32, 0.1
    laplacian = (
        u[7, 11, 12] + u[7, 13, 12] + u[7, 12, 11] + u[7, 12, 13] - 4 * u[7, 12, 12]
    ) / h**2
    rate = (u[6, 12, 12] - u[8, 12, 12]) / (-2 * t)
    place = 12 / 32
    heating = 200 * np.sin(np.pi * place) * np.sin(5 * np.pi * place) * np.sin(0.7 * np.pi)
    conducted = float(conductivity(np.array([place]), np.array([place]))[0]) * laplacian
    assert rate == pytest.approx(conducted + heating, abs=0.05 * abs(heating))


def relative_l2(problem, resolution, reference):
    found = problem.classical.solve(resolution)
    differences, sizes = [], []
    for quantity in problem.outputs:
        right = reference[quantity.name].values
        known = np.isfinite(right)
        assert np.array_equal(known, np.isfinite(found[quantity.name].values))
        differences.append((found[quantity.name].values - right)[known])
        sizes.append(right[known])
    return np.linalg.norm(np.concatenate(differences)) / np.linalg.norm(np.concatenate(sizes))


def test_the_cavity_has_the_known_extreme_velocity_and_converges(dde):
    # Botella & Peyret, Computers & Fluids 27, 421–433, 1998, Re = 100: u ≥ −0.2140424 on x = 1/2.
    pytest.importorskip("skfem")
    from isocline_pinn.reference.finite_elements import grid_of_quadrilaterals
    from isocline_pinn.reference.flow import steady_flow

    lines = (1 - np.cos(np.pi * np.arange(9) / 8)) / 2
    mesh = grid_of_quadrilaterals(lines, lines).with_boundaries(
        {"walls": lambda x: x[1] < 1, "lid": lambda x: x[1] == 1}
    )
    lid = {"lid": lambda x: np.stack([1 + 0 * x[0], 0 * x[0]]), "walls": lambda x: 0 * x}
    y = np.linspace(0.4, 0.5, 41)
    middle = np.stack([0 * y + 0.5, y], axis=1)
    lowest = [
        steady_flow(mesh, degree, 0.01, lid, pressure_at=(np.zeros(2), 0.0)).at(middle)[0].min()
        for degree in (2, 4)
    ]
    assert lowest[1] == pytest.approx(-0.2140424, abs=1e-4)
    assert abs(lowest[0] + 0.2140424) > 10 * abs(lowest[1] + 0.2140424)


def test_the_cavity_leaves_the_pressure_and_the_two_corners_of_the_lid_unknown(dde):
    pytest.importorskip("skfem")
    coarse = catalogue.load_problem("cavity_100").classical.solve(4)
    assert np.isnan(coarse["p"]).all()
    assert int(np.isnan(coarse["u"]).sum()) == 2
    assert coarse["u"].values[-1, 10:-10] == pytest.approx(1.0, abs=1e-12)


def test_a_missing_scikit_fem_gets_its_sentence(dde, monkeypatch):
    problem = catalogue.load_problem("poisson_holes")
    monkeypatch.setitem(sys.modules, "skfem", None)
    with pytest.raises(
        UserError,
        match=r"^scikit-fem is not installed, which solves this problem on a mesh; install it with "
        r"pip install 'isocline\[bench\]'$",
    ):
        problem.classical.solve(10)
