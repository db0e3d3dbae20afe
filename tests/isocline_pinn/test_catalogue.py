import numpy as np
import pytest
import torch

from isocline_pinn import catalogue
from isocline_pinn.trained.residuals import ResidualSystem
from isocline_run import UserError


def test_every_problem_of_the_issue_is_there_with_a_title():
    titles = catalogue.titles()
    assert set(titles) >= {
        "allen_cahn",
        "allen_cahn_periodic",
        "beltrami",
        "black_scholes",
        "burgers",
        "burgers_2d",
        "burgers_inverse",
        "burgers_inverse_noisy",
        "burgers_sharp",
        "convection",
        "diffusion_inverse",
        "euler_beam",
        "ginzburg_landau",
        "gray_scott",
        "heat",
        "helmholtz",
        "kdv",
        "klein_gordon",
        "kuramoto_sivashinsky",
        "lorenz_inverse",
        "lotka_volterra",
        "lynx_hare_inverse",
        "poisson_lshape",
        "reaction",
        "schrodinger",
        "wave",
    }
    assert list(titles) == sorted(titles)
    assert all(len(title) > 20 and not title.endswith(".") for title in titles.values())


@pytest.mark.parametrize("name", catalogue.names())
def test_a_problem_is_made_anew_with_its_labels_and_reference(catalogued, name):
    problem = catalogued(name)
    assert problem.data is not catalogue.load_problem(name).data
    assert problem.name == name
    assert problem.title == catalogue.titles()[name]
    assert len(problem.coordinates) == problem.data.geom.dim
    quick = problem.classical is not None
    reference = (
        problem.classical.solve(problem.classical.resolutions[0]) if quick else problem.reference()
    )
    largest = [float(np.abs(reference[q.name]).max()) for q in problem.outputs]
    for quantity in problem.outputs:
        assert reference[quantity.name].dims == problem.order
    # An output may go without a reference, as the cavity's pressure does.
    assert all(size > 0.03 for size in largest if np.isfinite(size))
    assert np.isfinite(largest).any()


class _ClosedForm(torch.nn.Module):
    """A network that is the solution, whatever its one parameter."""

    def __init__(self, formula):
        super().__init__()
        self.zero = torch.nn.Parameter(torch.zeros(()))
        self.formula = formula

    def forward(self, x):
        return self.formula(x[:, 0:1], x[:, 1:2]) + 0 * self.zero


FORMULAE = {
    "heat": lambda x, t: torch.exp(-(np.pi**2) * 0.4 * t) * torch.sin(np.pi * x),
    "helmholtz": lambda x, y: torch.sin(np.pi * x) * torch.sin(4 * np.pi * y),
    "wave": lambda x, t: (
        torch.sin(np.pi * x) * torch.cos(2 * np.pi * t)
        + 0.5 * torch.sin(4 * np.pi * x) * torch.cos(8 * np.pi * t)
    ),
}


@pytest.mark.parametrize("name", FORMULAE)
def test_a_closed_form_satisfies_equations_conditions_and_reference(dde, name):
    problem = catalogue.load_problem(name)
    net = _ClosedForm(FORMULAE[name])
    for term in ResidualSystem(problem.data, net).residuals():
        assert float(term.values.abs().max()) < 1e-10, term.name
    reference = problem.reference()
    at = reference.isel(dict(zip(problem.order, (7, 13), strict=True)))
    point = torch.tensor([[float(at[q.name]) for q in problem.coordinates]])
    assert float(net(point).detach()) == pytest.approx(float(at["u"]), abs=1e-12)


def test_a_name_that_is_not_there_gets_its_sentence():
    with pytest.raises(
        UserError, match="no problem 'x' in the catalogue; it has allen_cahn, allen_cahn_periodic"
    ):
        catalogue.load_problem("x")
