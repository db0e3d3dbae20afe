"""What every layer over a series is given, checked once."""

import torch
from torch import Tensor

from isocline_de.errors import ProblemError


def check_sequence(
    u: Tensor, dt: Tensor | None, mask: Tensor | None, channels: int
) -> tuple[Tensor, Tensor]:
    """Inputs with unobserved entries set to zero, and the time before each.

    Args:
        u: Inputs, shape (batch, time, channel); whatever stands where mask is False, NaN included, is
            not used.
        dt: Time before each input, shape (batch, time) or (time,), not negative; ones when left out.
        mask: Whether an input was observed, shape (batch, time, channel) or (batch, time).
        channels: Channels that the layer was built for.

    Returns:
        (u, dt) of shapes (batch, time, channel) and (batch, time).

    Raises:
        ProblemError: Shapes do not fit, an observed input is not finite, or time runs backwards.
    """
    if u.ndim != 3 or u.shape[-1] != channels:
        raise ProblemError(
            f"u has shape {tuple(u.shape)}, and (batch, time, channel) with {channels} channels is expected; "
            "add the missing axis, or build the layer for these channels"
        )
    if mask is not None:
        observed = mask[..., None] if mask.ndim == 2 else mask
        if observed.shape[:2] != u.shape[:2] or observed.shape[2] not in {1, channels}:
            raise ProblemError(
                f"mask has shape {tuple(mask.shape)} and u {tuple(u.shape)}: "
                "pass a mask of shape (batch, time) or (batch, time, channel)"
            )
        u = torch.where(observed, u, torch.zeros((), dtype=u.dtype, device=u.device))
    if not bool(torch.isfinite(u.detach()).all()):
        raise ProblemError(
            "u holds NaN or inf at an observed place; pass a mask that is False where values are missing"
        )
    if dt is None:
        return u, torch.ones(u.shape[:2], dtype=u.dtype, device=u.device)
    if dt.shape not in {u.shape[:2], u.shape[1:2]}:
        raise ProblemError(
            f"dt has shape {tuple(dt.shape)} and u {tuple(u.shape)}: pass the time before each input, "
            "shape (batch, time) or (time,)"
        )
    if not bool((dt.detach() >= 0).all()):
        raise ProblemError(
            f"dt holds {float(dt.detach().nan_to_num(nan=-torch.inf).min()):g}, and time before an input is "
            "never negative or missing; sort the times and pass their differences"
        )
    return u, dt.to(u.dtype).expand(u.shape[:2])


__all__ = ["check_sequence"]
