r"""Exact discretisation of linear stochastic differential equations with constant coefficients.

The state of

    dx = F x dt + L dβ,    E[dβ dβᵀ] = S dt,

seen at two times a distance h apart obeys exactly

    x(t + h) = A(h) x(t) + q,    q ~ N(0, Q(h)),
    A(h) = exp(F h),             Q(h) = ∫₀ʰ exp(F s) D exp(Fᵀ s) ds,    D = L S Lᵀ,

(Särkkä & Solin, *Applied Stochastic Differential Equations*, 2019, ch. 6; Van Loan, IEEE Trans. Autom.
Control 23, 1978). This is what a Kalman filter over irregular observation times needs.

Van Loan's block exponential contains exp(-Fᵀ h), which overflows over a long gap, and a general matrix
exponential stops its series at a normwise error, which loses the h³ and h⁵ entries of a smooth process
over a short step. Here both matrices come from their own Taylor series at h / 2ᵏ, where it converges in
18 terms, followed by k doublings

    A(2h) = A(h)²,    Q(2h) = Q(h) + A(h) Q(h) A(h)ᵀ,

each of which only adds positive semidefinite matrices. The series coefficients do not depend on h, so a
whole batch of steps is one matrix product.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor

from isocline_de.errors import ProblemError

TERMS = 18  # 1/19! = 8e-18: below the rounding of float64 when 2 |F| h <= 1


class LinearTransition(NamedTuple):
    """How a linear process moves from one time to the next; unpacks as ``A, Q``."""

    A: Float[Tensor, "*batch state state"]
    """Transition matrix exp(F h), shape ``(*model, *time, state, state)``."""

    Q: Float[Tensor, "*batch state state"]
    """Covariance of what the noise adds on the way, of the same shape, symmetric."""


def discretise_linear_sde(
    F: Float[Tensor, "*model state state_again"],
    L: Float[Tensor, "*model2 state2 noise"],
    dt: Float[Tensor, "*time"] | float,
    spectral_density: Float[Tensor, "*model3 noise2 noise3"] | None = None,
) -> LinearTransition:
    """Discretise dx = F x dt + L dβ exactly over each of the steps ``dt``.

    Differentiable by every tensor argument.

    Args:
        F: Drift matrix; leading axes, if any, are independent models.
        L: How each noise enters the state, shape (state, noise), with F's leading axes or none.
        dt: Lengths of the steps, any shape, in the unit of time that F is per; none is negative.
        spectral_density: S, shape (noise, noise); the identity when left out.

    Returns:
        (A, Q), each of shape ``(*model, *time, state, state)``. A step of zero gives A = I and Q = 0.

    Raises:
        ProblemError: The shapes do not fit, a step is negative or not finite, or exp(F h) overflows.

    Example:
        An Ornstein–Uhlenbeck process dx = -x dt + √2 dβ keeps its unit variance:

        >>> import torch
        >>> F, L = torch.tensor([[-1.0]]), torch.tensor([[2.0**0.5]])
        >>> A, Q = discretise_linear_sde(F, L, torch.tensor([0.5, 2.0]))
        >>> (A**2 + Q).squeeze().round(decimals=4)
        tensor([1., 1.])
    """
    diffusion = _diffusion(F, L, spectral_density)
    steps = torch.as_tensor(dt, dtype=F.dtype, device=F.device)
    _check_steps(steps)
    if steps.numel() == 0:
        empty = F.new_zeros(*F.shape[:-2], *steps.shape, *F.shape[-2:])
        return LinearTransition(empty, empty.clone())
    # One scale for all models; it only keeps the powers of F in range, so no gradient passes through it.
    scale = float(torch.linalg.matrix_norm(F.detach(), ord=1).amax()) or 1.0
    reach = scale * steps.detach()
    doublings = torch.ceil(torch.log2((2 * reach).clamp_min(1.0))).to(torch.int64)
    short = scale * steps / torch.exp2(doublings.to(F.dtype))
    A_terms, Q_terms = _series(F / scale, diffusion / scale)
    powers = torch.stack([short.flatten() ** k for k in range(TERMS + 1)])
    A = torch.einsum("k...ij,kt->...tij", A_terms, powers)
    Q = torch.einsum("k...ij,kt->...tij", Q_terms, powers)
    A, Q = _double(A, Q, doublings.flatten())
    _check_transition(A, Q, steps.flatten())
    shape = (*F.shape[:-2], *steps.shape, *F.shape[-2:])
    return LinearTransition(A.reshape(shape), (0.5 * (Q + Q.mT)).reshape(shape))


def stationary_covariance(
    F: Float[Tensor, "*model state state_again"],
    L: Float[Tensor, "*model2 state2 noise"],
    spectral_density: Float[Tensor, "*model3 noise2 noise3"] | None = None,
) -> Float[Tensor, "*model state state"]:
    """Covariance P of the process long after its start: F P + P Fᵀ + L S Lᵀ = 0.

    Args:
        F: Drift matrix whose eigenvalues all have negative real parts.
        L: How each noise enters the state, shape (state, noise).
        spectral_density: S, shape (noise, noise); the identity when left out.

    Raises:
        ProblemError: The shapes do not fit, or the process has no stationary distribution.
    """
    diffusion = _diffusion(F, L, spectral_density)
    slowest = float(torch.linalg.eigvals(F.detach()).real.amax())
    if not slowest < 0:
        raise ProblemError(
            f"the linear SDE has no stationary distribution: an eigenvalue of F has real part {slowest:.3g}, "
            "and all must be negative; start the process from a given mean and covariance instead"
        )
    size = F.shape[-1]
    identity = torch.eye(size, dtype=F.dtype, device=F.device)
    # Row-major vec: vec(F P + P Fᵀ) = (F ⊗ I + I ⊗ F) vec(P).
    left = torch.einsum("...ij,kl->...ikjl", F, identity)
    right = torch.einsum("ij,...kl->...ikjl", identity, F)
    operator = (left + right).reshape(*F.shape[:-2], size * size, size * size)
    flat = torch.linalg.solve(operator, -diffusion.reshape(*F.shape[:-2], size * size, 1))
    covariance = flat.reshape(F.shape)
    return 0.5 * (covariance + covariance.mT)


def _diffusion(F: Tensor, L: Tensor, spectral_density: Tensor | None) -> Tensor:
    """D = L S Lᵀ with the leading axes of F, after checking that the shapes fit."""
    if F.shape[-1] != F.shape[-2]:
        raise ProblemError(
            f"F has shape {tuple(F.shape)}: its last two axes are state × state and must be equal; "
            "pass the square drift matrix of dx = F x dt + L dβ"
        )
    if not torch.isfinite(F.detach()).all():
        raise ProblemError("F holds NaN or inf; pass a drift matrix of finite numbers")
    if L.shape[-2] != F.shape[-1]:
        raise ProblemError(
            f"F has shape {tuple(F.shape)} (state × state) and L has shape {tuple(L.shape)} (state × noise): "
            f"L needs {F.shape[-1]} rows, one for each component of the state"
        )
    if spectral_density is None:
        diffusion = L @ L.mT
    elif spectral_density.shape[-2:] != (L.shape[-1], L.shape[-1]):
        raise ProblemError(
            f"the spectral density has shape {tuple(spectral_density.shape)} and L has shape "
            f"{tuple(L.shape)} (state × noise): it needs {L.shape[-1]} × {L.shape[-1]}, noise × noise"
        )
    else:
        diffusion = L @ spectral_density @ L.mT
    try:
        return diffusion.expand(F.shape)
    except RuntimeError:
        raise ProblemError(
            f"F has shape {tuple(F.shape)} and L has shape {tuple(L.shape)}: "
            "their leading axes are models and must be the same, or absent in L"
        ) from None


def _check_steps(steps: Tensor) -> None:
    bad = (~torch.isfinite(steps.detach()) | (steps.detach() < 0)).flatten()
    if bad.any():
        index = int(bad.nonzero()[0])
        raise ProblemError(
            f"step {index} of dt is {float(steps.detach().flatten()[index]):g}: a stochastic equation runs "
            "forwards over finite steps; sort the times, drop missing ones, and pass their differences"
        )


def _series(F: Tensor, diffusion: Tensor) -> tuple[Tensor, Tensor]:
    """Taylor coefficients in h of A and Q, stacked along a new first axis.

    From A' = F A and Q' = F Q + Q Fᵀ + D with A(0) = I, Q(0) = 0.
    """
    A = torch.eye(F.shape[-1], dtype=F.dtype, device=F.device).expand(F.shape)
    Q = diffusion
    A_terms, Q_terms = [A], [torch.zeros_like(F)]
    for k in range(1, TERMS + 1):
        A = F @ A / k
        A_terms.append(A)
        Q_terms.append(Q)
        image = F @ Q
        Q = (image + image.mT) / (k + 1)
    return torch.stack(A_terms), torch.stack(Q_terms)


def _double(A: Tensor, Q: Tensor, doublings: Tensor) -> tuple[Tensor, Tensor]:
    """Double each step as often as it was halved; axis -3 is the steps."""
    for done in range(int(doublings.max())):
        waiting = (doublings > done)[:, None, None]
        Q = torch.where(waiting, Q + A @ Q @ A.mT, Q)
        A = torch.where(waiting, A @ A, A)
    return A, Q


def _check_transition(A: Tensor, Q: Tensor, steps: Tensor) -> None:
    finite = torch.isfinite(A.detach()).all(-1).all(-1) & torch.isfinite(Q.detach()).all(-1).all(-1)
    if not finite.all():
        index = int((~finite).nonzero()[0, -1])
        raise ProblemError(
            f"exp(F h) is not finite for step {index} (h = {float(steps.detach()[index]):g}): the process "
            "grows too fast for this step; check the sign of F, or use a shorter step"
        )


__all__ = ["LinearTransition", "discretise_linear_sde", "stationary_covariance"]
