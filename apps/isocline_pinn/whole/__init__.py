"""One network of fixed features over the whole domain: for equations that couple points far apart.

Integral and fractional equations are not pointwise, so the domain cannot be cut into blocks. Their
residuals are still smooth functions of a network's outputs, which are linear in the last layer: with
polynomial features over the bounding box that layer follows by Gauss–Newton least squares.
"""

from isocline_pinn.whole.errors import WholeNetworkError
from isocline_pinn.whole.network import WholeNetwork
from isocline_pinn.whole.result import WholeConstant, WholeLevel, WholeResult
from isocline_pinn.whole.solve import solve_whole

__all__ = [
    "WholeConstant",
    "WholeLevel",
    "WholeNetwork",
    "WholeNetworkError",
    "WholeResult",
    "solve_whole",
]
